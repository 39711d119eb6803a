// A random order with everything that may happen to it, and the loop of its workflow played without a server.

import fc from 'fast-check';
import {
  mayBeSent,
  nextStep,
  type InvoiceFacts,
  type ItemFacts,
  type Next,
  type OrderFacts,
} from '../../src/domain/agenda.ts';
import type { Block } from '../../src/domain/block.ts';
import { localDate, type Calendar } from '../../src/domain/calendar.ts';
import { addDays, fromEpochDay, toEpochDay } from '../../src/domain/dates.ts';
import type { StepTaken } from '../../src/domain/dunning.ts';
import { letterDay, sendAt, sendDayOnOrAfter } from '../../src/domain/letter-day.ts';
import { POLICY_V1, type Level, type Policy, type SendWindow } from '../../src/domain/policy.ts';

const DAY = 86_400_000;
/** More steps than any life here can need: a life that takes more runs in circles. */
const STEPS_MAX = 500;

type Step = StepTaken & { readonly isImported?: boolean };
interface Item extends ItemFacts {
  readonly steps: readonly Step[];
}

/** What becomes of a letter, or of the try to hand an item in. `gone`: the day's letter has left, so the next day's takes the item. */
type LetterFate = 'sent' | 'undeliverable' | 'unknown' | 'missed' | 'gone';

type Event =
  | { readonly kind: 'pay'; readonly percent: number }
  | { readonly kind: 'block'; readonly days: number | null; readonly inDays: number }
  | { readonly kind: 'unblock' }
  | { readonly kind: 'ship' };

export interface Life {
  readonly policy: Policy;
  readonly calendar: Calendar;
  readonly startsAt: number;
  readonly termsDays: number;
  readonly shipments: number;
  readonly credit: 'approved' | 'held_released' | 'held_expired' | 'rejected';
  /** Set: an open invoice from elsewhere, due `dueInDays` from the start. */
  readonly opening: { readonly dueInDays: number; readonly level: Level | null; readonly letterDaysAgo: number } | null;
  /** What happens, in days from the start. */
  readonly events: readonly { readonly afterDays: number; readonly event: Event }[];
  /** Taken in turn by letters and deliveries. */
  readonly fates: readonly LetterFate[];
}

export interface Lived {
  readonly end: Next;
  readonly items: readonly Item[];
  /** Every letter sent and task given, with what was true of its item then. */
  readonly sent: readonly {
    readonly level: Level;
    readonly on: string;
    readonly at: number;
    readonly dueOn: string;
    readonly openMinor: number;
    readonly blocks: readonly Block[];
  }[];
  readonly asked: readonly { readonly facts: OrderFacts; readonly now: number; readonly next: Next }[];
}

const sendWindow: fc.Arbitrary<SendWindow> = fc.constantFrom(
  POLICY_V1.sendWindow,
  { days: 'every', opens: '00:00', closes: '24:00', spreadMinutes: 0 },
  { days: 'working', opens: '00:00', closes: '24:00', spreadMinutes: 600 },
  { days: 'every', opens: '09:30', closes: '09:45', spreadMinutes: 60 },
);
const calendar: fc.Arbitrary<Calendar> = fc.record({
  zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Pacific/Auckland', 'Africa/Cairo', 'UTC'),
  weekend: fc.constantFrom(new Set([6, 7]), new Set([5, 6]), new Set([7])),
  holidays: fc
    .uniqueArray(fc.integer({ min: toEpochDay('2026-01-01'), max: toEpochDay('2027-12-31') }), { maxLength: 60 })
    // A calendar without a working day for weeks is refused elsewhere.
    .map((days) => new Set(days.filter((day) => day % 3 !== 0).map(fromEpochDay))),
});
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('pay' as const), percent: fc.integer({ min: 1, max: 120 }) }),
  fc.record({
    kind: fc.constant('block' as const),
    days: fc.option(fc.nat(40)),
    inDays: fc.integer({ min: -2, max: 10 }),
  }),
  fc.constant({ kind: 'unblock' as const }),
  fc.constant({ kind: 'ship' as const }),
);

export const lifeArbitrary: fc.Arbitrary<Life> = fc.record({
  policy: sendWindow.map((window): Policy => ({ ...POLICY_V1, sendWindow: window })),
  calendar,
  startsAt: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-12-31') }),
  termsDays: fc.nat(45),
  shipments: fc.integer({ min: 1, max: 3 }),
  credit: fc.constantFrom('approved', 'approved', 'approved', 'held_released', 'held_expired', 'rejected'),
  opening: fc.option(
    fc.record({
      dueInDays: fc.integer({ min: -90, max: 30 }),
      level: fc.option(fc.constantFrom<Level>('notice', 'reminder1', 'reminder2', 'reminder3', 'collector')),
      letterDaysAgo: fc.nat(40),
    }),
  ),
  events: fc.array(fc.record({ afterDays: fc.double({ min: 0, max: 120, noNaN: true }), event }), { maxLength: 12 }),
  fates: fc.array(
    fc.constantFrom<LetterFate>('sent', 'sent', 'sent', 'sent', 'undeliverable', 'unknown', 'missed', 'gone'),
    {
      maxLength: 30,
    },
  ),
});

/** Plays the loop of the workflow: ask, wait for the time or for news, act, ask again. */
export function liveOn(life: Life): Lived {
  const player = new Player(life);
  for (let taken = 0; taken < STEPS_MAX; taken += 1) {
    const next = player.ask();
    if (next.step === 'closed') return player.lived(next);
    player.waitFor(next);
  }
  throw new Error(`no end after ${String(STEPS_MAX)} steps`);
}

class Player {
  readonly #life: Life;
  readonly #asked: { facts: OrderFacts; now: number; next: Next }[] = [];
  readonly #sent: Lived['sent'][number][] = [];
  /** What will happen, soonest first; letters on their way are put in between. */
  readonly #ahead: { at: number; happens: () => void }[];
  readonly #fates: LetterFate[];
  #now: number;
  #facts: OrderFacts;
  #items: readonly Item[] = [];
  #shipmentsLeft: number;

  constructor(life: Life) {
    this.#life = life;
    this.#now = life.startsAt;
    this.#fates = [...life.fates];
    this.#shipmentsLeft = life.opening === null ? life.shipments : 0;
    this.#facts = {
      kind: life.opening === null ? 'order' : 'opening',
      credit: { state: 'unassessed', holdUntil: null, reasons: [] },
      toInvoice: [],
      awaitsShipment: this.#shipmentsLeft > 0,
      invoices: [],
      items: [],
    };
    this.#ahead = life.events.map(({ afterDays, event: one }) => ({
      at: life.startsAt + Math.floor(afterDays * DAY),
      happens: () => {
        this.#meet(one);
      },
    }));
    this.#sortAhead();
  }

  ask(): Next {
    const { policy, calendar: days } = this.#life;
    const facts = { ...this.#facts, items: this.#items };
    const next = nextStep(facts, policy, days, this.#now);
    this.#asked.push({ facts, now: this.#now, next });
    return next;
  }

  lived(end: Next): Lived {
    return { end, items: this.#items, sent: this.#sent, asked: this.#asked };
  }

  /** Waits until the step is due and takes it, or until something happens before. */
  waitFor(next: Next): void {
    const [coming] = this.#ahead;
    if (coming !== undefined && (next.at === null || coming.at < next.at)) {
      this.#ahead.shift();
      this.#now = Math.max(this.#now, coming.at);
      coming.happens();
    } else if (next.at !== null) {
      this.#now = Math.max(this.#now, next.at);
      this.#take(next);
    } else {
      // Nothing is ahead and only news can move the order on: what is left is shipped, let go and paid.
      this.#now += DAY;
      this.#meet({ kind: 'ship' });
      this.#meet({ kind: 'unblock' });
      if (this.#shipmentsLeft === 0 && this.#facts.toInvoice.length === 0) this.#meet({ kind: 'pay', percent: 100 });
    }
  }

  #take(next: Next): void {
    switch (next.step) {
      case 'wait':
        break;
      case 'postOpeningItem':
        this.#postOpening();
        break;
      case 'assessCredit':
        this.#assess();
        break;
      case 'expireHold':
        this.#facts = { ...this.#facts, credit: { state: 'rejected', holdUntil: null, reasons: ['hold_expired'] } };
        break;
      case 'issueInvoice':
        this.#invoice(next.subject ?? '');
        break;
      case 'deliverInvoice':
        this.#deliver(next.subject ?? '');
        break;
      case 'remind':
        this.#handIn(next.subject ?? '', next.level ?? 'notice');
        break;
      case 'askCollector':
        this.#close(next.subject ?? '', { level: 'collector', on: this.#today(), state: 'sent' });
        break;
      default:
        throw new Error(`${next.step} is no step to take`);
    }
  }

  #assess(): void {
    const { credit } = this.#life;
    if (credit === 'approved' || credit === 'rejected') {
      this.#facts = { ...this.#facts, credit: { state: credit, holdUntil: null, reasons: [] } };
      return;
    }
    this.#facts = { ...this.#facts, credit: { state: 'held', holdUntil: this.#now + 5 * DAY, reasons: ['limit'] } };
    if (credit === 'held_expired') return;
    this.#happens(this.#now + DAY, () => {
      if (this.#facts.credit.state !== 'held') return;
      this.#facts = { ...this.#facts, credit: { state: 'approved', holdUntil: null, reasons: [] } };
    });
  }

  #postOpening(): void {
    const { opening } = this.#life;
    if (opening === null) throw new Error('no opening item');
    this.#facts = { ...this.#facts, credit: { state: 'approved', holdUntil: null, reasons: [] } };
    const on = addDays(this.#today(), -opening.letterDaysAgo);
    const steps: Step[] = opening.level === null ? [] : [{ level: opening.level, on, state: 'sent', isImported: true }];
    this.#addItem('opening', addDays(this.#today(), opening.dueInDays), steps);
  }

  #invoice(subject: string): void {
    const invoice: InvoiceFacts = {
      invoiceId: `invoice of ${subject}`,
      number: subject,
      delivery: 'pending',
      retryAt: null,
    };
    const toInvoice = this.#facts.toInvoice.filter((one) => one !== subject);
    this.#facts = { ...this.#facts, toInvoice, invoices: [...this.#facts.invoices, invoice] };
    this.#addItem(subject, addDays(this.#today(), this.#life.termsDays), []);
  }

  #deliver(invoiceId: string): void {
    const fate = this.#fates.shift() ?? 'sent';
    const delivery: InvoiceFacts['delivery'] =
      fate === 'undeliverable' || fate === 'unknown' ? fate : fate === 'missed' ? 'pending' : 'sent';
    const retryAt = delivery === 'pending' ? this.#now + 60_000 : null;
    const invoices = this.#facts.invoices.map((one) =>
      one.invoiceId === invoiceId ? { ...one, delivery, retryAt } : one,
    );
    this.#facts = { ...this.#facts, invoices };
  }

  /** The step `remind` and its letter: waits on its day, is asked again, and ends as fate has it. */
  #handIn(itemId: string, level: Level): void {
    const { policy, calendar: days } = this.#life;
    const fate = this.#fates.shift() ?? 'sent';
    const today = letterDay(policy, days, this.#now);
    const on = fate === 'gone' ? sendDayOnOrAfter(policy, days, addDays(today, 1)) : today;
    this.#close(itemId, { level, on, state: 'waiting' });
    const { at, closesAt } = sendAt(policy, days, { day: on, key: itemId, now: this.#now });
    if (fate === 'missed') {
      this.#happens(closesAt, () => {
        this.#settle(itemId, level, null);
      });
      return;
    }
    this.#happens(at, () => {
      const item = this.#item(itemId);
      const isDue = mayBeSent(item, { level, policy, calendar: days, now: this.#now });
      // A dead sender is found out days later.
      if (isDue && fate === 'unknown')
        this.#happens(this.#now + 3 * DAY, () => {
          this.#settle(itemId, level, 'unknown');
        });
      else this.#settle(itemId, level, !isDue ? null : fate === 'undeliverable' ? 'undeliverable' : 'sent');
    });
  }

  /** Ends a waiting step; `null` drops it. */
  #settle(itemId: string, level: Level, state: 'sent' | 'undeliverable' | 'unknown' | null): void {
    const item = this.#item(itemId);
    const steps = item.steps.flatMap((step): Step[] => {
      if (step.level !== level || step.state !== 'waiting') return [step];
      return state === null ? [] : [{ ...step, state }];
    });
    this.#change({ ...item, steps });
    const step = steps.find((one) => one.level === level);
    if (state === 'sent' && step !== undefined) this.#noteSent(item, step);
  }

  #close(itemId: string, step: Step): void {
    const item = this.#item(itemId);
    this.#change({ ...item, steps: [...item.steps, step] });
    if (step.level === 'collector') this.#noteSent(item, step);
  }

  #noteSent({ dueOn, openMinor, blocks }: Item, { level, on }: Step): void {
    this.#sent.push({ level, on, at: this.#now, dueOn, openMinor, blocks });
  }

  #meet(one: Event): void {
    if (one.kind === 'ship' && this.#facts.credit.state === 'approved' && this.#shipmentsLeft > 0) {
      this.#shipmentsLeft -= 1;
      const toInvoice = [...this.#facts.toInvoice, `S${String(this.#shipmentsLeft)}`];
      this.#facts = { ...this.#facts, toInvoice, awaitsShipment: this.#shipmentsLeft > 0 };
    }
    for (const item of this.#items) {
      if (one.kind === 'pay') {
        this.#change({ ...item, openMinor: Math.max(0, item.openMinor - one.percent * 100) });
      } else if (one.kind === 'unblock') {
        const blocks = item.blocks.map((block) => ({ ...block, endedOn: block.endedOn ?? this.#today() }));
        this.#change({ ...item, blocks });
      } else if (one.kind === 'block') {
        const from = addDays(this.#today(), one.inDays);
        const until = one.days === null ? null : addDays(from, one.days);
        this.#change({ ...item, blocks: [...item.blocks, { from, until, endedOn: null }] });
      }
    }
  }

  #addItem(itemId: string, dueOn: string, steps: readonly Step[]): void {
    this.#items = [...this.#items, { itemId, number: itemId, dueOn, openMinor: 10_000, steps, blocks: [] }];
  }

  #item(itemId: string): Item {
    const item = this.#items.find((one) => one.itemId === itemId);
    if (item === undefined) throw new Error(`no item ${itemId}`);
    return item;
  }

  #change(changed: Item): void {
    this.#items = this.#items.map((item) => (item.itemId === changed.itemId ? changed : item));
  }

  #happens(at: number, happens: () => void): void {
    this.#ahead.push({ at, happens });
    this.#sortAhead();
  }

  #sortAhead(): void {
    this.#ahead.sort((a, b) => a.at - b.at);
  }

  #today(): string {
    return localDate(this.#life.calendar.zone, this.#now);
  }
}
