// Blocks: how long one may last, when it ends by itself, and the days on which it holds.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkBlock, endingBlock, isBlocking, unblockedOnOrAfter, type Block } from '../../src/domain/block.ts';

const FROM = '2026-02-01';

describe('a block', () => {
  const cases: readonly [string, string | null, number, string][] = [
    ['without an end lasts as long as one may', null, 10, '2026-02-10'],
    ['ends on the day that was asked for', '2026-02-03', 10, '2026-02-03'],
    ['may last one day', FROM, 1, FROM],
    ['may last exactly as long as the policy allows', '2026-02-10', 10, '2026-02-10'],
    ['is refused a day longer', '2026-02-11', 10, 'block_too_long'],
    ['is refused when it ends before it starts', '2026-01-31', 10, 'block_ends_before_it_starts'],
  ];
  for (const [name, until, daysMax, expected] of cases) {
    it(name, () => {
      const result = checkBlock({ from: FROM, until, daysMax });
      assert.equal(result.ok ? result.until : result.refusal.code, expected);
      assert.ok(result.ok || (result.refusal.text !== '' && result.refusal.hint !== ''));
    });
  }

  it('that was set without an end, when that was still possible, ends by itself as well', () => {
    const open: Block = { from: FROM, until: null, endedOn: null };
    assert.deepEqual(endingBlock(open, 10), { ...open, until: '2026-02-10' });
    const own: Block = { ...open, until: '2026-12-31' };
    assert.equal(endingBlock(own, 10), own);
  });

  it('holds from its first to its last day, or until the day before it was ended', () => {
    const block: Block = { from: FROM, until: '2026-02-10', endedOn: null };
    const held = (one: Block): boolean[] =>
      ['2026-01-31', FROM, '2026-02-05', '2026-02-10', '2026-02-11'].map((day) => isBlocking(one, day));
    assert.deepEqual(held(block), [false, true, true, true, false]);
    assert.deepEqual(held({ ...block, endedOn: '2026-02-05' }), [false, true, false, false, false]);
  });

  it('that follows on another one is waited for as well', () => {
    const blocks: Block[] = [
      { from: '2026-02-06', until: '2026-02-10', endedOn: null },
      { from: FROM, until: '2026-02-05', endedOn: null },
    ];
    assert.equal(unblockedOnOrAfter(blocks, FROM), '2026-02-11');
    assert.equal(unblockedOnOrAfter(blocks, '2026-01-01'), '2026-01-01');
  });
});
