// Plays a random life: the loop of an order's workflow, without a server, on facts that steps and events change.

import { isPrepaidFor, mayBeSent, nextStep, type Next } from '../../src/domain/agenda.ts';
import type { Block } from '../../src/domain/block.ts';
import { localDate } from '../../src/domain/calendar.ts';
import { addDays } from '../../src/domain/dates.ts';
import type { StepTaken } from '../../src/domain/dunning.ts';
import { letterDay, sendAt, sendDayOnOrAfter } from '../../src/domain/letter-day.ts';
import {
  newItemFacts,
  newOrderFacts,
  type InvoiceFacts,
  type ItemFacts,
  type OrderFacts,
  type TaskFacts,
} from '../../src/domain/order-facts.ts';
import { allocateByReference } from '../../src/domain/payment-allocation.ts';
import { planDay, planStanding } from '../../src/domain/payment-plan.ts';
import type { Level } from '../../src/domain/policy.ts';
import { evaluatePromise } from '../../src/domain/promise.ts';
import type { Event, Fate, Life } from './random-life.ts';

const DAY = 86_400_000;
/** More steps than any life here can need: a life that takes more runs in circles. */
const STEPS_MAX = 1_500;
/** What every shipment and every opening item amounts to. */
const ITEM_MINOR = 10_000;
const NUMBER = 'SO-1';

type Step = StepTaken & { readonly isImported?: boolean };
export interface Item extends ItemFacts {
  readonly steps: readonly Step[];
  /** Settled by payments so far. */
  readonly settledMinor: number;
  /** What had been settled when its latest promise was given, and what became of that one. */
  readonly latest: {
    readonly promise: NonNullable<ItemFacts['promise']>;
    readonly beforeMinor: number;
    readonly state: string;
  } | null;
}

/** One question to the agenda, its answer, and whether it was a step that was taken at once afterwards. */
export interface Asked {
  readonly facts: OrderFacts;
  readonly now: number;
  readonly next: Next;
  readonly isTaken: boolean;
}

export interface Lived {
  readonly end: Next;
  readonly items: readonly Item[];
  /** Every letter sent and task given, with what was true of its item then. */
  readonly sent: readonly { readonly level: Level; readonly on: string; readonly at: number; readonly item: Item }[];
  readonly asked: readonly Asked[];
}

/** Plays the loop of the workflow: ask, wait for the time or for news, act, ask again; also after it closed, while news comes. */
export function liveOn(life: Life): Lived {
  const player = new Player(life);
  for (let taken = 0; taken < STEPS_MAX; taken += 1) {
    const next = player.goOn();
    if (next !== null) return player.lived(next);
  }
  throw new Error(`no end after ${String(STEPS_MAX)} steps`);
}

class Player {
  readonly #life: Life;
  readonly #asked: Asked[] = [];
  readonly #sent: Lived['sent'][number][] = [];
  /** What will happen, soonest first; letters on their way are put in between. */
  readonly #ahead: { at: number; happens: () => void }[];
  readonly #fates: Fate[];
  readonly #credits: Life['credits'][number][];
  #now: number;
  #facts: OrderFacts;
  #items: readonly Item[] = [];
  /** Of the order and of the customer: they hold items that come later as well. */
  #blocks: readonly Block[] = [];
  #shipmentsLeft: number;
  #count = 0;

  constructor(life: Life) {
    this.#life = life;
    this.#now = life.startsAt;
    this.#fates = [...life.fates];
    this.#credits = [...life.credits];
    this.#shipmentsLeft = life.opening === null ? life.shipments : 0;
    const isPrepaid = life.isPrepaid && life.opening === null;
    const blank = newOrderFacts(life.opening === null ? 'order' : 'opening', NUMBER);
    this.#facts = { ...blank, prepayment: { ...blank.prepayment, isPrepaid } };
    this.#recount();
    this.#ahead = life.events.map(({ afterDays, event }) => ({
      at: life.startsAt + Math.floor(afterDays * DAY),
      happens: () => {
        this.#meet(event);
      },
    }));
    this.#sortAhead();
  }

  lived(end: Next): Lived {
    return { end, items: this.#items, sent: this.#sent, asked: this.#asked };
  }

  /** Asks what is next, and waits until it is due and takes it, or until something happens before. @returns the end */
  goOn(): Next | null {
    const { policy, calendar } = this.#life;
    const facts = { ...this.#facts, items: this.#items };
    const next = nextStep(facts, policy, calendar, this.#now);
    const [coming] = this.#ahead;
    const isNewsFirst = coming !== undefined && (next.at === null || coming.at < next.at);
    this.#asked.push({ facts, now: this.#now, next, isTaken: !isNewsFirst && next.at !== null });
    if (isNewsFirst) {
      this.#ahead.shift();
      this.#now = Math.max(this.#now, coming.at);
      coming.happens();
    } else if (next.step === 'closed') {
      return next;
    } else if (next.at !== null) {
      this.#now = Math.max(this.#now, next.at);
      this.#take(next, next.subject ?? '');
    } else {
      this.#finish();
    }
    return null;
  }

  /** Nothing is ahead and only news can move the order on: people decide, and what is left is shipped and paid. */
  #finish(): void {
    this.#now += DAY;
    if (!isPrepaidFor(this.#facts)) this.#meet({ kind: 'prepay', percent: 100 * this.#life.shipments });
    if (this.#facts.credit.state === 'approved' && !this.#facts.isCancelled)
      this.#meet({ kind: 'ship', isFaulty: false });
    this.#meet({ kind: 'decideShipments', invoice: true });
    this.#meet({ kind: 'unblock' });
    this.#meet({ kind: 'resolve', isCredited: false });
    this.#meet({ kind: 'useCredit' });
    if (this.#facts.toInvoice.length === 0) this.#meet({ kind: 'pay', percent: 100 });
  }

  // ── Steps ──

  #take(next: Next, subject: string): void {
    const steps: Record<Exclude<Next['step'], 'wait' | 'closed'>, () => void> = {
      postOpeningItem: () => {
        this.#postOpening();
      },
      assessCredit: () => {
        this.#assess();
      },
      takeGrant: () => {
        this.#approve(null);
      },
      expireHold: () => {
        this.#credit({ state: 'rejected', holdUntil: null, reasons: ['hold_expired'] });
      },
      expireReservation: () => {
        this.#hold('reservation_expired');
      },
      deliverProforma: () => {
        this.#deliverProforma();
      },
      issueInvoice: () => {
        this.#invoice(subject);
      },
      deliverInvoice: () => {
        this.#deliver(subject);
      },
      applyCash: () => {
        this.#applyCash(subject);
      },
      evaluatePromise: () => {
        this.#evaluatePromise(subject);
      },
      evaluatePlan: () => {
        this.#evaluatePlan(subject);
      },
      expireApproval: () => {
        const approvals = this.#facts.approvals.filter((one) => one.approvalId !== subject);
        this.#facts = { ...this.#facts, approvals };
      },
      tellOwner: () => {
        this.#tellOwner(subject);
      },
      escalateTask: () => {
        this.#escalate(subject);
      },
      remind: () => {
        this.#handIn(subject, next.level ?? 'notice');
      },
      askCollector: () => {
        this.#close(subject, { level: 'collector', on: this.#today(), state: 'sent' });
      },
    };
    if (next.step === 'closed') throw new Error('closed is no step to take');
    if (next.step !== 'wait') steps[next.step]();
  }

  #assess(): void {
    const fate = this.#credits.shift() ?? 'approved';
    if (fate === 'approved') this.#approve(null);
    else if (fate === 'held') this.#hold('credit_limit_exceeded');
    else this.#credit({ state: 'rejected', holdUntil: null, reasons: ['customer_blocked'] });
  }

  #approve(graceDays: number | null): void {
    const { reservationDays } = this.#life;
    const after = (days: number | null): number | null => (days === null ? null : this.#now + days * DAY);
    this.#endTasks('credit_hold');
    this.#credit({
      state: 'approved',
      holdUntil: null,
      reasons: [],
      isGranted: false,
      releasedUntil: after(graceDays),
      reservedUntil: after(reservationDays),
    });
    const { prepayment } = this.#facts;
    if (prepayment.isPrepaid && prepayment.proforma === 'none')
      this.#facts = { ...this.#facts, prepayment: { ...prepayment, proforma: 'pending' } };
  }

  #hold(reason: string): void {
    this.#credit({ state: 'held', holdUntil: this.#now + 5 * DAY, reasons: [reason], isGranted: false });
    this.#openTask('credit_hold', 3);
  }

  #postOpening(): void {
    const { opening } = this.#life;
    if (opening === null) throw new Error('no opening item');
    this.#credit({ state: 'approved' });
    const on = addDays(this.#today(), -opening.letterDaysAgo);
    const steps: Step[] = opening.level === null ? [] : [{ level: opening.level, on, state: 'sent', isImported: true }];
    this.#addItem('opening', addDays(this.#today(), opening.dueInDays), steps);
  }

  #deliverProforma(): void {
    const { prepayment } = this.#facts;
    const proforma = this.#delivered();
    const retryAt = proforma === 'pending' ? this.#now + 60_000 : null;
    this.#facts = { ...this.#facts, prepayment: { ...prepayment, proforma, retryAt } };
  }

  #invoice(subject: string): void {
    const invoice: InvoiceFacts = {
      invoiceId: `invoice of ${subject}`,
      number: `INV-${subject}`,
      kind: 'invoice',
      delivery: 'pending',
      retryAt: null,
    };
    const toInvoice = this.#facts.toInvoice.filter((one) => one.subject !== subject);
    this.#facts = { ...this.#facts, toInvoice, invoices: [...this.#facts.invoices, invoice] };
    this.#recount();
    this.#addItem(subject, addDays(this.#today(), this.#life.termsDays), []);
  }

  #deliver(invoiceId: string): void {
    const delivery = this.#delivered();
    const retryAt = delivery === 'pending' ? this.#now + 60_000 : null;
    const invoices = this.#facts.invoices.map((one) =>
      one.invoiceId === invoiceId ? { ...one, delivery, retryAt } : one,
    );
    this.#facts = { ...this.#facts, invoices };
  }

  #delivered(): InvoiceFacts['delivery'] {
    const fate = this.#fates.shift() ?? 'sent';
    if (fate === 'undeliverable' || fate === 'unknown') return fate;
    return fate === 'missed' ? 'pending' : 'sent';
  }

  #applyCash(paymentId: string): void {
    const payment = this.#facts.cash.find((one) => one.paymentId === paymentId);
    if (payment === undefined) throw new Error(`no payment ${paymentId}`);
    const items = this.#items
      .filter((item) => item.side === 'debit')
      .map((item) => ({ ...item, orderNumber: this.#facts.kind === 'order' ? NUMBER : null }));
    const { reference, unappliedMinor } = payment;
    const applied = allocateByReference({ amountMinor: unappliedMinor, reference, items });
    for (const { itemId, amountMinor } of applied.allocations) this.#settle(this.#item(itemId), amountMinor);
    const rest = { ...payment, unappliedMinor: applied.unappliedMinor };
    const cash = this.#facts.cash.flatMap((one) => (one !== payment ? [one] : rest.unappliedMinor > 0 ? [rest] : []));
    this.#facts = { ...this.#facts, cash };
  }

  #evaluatePromise(promiseId: string): void {
    const item = this.#items.find((one) => one.promise?.promiseId === promiseId);
    if (item?.promise === null || item?.promise === undefined) throw new Error(`no promise ${promiseId}`);
    const state = evaluatePromise({ ...item.promise, openMinor: item.openMinor });
    const latest = item.latest === null ? null : { ...item.latest, state };
    this.#change({ ...item, promise: null, latest });
    if (state !== 'kept') this.#openTask('promise_broken', 3);
  }

  #evaluatePlan(planId: string): void {
    const { policy, calendar } = this.#life;
    const item = this.#items.find((one) => one.plan?.planId === planId);
    if (item?.plan === null || item?.plan === undefined) throw new Error(`no plan ${planId}`);
    const { instalments, paidMinor } = item.plan;
    const standing = planStanding({
      instalments,
      paidMinor,
      openMinor: item.openMinor,
      today: planDay(calendar, this.#now),
      toleranceDays: policy.promiseToleranceDays,
    });
    // A plan that is still active was named too early: nothing changes, and the test of progress finds it.
    if (standing.state !== 'active') this.#change({ ...item, plan: null });
    if (standing.state === 'broken') this.#openTask('plan_broken', 3);
  }

  #tellOwner(taskId: string): void {
    const fate = this.#fates.shift() ?? 'sent';
    const told = fate === 'missed' ? { tellAt: this.#now + 60_000 } : { isTold: true, tellAt: null };
    this.#changeTask(taskId, told);
  }

  #escalate(taskId: string): void {
    const task = this.#facts.tasks.find((one) => one.taskId === taskId);
    if (task?.escalation === null || task?.escalation === undefined) throw new Error(`no tier above ${taskId}`);
    const { role } = task.escalation;
    const next = task.tier < 1 ? { role: 'executive', at: this.#now + 2 * DAY } : null;
    this.#changeTask(taskId, { tier: task.tier + 1, ownerRole: role, isTold: false, tellAt: null, escalation: next });
  }

  /** The step `remind` and its letter: waits on its day, is asked again, and ends as fate has it. */
  #handIn(itemId: string, level: Level): void {
    const { policy, calendar } = this.#life;
    const fate = this.#fates.shift() ?? 'sent';
    const today = letterDay(policy, calendar, this.#now);
    const on = fate === 'gone' ? sendDayOnOrAfter(policy, calendar, addDays(today, 1)) : today;
    this.#close(itemId, { level, on, state: 'waiting' });
    const { at, closesAt } = sendAt(policy, calendar, { day: on, key: itemId, now: this.#now });
    if (fate === 'missed') {
      this.#happens(closesAt, () => {
        this.#end(itemId, level, null);
      });
      return;
    }
    this.#happens(at, () => {
      const isDue = mayBeSent(this.#item(itemId), { level, policy, calendar, now: this.#now });
      // A dead sender is found out days later.
      if (isDue && fate === 'unknown')
        this.#happens(this.#now + 3 * DAY, () => {
          this.#end(itemId, level, 'unknown');
        });
      else this.#end(itemId, level, !isDue ? null : fate === 'undeliverable' ? 'undeliverable' : 'sent');
    });
  }

  /** Ends a waiting step; `null` drops it. */
  #end(itemId: string, level: Level, state: 'sent' | 'undeliverable' | 'unknown' | null): void {
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

  #noteSent(item: Item, { level, on }: Step): void {
    this.#sent.push({ level, on, at: this.#now, item });
  }

  // ── Events ──

  #meet(event: Event): void {
    switch (event.kind) {
      case 'pay':
        for (const item of this.#owed()) this.#settle(item, event.percent * 100);
        break;
      case 'prepay':
        this.#prepay(event.percent * 100);
        break;
      case 'takeBack':
        for (const item of this.#items) this.#takeBack(item, event.percent * 100);
        break;
      case 'creditNote':
      case 'useCredit':
        this.#meetCredit(event);
        break;
      case 'dispute':
      case 'resolve':
      case 'askApproval':
      case 'decideApprovals':
      case 'completeTasks':
        this.#meetPeople(event);
        break;
      case 'block':
      case 'unblock':
      case 'promise':
      case 'withdraw':
      case 'plan':
      case 'cancelPlan':
        this.#meetDunning(event);
        break;
      default:
        this.#meetCourse(event);
    }
  }

  #meetCourse(event: Event): void {
    const { credit, toInvoice } = this.#facts;
    const isAlive = this.#facts.kind === 'order' && !this.#facts.isCancelled && credit.state !== 'rejected';
    if (event.kind === 'ship') this.#ship(event.isFaulty);
    if (event.kind === 'decideShipments') {
      const decided = toInvoice.flatMap((part) => {
        if (part.invoicing === 'due') return [part];
        return event.invoice ? [{ ...part, invoicing: 'due' as const, from: null }] : [];
      });
      this.#facts = { ...this.#facts, toInvoice: decided };
      this.#recount();
    }
    if (event.kind === 'decideCredit' && credit.state === 'held' && isAlive) {
      if (event.release) this.#approve(event.graceDays);
      else this.#credit({ state: 'rejected', holdUntil: null, reasons: ['rejected_by_a_person'] });
    }
    if (event.kind === 'grant' && credit.state === 'held' && isAlive) this.#credit({ isGranted: true });
    if (event.kind === 'change' && isAlive && this.#shipmentsLeft > 0)
      this.#credit({ ...newOrderFacts('order', NUMBER).credit });
    const hasShipped = this.#shipmentsLeft < this.#life.shipments;
    if (event.kind === 'cancel' && isAlive && !hasShipped) this.#facts = { ...this.#facts, isCancelled: true };
    if (event.kind === 'closeShort' && isAlive && hasShipped) {
      this.#shipmentsLeft = 0;
      this.#recount();
    }
  }

  /** What leaves the house of an order that may not ship is contested; of one that nobody checked yet as well. */
  #ship(isFaulty: boolean): void {
    if (this.#shipmentsLeft === 0) return;
    const { credit, isCancelled, toInvoice } = this.#facts;
    const isAllowed = credit.state === 'approved' && !isCancelled && isPrepaidFor(this.#facts);
    this.#shipmentsLeft -= 1;
    const part = {
      subject: `S${String(this.#shipmentsLeft)}`,
      invoicing: isFaulty ? ('quality_failed' as const) : isAllowed ? ('due' as const) : ('contested' as const),
      from: isAllowed || isFaulty ? null : this.#now + 2 * DAY,
    };
    if (part.invoicing !== 'due') this.#openTask('shipment_contested', 2);
    this.#facts = { ...this.#facts, toInvoice: [...toInvoice, part] };
    this.#recount();
  }

  #meetDunning(event: Event): void {
    const [item] = this.#owed();
    if (event.kind === 'block') {
      const from = addDays(this.#today(), event.inDays);
      const block = { from, until: event.days === null ? null : addDays(from, event.days), endedOn: null };
      if (event.width !== 'item') this.#blocks = [...this.#blocks, block];
      const held = event.width === 'item' ? this.#owed().slice(0, 1) : this.#items;
      for (const one of held) this.#change({ ...one, blocks: [...one.blocks, block] });
    }
    if (event.kind === 'unblock') {
      const ended = (block: Block): Block => ({ ...block, endedOn: block.endedOn ?? this.#today() });
      this.#blocks = this.#blocks.map(ended);
      for (const one of this.#items) this.#change({ ...one, blocks: one.blocks.map(ended) });
    }
    if (event.kind === 'withdraw') for (const one of this.#items) this.#change({ ...one, promise: null, latest: null });
    if (event.kind === 'cancelPlan') for (const one of this.#items) this.#change({ ...one, plan: null });
    if (item === undefined || item.plan !== null) return;
    if (event.kind === 'promise') this.#promise(item, event);
    if (event.kind === 'plan' && item.promise === null) this.#plan(item, event);
  }

  #promise(item: Item, { percent, inDays, daysAgo }: Extract<Event, { kind: 'promise' }>): void {
    const givenOn = addDays(this.#today(), -daysAgo);
    const promise = {
      promiseId: this.#name('promise'),
      amountMinor: Math.min(item.openMinor, percent * 100),
      givenOn,
      promisedOn: addDays(givenOn, inDays),
      paidMinor: 0,
    };
    this.#change({ ...item, promise, latest: { promise, beforeMinor: item.settledMinor, state: 'open' } });
  }

  #plan(item: Item, { instalments: count, everyDays }: Extract<Event, { kind: 'plan' }>): void {
    const part = Math.floor(item.openMinor / count);
    const instalments = Array.from({ length: count }, (_, index) => ({
      dueOn: addDays(this.#today(), (index + 1) * everyDays),
      amountMinor: index === count - 1 ? item.openMinor - part * (count - 1) : part,
    })).filter((instalment) => instalment.amountMinor > 0);
    const plan = { planId: this.#name('plan'), agreedOn: this.#today(), instalments, paidMinor: 0 };
    this.#change({ ...item, plan });
  }

  #meetPeople(event: Event): void {
    const [item] = this.#owed();
    if (event.kind === 'dispute' && item !== undefined) {
      const amountMinor = Math.min(item.openMinor - item.disputedMinor, event.percent * 100);
      if (amountMinor <= 0) return;
      const dispute = { disputeId: this.#name('dispute'), number: item.number, reason: 'pricing' };
      this.#facts = { ...this.#facts, disputes: [...this.#facts.disputes, dispute] };
      this.#change({ ...item, disputedMinor: item.disputedMinor + amountMinor });
      this.#openTask('dispute', 5);
    }
    if (event.kind === 'resolve') {
      this.#facts = { ...this.#facts, disputes: [] };
      this.#endTasks('dispute');
      for (const one of this.#items) {
        const credited = event.isCredited ? Math.min(one.disputedMinor, one.openMinor) : 0;
        this.#change({ ...one, disputedMinor: 0, openMinor: one.openMinor - credited });
      }
    }
    if (event.kind === 'askApproval') {
      const approval = {
        approvalId: this.#name('approval'),
        kind: 'write_off',
        deadlineAt: this.#now + event.days * DAY,
      };
      this.#facts = { ...this.#facts, approvals: [...this.#facts.approvals, approval] };
    }
    if (event.kind === 'decideApprovals') this.#facts = { ...this.#facts, approvals: [] };
    if (event.kind === 'completeTasks') this.#facts = { ...this.#facts, tasks: [] };
  }

  #meetCredit(event: Event): void {
    if (event.kind === 'useCredit')
      for (const item of this.#items) if (item.side === 'credit') this.#change({ ...item, openMinor: 0 });
    if (event.kind === 'creditNote' && this.#items.length > 0) {
      const itemId = this.#name('note');
      this.#addItem(itemId, this.#today(), []);
      this.#change({ ...this.#item(itemId), side: 'credit', openMinor: Math.min(ITEM_MINOR, event.percent * 100) });
    }
  }

  #prepay(amountMinor: number): void {
    if (!this.#facts.prepayment.isPrepaid) return;
    const payment = { paymentId: this.#name('payment'), reference: NUMBER, unappliedMinor: amountMinor, notFor: [] };
    this.#facts = { ...this.#facts, cash: [...this.#facts.cash, payment] };
  }

  #settle(item: Item, upToMinor: number): void {
    const amountMinor = Math.min(item.openMinor, upToMinor);
    const { promise, plan } = item;
    this.#change({
      ...item,
      openMinor: item.openMinor - amountMinor,
      settledMinor: item.settledMinor + amountMinor,
      promise: promise === null ? null : { ...promise, paidMinor: promise.paidMinor + amountMinor },
      plan: plan === null ? null : { ...plan, paidMinor: plan.paidMinor + amountMinor },
    });
  }

  /** A payment goes back: the item is open again, and a promise that it kept is open again. */
  #takeBack(item: Item, upToMinor: number): void {
    const amountMinor = Math.min(item.settledMinor, upToMinor);
    if (amountMinor === 0) return;
    const settledMinor = item.settledMinor - amountMinor;
    const less = (paidMinor: number): number => Math.max(0, paidMinor - amountMinor);
    const { plan, latest } = item;
    const isOpenAgain = latest !== null && ['open', 'kept', 'partly_kept'].includes(latest.state) && plan === null;
    const promise = isOpenAgain
      ? { ...latest.promise, paidMinor: Math.max(0, settledMinor - latest.beforeMinor) }
      : item.promise;
    this.#change({
      ...item,
      settledMinor,
      openMinor: item.openMinor + amountMinor,
      promise,
      plan: plan === null ? null : { ...plan, paidMinor: less(plan.paidMinor) },
    });
  }

  // ── What steps and events are made of ──

  #credit(changes: Partial<OrderFacts['credit']>): void {
    this.#facts = { ...this.#facts, credit: { ...this.#facts.credit, ...changes } };
  }

  /** What follows from the shipments that are left, and from those without an invoice. */
  #recount(): void {
    const { prepayment, toInvoice } = this.#facts;
    const neededMinor = (this.#shipmentsLeft + toInvoice.length) * ITEM_MINOR;
    const awaitsShipment = this.#shipmentsLeft > 0;
    this.#facts = { ...this.#facts, awaitsShipment, prepayment: { ...prepayment, neededMinor } };
  }

  #openTask(kind: string, daysToEscalate: number): void {
    const task: TaskFacts = {
      taskId: this.#name('task'),
      kind,
      ownerRole: 'collector',
      tier: 0,
      isTold: false,
      tellAt: null,
      escalation: { role: 'ar_manager', at: this.#now + daysToEscalate * DAY },
    };
    this.#facts = { ...this.#facts, tasks: [...this.#facts.tasks, task] };
  }

  #endTasks(kind: string): void {
    this.#facts = { ...this.#facts, tasks: this.#facts.tasks.filter((task) => task.kind !== kind) };
  }

  #changeTask(taskId: string, changes: Partial<TaskFacts>): void {
    const tasks = this.#facts.tasks.map((task) => (task.taskId === taskId ? { ...task, ...changes } : task));
    this.#facts = { ...this.#facts, tasks };
  }

  #addItem(itemId: string, dueOn: string, steps: readonly Step[]): void {
    const item = newItemFacts({ itemId, number: `INV-${itemId}`, dueOn, openMinor: ITEM_MINOR });
    this.#items = [...this.#items, { ...item, steps, blocks: this.#blocks, settledMinor: 0, latest: null }];
  }

  #item(itemId: string): Item {
    const item = this.#items.find((one) => one.itemId === itemId);
    if (item === undefined) throw new Error(`no item ${itemId}`);
    return item;
  }

  /** What the customer owes, oldest first. */
  #owed(): readonly Item[] {
    return this.#items.filter((item) => item.side === 'debit' && item.openMinor > 0);
  }

  #change(changed: Item): void {
    this.#items = this.#items.map((item) => (item.itemId === changed.itemId ? changed : item));
  }

  #name(what: string): string {
    this.#count += 1;
    return `${what} ${String(this.#count)}`;
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
