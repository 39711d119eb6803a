// Random lives of an order, driven by `nextStep` alone: whatever comes, dunning keeps its rules and the order ends.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isBlocking, type Block } from '../../src/domain/block.ts';
import { nextStep } from '../../src/domain/agenda.ts';
import { addWorkingDays, localDate, localInstant } from '../../src/domain/calendar.ts';
import { addDays } from '../../src/domain/dates.ts';
import { isSendDay } from '../../src/domain/letter-day.ts';
import { LEVELS, type Level } from '../../src/domain/policy.ts';
import { lifeArbitrary, liveOn, type Life, type Lived } from './random-life.ts';

const RUNS = 1_500;

function everyLife(check: (lived: Lived, life: Life) => void): void {
  fc.assert(
    fc.property(lifeArbitrary, (life) => {
      check(liveOn(life), life);
    }),
    { numRuns: RUNS },
  );
}

/** Steps that counted, per item, in the order in which they were taken; imported ones first. */
function perItem(lived: Lived): { itemId: string; steps: Lived['items'][number]['steps'] }[] {
  return lived.items.map(({ itemId, steps }) => ({ itemId, steps: [...steps].sort((a, b) => (a.on < b.on ? -1 : 1)) }));
}

function isHeld(blocks: readonly Block[], date: string): boolean {
  return blocks.some((block) => isBlocking(block, date));
}

describe('an order, whatever happens to it', () => {
  it('has exactly one next step at every moment, and comes to its end', () => {
    everyLife((lived) => {
      assert.equal(lived.end.step, 'closed');
      assert.ok(['settled', 'rejected'].includes(lived.end.stage));
    });
  });

  it('takes no level of an item twice', () => {
    everyLife((lived) => {
      for (const { itemId, steps } of perItem(lived)) {
        assert.equal(new Set(steps.map((step) => step.level)).size, steps.length, itemId);
      }
    });
  });

  it('takes the levels in their order, and skips no reminder', () => {
    everyLife((lived) => {
      for (const { itemId, steps } of perItem(lived)) {
        const ranks = steps.map((step) => LEVELS.indexOf(step.level));
        for (const [index, rank] of ranks.entries()) {
          const before = ranks[index - 1] ?? LEVELS.indexOf('notice') - 1;
          const skipped = LEVELS.slice(before + 1, rank);
          const isImport = index === 0 && steps[0]?.isImported === true;
          assert.ok(rank > before, `${itemId}: ${steps.map((step) => step.level).join(' ')}`);
          assert.ok(
            isImport || skipped.every((level: Level) => level === 'notice'),
            `${itemId} skipped ${skipped.join()}`,
          );
        }
      }
    });
  });

  it('leaves five working days between two steps of one item, also after a pause or an import', () => {
    everyLife((lived, { policy, calendar }) => {
      for (const { steps } of perItem(lived)) {
        for (const [index, step] of steps.entries()) {
          const before = steps[index - 1];
          if (before !== undefined) assert.ok(step.on >= addWorkingDays(calendar, before.on, policy.gapWorkingDays));
        }
      }
    });
  });

  it('is not dunned while a block holds, or when nothing is open', () => {
    everyLife((lived) => {
      for (const letter of lived.sent) {
        assert.ok(letter.openMinor > 0);
        assert.equal(isHeld(letter.blocks, letter.on), false, `${letter.level} on ${letter.on}`);
      }
    });
  });

  it('gets its notice before the due date, and its reminders after, never earlier than planned', () => {
    everyLife((lived, { policy, calendar }) => {
      for (const { level, on, dueOn } of lived.sent) {
        const rung = policy.ladder.find((step) => step.level === level);
        assert.ok(rung !== undefined);
        const planned =
          rung.unit === 'calendar' ? addDays(dueOn, rung.days) : addWorkingDays(calendar, dueOn, rung.days);
        assert.ok(on >= planned, `${level} on ${on}, planned for ${planned}`);
        if (level === 'notice') assert.ok(on < dueOn);
      }
    });
  });

  it('gets its letters on days and in hours in which letters go', () => {
    everyLife((lived, { policy, calendar }) => {
      for (const { level, on, at } of lived.sent) {
        if (level === 'collector') continue;
        assert.ok(isSendDay(policy, calendar, on));
        assert.equal(localDate(calendar.zone, at), on);
        assert.ok(at >= localInstant(calendar.zone, on, policy.sendWindow.opens));
        assert.ok(at < localInstant(calendar.zone, on, policy.sendWindow.closes));
      }
    });
  });

  it('is told the same when it is asked again, and is not changed by asking', () => {
    everyLife((lived, { policy, calendar }) => {
      for (const { facts, now, next } of lived.asked) {
        const before = JSON.stringify(facts);
        assert.deepEqual(nextStep(facts, policy, calendar, now), next);
        assert.equal(JSON.stringify(facts), before);
      }
    });
  });

  it('is told of a later step the same until its time has come', () => {
    everyLife((lived, { policy, calendar }) => {
      for (const { facts, now, next } of lived.asked) {
        const hasLetterOut = facts.items.some((item) => item.steps.some((step) => step.state === 'waiting'));
        if (next.at === null || next.at <= now || hasLetterOut) continue;
        // Waking early, for whatever reason, must not move what was planned.
        const half = now + Math.floor((next.at - now) / 2);
        const again = nextStep(facts, policy, calendar, half);
        assert.deepEqual(
          [again.step, again.subject, again.level, again.at],
          [next.step, next.subject, next.level, next.at],
        );
      }
    });
  });
});
