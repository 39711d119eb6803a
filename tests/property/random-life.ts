// A random order with everything that may happen to it: what a life is, and where lives come from.

import fc from 'fast-check';
import type { Calendar } from '../../src/domain/calendar.ts';
import { fromEpochDay, toEpochDay } from '../../src/domain/dates.ts';
import { POLICY_V1, type Level, type Policy, type SendWindow } from '../../src/domain/policy.ts';

/** What becomes of a letter, a delivery, or the try to hand an item in. `gone`: the day's letter has left, so the next day's takes the item. */
export type Fate = 'sent' | 'undeliverable' | 'unknown' | 'missed' | 'gone';

/** What the outside does to an order; what does not fit its state at that moment does nothing. */
export type Event =
  // Money: for every open item, before any, and back to the payer.
  | { readonly kind: 'pay' | 'prepay' | 'takeBack'; readonly percent: number }
  // Credit and the order itself.
  | { readonly kind: 'decideCredit'; readonly release: boolean; readonly graceDays: number | null }
  | { readonly kind: 'grant' | 'change' | 'cancel' | 'closeShort' }
  | { readonly kind: 'ship'; readonly isFaulty: boolean }
  | { readonly kind: 'decideShipments'; readonly invoice: boolean }
  // Dunning.
  | {
      readonly kind: 'block';
      readonly width: 'item' | 'order' | 'customer';
      readonly days: number | null;
      readonly inDays: number;
    }
  | { readonly kind: 'unblock' | 'withdraw' | 'cancelPlan' }
  | { readonly kind: 'promise'; readonly percent: number; readonly inDays: number; readonly daysAgo: number }
  | { readonly kind: 'plan'; readonly instalments: number; readonly everyDays: number }
  // Disputes and two people.
  | { readonly kind: 'dispute'; readonly percent: number }
  | { readonly kind: 'resolve'; readonly isCredited: boolean }
  | { readonly kind: 'creditNote'; readonly percent: number }
  | { readonly kind: 'askApproval'; readonly days: number }
  | { readonly kind: 'useCredit' | 'decideApprovals' | 'completeTasks' };

export interface Life {
  readonly policy: Policy;
  readonly calendar: Calendar;
  readonly startsAt: number;
  readonly termsDays: number;
  readonly shipments: number;
  readonly isPrepaid: boolean;
  /** Days after which an approval that never shipped loses its reservation; `null`: never. */
  readonly reservationDays: number | null;
  /** Taken in turn by credit checks; when they are used up, all are approved. */
  readonly credits: readonly ('approved' | 'held' | 'rejected')[];
  /** Set: an open invoice from elsewhere, due `dueInDays` from the start. */
  readonly opening: { readonly dueInDays: number; readonly level: Level | null; readonly letterDaysAgo: number } | null;
  /** What happens, in days from the start. */
  readonly events: readonly { readonly afterDays: number; readonly event: Event }[];
  /** Taken in turn by letters, deliveries and mails to owners of tasks. */
  readonly fates: readonly Fate[];
}

const sendWindow: fc.Arbitrary<SendWindow> = fc.constantFrom(
  POLICY_V1.sendWindow,
  { days: 'every', opens: '00:00', closes: '24:00', spreadMinutes: 0 },
  { days: 'working', opens: '00:00', closes: '24:00', spreadMinutes: 600 },
  { days: 'every', opens: '09:30', closes: '09:45', spreadMinutes: 60 },
);
const policy: fc.Arbitrary<Policy> = fc
  .record({
    window: sendWindow,
    promiseToleranceDays: fc.constantFrom(0, 3, 7),
    blockDaysMax: fc.constantFrom(1, 30, 90),
  })
  .map(({ window, ...rest }) => ({ ...POLICY_V1, ...rest, sendWindow: window }));
const calendar: fc.Arbitrary<Calendar> = fc.record({
  zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Pacific/Auckland', 'Africa/Cairo', 'UTC'),
  weekend: fc.constantFrom(new Set([6, 7]), new Set([5, 6]), new Set([7])),
  holidays: fc
    .uniqueArray(fc.integer({ min: toEpochDay('2026-01-01'), max: toEpochDay('2027-12-31') }), { maxLength: 60 })
    // A calendar without a working day for weeks is refused elsewhere.
    .map((days) => new Set(days.filter((day) => day % 3 !== 0).map(fromEpochDay))),
});

const percent = fc.integer({ min: 1, max: 120 });
const kind = <Kind extends string>(...kinds: Kind[]): fc.Arbitrary<Kind> => fc.constantFrom(...kinds);
const ship: fc.Arbitrary<Event> = fc.record({ kind: kind('ship'), isFaulty: fc.constant(false) });
const money: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: kind('pay', 'pay', 'prepay', 'takeBack'), percent }),
  fc.record({ kind: kind('pay'), percent: fc.constant(100) }),
);
const course: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: kind('decideCredit'), release: fc.boolean(), graceDays: fc.option(fc.nat(20)) }),
  fc.record({ kind: kind('grant', 'grant', 'change', 'cancel', 'closeShort') }),
  fc.record({ kind: kind('ship'), isFaulty: fc.integer({ min: 0, max: 4 }).map((one) => one === 0) }),
  ship,
  fc.record({ kind: kind('decideShipments'), invoice: fc.boolean() }),
);
const dunning: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: kind('block'),
    width: fc.constantFrom('item' as const, 'order' as const, 'customer' as const),
    days: fc.option(fc.nat(40)),
    inDays: fc.integer({ min: -2, max: 10 }),
  }),
  fc.record({ kind: kind('unblock', 'withdraw', 'cancelPlan') }),
  fc.record({ kind: kind('promise'), percent, inDays: fc.nat(40), daysAgo: fc.constantFrom(0, 0, 1, 10) }),
  fc.record({
    kind: kind('plan'),
    instalments: fc.integer({ min: 1, max: 4 }),
    everyDays: fc.integer({ min: 1, max: 30 }),
  }),
);
const people: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: kind('dispute', 'dispute', 'creditNote'), percent }),
  fc.record({ kind: kind('resolve'), isCredited: fc.boolean() }),
  fc.record({ kind: kind('askApproval'), days: fc.nat(20) }),
  fc.record({ kind: kind('useCredit', 'decideApprovals', 'completeTasks') }),
);
const event: fc.Arbitrary<Event> = fc.oneof(money, course, dunning, people);
const happening = (withinDays: number, one: fc.Arbitrary<Event>): fc.Arbitrary<Life['events'][number]> =>
  fc.record({ afterDays: fc.double({ min: 0, max: withinDays, noNaN: true }), event: one });

export const lifeArbitrary: fc.Arbitrary<Life> = fc.record({
  policy,
  calendar,
  startsAt: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-12-31') }),
  termsDays: fc.nat(45),
  shipments: fc.integer({ min: 1, max: 3 }),
  isPrepaid: fc.integer({ min: 0, max: 3 }).map((one) => one === 0),
  reservationDays: fc.option(fc.integer({ min: 1, max: 90 })),
  credits: fc.array(fc.constantFrom('approved' as const, 'approved' as const, 'held' as const, 'rejected' as const), {
    maxLength: 4,
  }),
  opening: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({
        dueInDays: fc.integer({ min: -90, max: 30 }),
        level: fc.option(fc.constantFrom<Level>('notice', 'reminder1', 'reminder2', 'reminder3', 'collector')),
        letterDaysAgo: fc.nat(40),
      }),
    },
  ),
  events: fc
    .tuple(
      // Most orders ship in their first days, or little would ever be owed.
      fc.array(happening(10, ship), { maxLength: 3 }),
      fc.array(happening(120, event), { maxLength: 20 }),
    )
    .map((parts) => parts.flat()),
  fates: fc.array(fc.constantFrom<Fate>('sent', 'sent', 'sent', 'sent', 'undeliverable', 'unknown', 'missed', 'gone'), {
    maxLength: 30,
  }),
});
