// The ladder of dunning, case by case: which level, on which day, and what holds it back.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { localInstant, type Calendar } from '../../src/domain/calendar.ts';
import { isBlocking, unblockedOnOrAfter, type Block } from '../../src/domain/block.ts';
import { nextDunningStep, type DunnedItem, type StepTaken } from '../../src/domain/dunning.ts';
import { POLICY_V1, type Level, type Policy } from '../../src/domain/policy.ts';

/** Germany in 2026, as far as these cases go. */
const BERLIN: Calendar = {
  zone: 'Europe/Berlin',
  weekend: new Set([6, 7]),
  holidays: new Set(['2026-04-03', '2026-04-06', '2026-05-01', '2026-05-14', '2026-05-25']),
};
const ALWAYS: Policy = {
  ...POLICY_V1,
  sendWindow: { days: 'every', opens: '00:00', closes: '24:00', spreadMinutes: 0 },
};

const sent = (level: Level, on: string): StepTaken => ({ level, on, state: 'sent' });
const block = (from: string, until: string | null, endedOn: string | null = null): Block => ({ from, until, endedOn });

interface Case {
  readonly name: string;
  readonly dueOn?: string;
  readonly openMinor?: number;
  readonly steps?: readonly StepTaken[];
  readonly blocks?: readonly Block[];
  readonly policy?: Policy;
  /** Local time in Berlin. */
  readonly now: string;
  /** `LEVEL DATE`, or the kind of answer. */
  readonly next: string;
}

function answer(one: Case): string {
  const item: DunnedItem = {
    dueOn: one.dueOn ?? '2026-02-11',
    openMinor: one.openMinor ?? 100,
    steps: one.steps ?? [],
    blocks: one.blocks ?? [],
  };
  const [date = '', time = '12:00'] = one.now.split(' ');
  const next = nextDunningStep(item, one.policy ?? POLICY_V1, BERLIN, localInstant(BERLIN.zone, date, time));
  return next.kind === 'step' ? `${next.level} ${next.on}` : next.kind;
}

function check(cases: readonly Case[]): void {
  for (const one of cases) {
    it(one.name, () => {
      assert.equal(answer(one), one.next);
    });
  }
}

const NOTICE = sent('notice', '2026-02-09');
const FIRST = sent('reminder1', '2026-02-16');
const SECOND = sent('reminder2', '2026-02-25');
const THIRD = sent('reminder3', '2026-03-11');

describe('the notice', () => {
  check([
    {
      name: 'goes three calendar days before a due date on Friday',
      dueOn: '2026-02-13',
      now: '2026-01-12',
      next: 'notice 2026-02-10',
    },
    { name: 'moves from Sunday to Monday', now: '2026-01-12', next: 'notice 2026-02-09' },
    { name: 'still goes late, up to the day before the due date', now: '2026-02-10', next: 'notice 2026-02-10' },
    {
      name: 'lapses when the window of the last day has closed',
      now: '2026-02-10 18:00',
      next: 'reminder1 2026-02-16',
    },
    { name: 'lapses on the due date', now: '2026-02-11', next: 'reminder1 2026-02-16' },
    {
      name: 'lapses when days off reach to the due date',
      dueOn: '2026-04-06',
      now: '2026-03-20',
      next: 'reminder1 2026-04-09',
    },
    {
      name: 'goes on a Sunday where letters go every day',
      policy: ALWAYS,
      now: '2026-01-12',
      next: 'notice 2026-02-08',
    },
    {
      name: 'lapses when a block reaches to the due date',
      blocks: [block('2026-02-01', '2026-02-10')],
      now: '2026-01-12',
      next: 'reminder1 2026-02-16',
    },
    {
      name: 'waits behind a block that ends before the due date',
      blocks: [block('2026-02-01', '2026-02-09')],
      now: '2026-01-12',
      next: 'notice 2026-02-10',
    },
  ]);
});

describe('the reminders', () => {
  check([
    {
      name: 'start three working days after the due date',
      steps: [NOTICE],
      now: '2026-02-09',
      next: 'reminder1 2026-02-16',
    },
    { name: 'go on at ten working days', steps: [NOTICE, FIRST], now: '2026-02-16', next: 'reminder2 2026-02-25' },
    {
      name: 'go on at twenty working days',
      steps: [NOTICE, FIRST, SECOND],
      now: '2026-02-25',
      next: 'reminder3 2026-03-11',
    },
    {
      name: 'end with the collector at twenty-five',
      steps: [NOTICE, FIRST, SECOND, THIRD],
      now: '2026-03-11',
      next: 'collector 2026-03-18',
    },
    {
      name: 'leave nothing after the collector',
      steps: [sent('collector', '2026-03-18')],
      now: '2026-03-18',
      next: 'none',
    },
    {
      name: 'count over Easter and Labour Day',
      dueOn: '2026-04-01',
      steps: [sent('reminder1', '2026-04-08')],
      now: '2026-04-08',
      next: 'reminder2 2026-04-17',
    },
    {
      name: 'are due today when their day has passed',
      steps: [NOTICE, FIRST],
      now: '2026-03-02 10:00',
      next: 'reminder2 2026-03-02',
    },
    {
      name: 'go tomorrow when today’s window has closed',
      steps: [NOTICE, FIRST],
      now: '2026-03-02 18:00',
      next: 'reminder2 2026-03-03',
    },
    { name: 'are never skipped, however late it is', now: '2026-06-30', next: 'reminder1 2026-06-30' },
    { name: 'stop when nothing is open', openMinor: 0, now: '2026-06-30', next: 'none' },
  ]);
});

describe('the gap between two steps', () => {
  check([
    {
      name: 'is five working days after a late notice',
      steps: [sent('notice', '2026-02-10')],
      now: '2026-02-10',
      next: 'reminder1 2026-02-17',
    },
    {
      name: 'is five working days after a late reminder',
      steps: [sent('reminder1', '2026-03-02')],
      now: '2026-03-02',
      next: 'reminder2 2026-03-09',
    },
    {
      name: 'counts from the letter of an imported item',
      steps: [sent('reminder2', '2026-06-26')],
      now: '2026-06-29',
      next: 'reminder3 2026-07-03',
    },
    {
      name: 'does not hold up an import whose letter is long ago',
      steps: [sent('reminder2', '2026-01-05')],
      now: '2026-06-29',
      next: 'reminder3 2026-06-29',
    },
    {
      name: 'counts also after a pause',
      steps: [sent('reminder1', '2026-03-02')],
      blocks: [block('2026-03-03', '2026-03-05')],
      now: '2026-03-05',
      next: 'reminder2 2026-03-09',
    },
    {
      name: 'counts also after a letter that did not arrive',
      steps: [{ level: 'reminder1', on: '2026-03-02', state: 'undeliverable' }],
      now: '2026-03-02',
      next: 'reminder2 2026-03-09',
    },
    {
      name: 'counts also for the collector',
      steps: [sent('reminder3', '2026-03-16')],
      now: '2026-03-16',
      next: 'collector 2026-03-23',
    },
  ]);
});

describe('a letter that waits', () => {
  const waiting: StepTaken = { level: 'reminder1', on: '2026-02-16', state: 'waiting' };
  check([
    { name: 'counts as taken on its day', steps: [waiting], now: '2026-02-16 09:00', next: 'reminder2 2026-02-25' },
    {
      name: 'holds everything back when its day has passed without an outcome',
      steps: [waiting],
      now: '2026-02-17',
      next: 'wait',
    },
    {
      name: 'lets the next level follow when nobody knows its outcome',
      steps: [{ ...waiting, state: 'unknown' }],
      now: '2026-02-17',
      next: 'reminder2 2026-02-25',
    },
  ]);
});

describe('a letter whose day has passed without an outcome', () => {
  it('is asked about every hour, so that an order cannot wait for a word that was said too early', () => {
    const steps: StepTaken[] = [{ level: 'reminder1', on: '2026-02-16', state: 'waiting' }];
    const now = localInstant(BERLIN.zone, '2026-02-17', '00:20');
    const next = nextDunningStep({ dueOn: '2026-02-11', openMinor: 100, steps, blocks: [] }, POLICY_V1, BERLIN, now);
    assert.equal(next.kind === 'wait' && next.askAgainAt, localInstant(BERLIN.zone, '2026-02-17', '01:00'));
  });
});

describe('a block', () => {
  check([
    {
      name: 'moves a reminder to the day after its end',
      blocks: [block('2026-02-16', '2026-02-18')],
      now: '2026-02-12',
      next: 'reminder1 2026-02-19',
    },
    {
      name: 'that ends on a Friday moves it to Monday',
      blocks: [block('2026-02-16', '2026-02-20')],
      now: '2026-02-12',
      next: 'reminder1 2026-02-23',
    },
    { name: 'without an end makes it wait', blocks: [block('2026-02-16', null)], now: '2026-02-12', next: 'wait' },
    {
      name: 'that starts later does not hold',
      blocks: [block('2026-02-17', null)],
      now: '2026-02-12',
      next: 'reminder1 2026-02-16',
    },
    {
      name: 'ended by hand holds no more on that very day',
      blocks: [block('2026-02-12', null, '2026-02-16')],
      now: '2026-02-16',
      next: 'reminder1 2026-02-16',
    },
    {
      name: 'after a block after a weekend is waited for, too',
      blocks: [block('2026-02-16', '2026-02-20'), block('2026-02-23', '2026-02-24')],
      now: '2026-02-12',
      next: 'reminder1 2026-02-25',
    },
    {
      name: 'holds the collector’s task as well',
      steps: [THIRD],
      blocks: [block('2026-03-18', '2026-03-27')],
      now: '2026-03-18',
      next: 'collector 2026-03-28',
    },
    {
      name: 'on a paid item changes nothing',
      openMinor: 0,
      blocks: [block('2026-02-16', null)],
      now: '2026-02-16',
      next: 'none',
    },
  ]);

  it('holds from its first to its last day', () => {
    const one = block('2026-02-16', '2026-02-18');
    assert.deepEqual(
      ['2026-02-15', '2026-02-16', '2026-02-18', '2026-02-19'].map((date) => isBlocking(one, date)),
      [false, true, true, false],
    );
    assert.equal(isBlocking(block('2026-02-16', '2026-02-18', '2026-02-17'), '2026-02-17'), false);
  });

  it('that was ended before it began never held', () => {
    assert.equal(unblockedOnOrAfter([block('2026-02-16', null, '2026-02-10')], '2026-02-16'), '2026-02-16');
  });

  it('one after the other leaves the first free day', () => {
    const blocks = [
      block('2026-02-19', '2026-02-20'),
      block('2026-02-16', '2026-02-18'),
      block('2026-02-21', null, '2026-02-22'),
    ];
    assert.equal(unblockedOnOrAfter(blocks, '2026-02-16'), '2026-02-22');
    assert.equal(unblockedOnOrAfter([...blocks, block('2026-02-22', null)], '2026-02-16'), null);
  });
});
