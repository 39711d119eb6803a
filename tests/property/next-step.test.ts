// Random lives of an order, driven by `nextStep` alone: whatever comes, dunning keeps its rules and the order ends.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { agenda, nextStep } from '../../src/domain/agenda.ts';
import { endingBlock, isBlocking } from '../../src/domain/block.ts';
import { addWorkingDays, localDate, localInstant } from '../../src/domain/calendar.ts';
import { addDays } from '../../src/domain/dates.ts';
import { isSendDay } from '../../src/domain/letter-day.ts';
import { LEVELS, type Level } from '../../src/domain/policy.ts';
import { heldUntil } from '../../src/domain/promise.ts';
import { liveOn, type Lived } from './live-on.ts';
import { lifeArbitrary, type Life } from './random-life.ts';

const RUNS = 1_000;

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

describe('an order, whatever happens to it', () => {
  it('comes to its end', () => {
    everyLife((lived) => {
      assert.equal(lived.end.step, 'closed');
      assert.ok(['settled', 'rejected', 'cancelled'].includes(lived.end.stage), lived.end.stage);
      if (lived.end.stage === 'settled') assert.ok(lived.items.every((item) => item.openMinor === 0));
      else assert.deepEqual(lived.items, []);
    });
  });

  it('has exactly one next step at every moment, the first of an agenda that names nothing twice', () => {
    everyLife((lived, { policy, calendar }) => {
      for (const { facts, now, next } of lived.asked) {
        const entries = agenda(facts, policy, calendar, now);
        assert.deepEqual(entries[0], next);
        const names = entries.map(({ step, subject, because }) => `${step} ${subject ?? ''} ${because}`);
        assert.equal(new Set(names).size, names.length, names.join(', '));
        assert.ok(next.step !== 'closed' || entries.length === 1);
      }
    });
  });

  it('gets on with every step that it takes: the same facts never name the same step again at the same moment', () => {
    everyLife((lived) => {
      for (const [index, { facts, next, isTaken }] of lived.asked.entries()) {
        const after = lived.asked[index + 1];
        if (!isTaken || after === undefined) continue;
        const isSame = JSON.stringify(after.facts) === JSON.stringify(facts);
        // Waiting for a time changes nothing but the time; everything else does something.
        if (next.step !== 'wait') assert.ok(!isSame, `${next.step} did nothing: ${next.because}`);
        else assert.notDeepEqual(after.next, next);
      }
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
    everyLife((lived, { policy }) => {
      for (const { item, level, on } of lived.sent) {
        assert.ok(item.side === 'debit' && item.openMinor > 0);
        const blocks = item.blocks.map((block) => endingBlock(block, policy.blockDaysMax));
        assert.ok(!blocks.some((block) => isBlocking(block, on)), `${level} on ${on}`);
      }
    });
  });

  it('is not dunned for what is disputed, promised or paid by a plan', () => {
    everyLife((lived, { policy }) => {
      for (const { item, level, on } of lived.sent) {
        const { promise, plan } = item;
        assert.ok(item.disputedMinor < item.openMinor, `${level} on ${on}: all of it is disputed`);
        assert.equal(plan, null, `${level} on ${on}: a plan is kept to`);
        assert.ok(promise === null || on > heldUntil(promise.promisedOn, policy.promiseToleranceDays));
      }
    });
  });

  it('gets its notice before the due date, and its reminders after, never earlier than planned', () => {
    everyLife((lived, { policy, calendar }) => {
      for (const { level, on, item } of lived.sent) {
        const { dueOn } = item;
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
