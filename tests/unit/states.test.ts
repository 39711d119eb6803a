// Every state has a way out or is an end, and can be reached.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FINAL_STAGES } from '../../src/domain/agenda.ts';
import { ORDER_STATES, STATE_TABLES } from '../../src/domain/states.ts';
import { walkStates } from '../harness/walk-states.ts';

describe('state tables', () => {
  for (const { name, first, table, ends } of STATE_TABLES) {
    it(`${name}: every state is reached from where it begins`, () => {
      const reached = new Set(first.flatMap((state) => walkStates(table, state).reached));
      assert.deepEqual([...reached].sort(), Object.keys(table).sort());
    });

    it(`${name}: from every state an end can be reached`, () => {
      const rests = ends ?? walkStates(table, first[0] ?? '').final;
      assert.ok(rests.length > 0);
      for (const state of Object.keys(table)) {
        const { reached } = walkStates(table, state);
        assert.ok(
          rests.some((end) => reached.includes(end)),
          `${state} never ends`,
        );
      }
    });

    it(`${name}: no exit leads back to its own state, and none is named twice`, () => {
      for (const [state, exits] of Object.entries(table)) {
        const targets = exits.map((exit) => exit.to);
        assert.ok(!targets.includes(state), state);
        assert.equal(new Set(targets).size, targets.length, state);
      }
    });
  }

  it('the final stages are stages of an order', () => {
    for (const stage of FINAL_STAGES) assert.ok(stage in ORDER_STATES, stage);
  });
});
