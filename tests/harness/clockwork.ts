// Plays the workflows of one legal entity without a server: their loops, timers, pokes and letters, over the real activities.

import { ApplicationFailure } from '@temporalio/common';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { createLetterActivities } from '../../src/activities/letters/index.ts';
import { createOrderActivities, type OrderActivities } from '../../src/activities/orders/index.ts';
import type { StepOutput } from '../../src/activities/orders/step.ts';
import type { Db } from '../../src/database/client.ts';
import { orderContext } from '../../src/database/queries/order-context.ts';
import { agenda, type Next } from '../../src/domain/agenda.ts';
import { orderWorkflowId, type Request } from '../../src/workflows/messages.ts';
import type { OrderHead } from './order.ts';

/** Steps, plans and letters that one instant of business time may need; a life that takes more runs in circles. */
const ACTIONS_AT_ONCE_MAX = 300;
/** Different instants at which something may happen while time passes once. */
const INSTANTS_MAX = 2_000;

/** What came of a request: its answer, or the code of its refusal. */
export type Asked<Answer> =
  { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly code: string };

/** A step that an order's run took, told once its effect stands. */
export interface StepTaken {
  readonly order: OrderHead;
  readonly step: Next['step'];
  readonly subject: string | null;
  readonly now: number;
}

/** Whoever looks at what happens, right after it happened. */
export interface Watch {
  readonly onStep: (taken: StepTaken) => Promise<void>;
  /** A letter of the day went. */
  readonly onLetter: (letterId: string) => Promise<void>;
}

/** The requests that an order answers, by their names. */
export type OrderRequestName = {
  [Name in keyof OrderActivities]: OrderActivities[Name] extends (input: {
    orderId: string;
    now: number;
    request: never;
  }) => Promise<unknown>
    ? Name
    : never;
}[keyof OrderActivities];
export type OrderRequest<Name extends OrderRequestName> = Parameters<OrderActivities[Name]>[0] extends {
  request: infer Body;
}
  ? Body
  : never;
export type OrderAnswer<Name extends OrderRequestName> = Awaited<ReturnType<OrderActivities[Name]>>;

/** A run of its own that waits for a time: a letter of the day, or an approval that no order waits for. */
interface SideRun {
  /** When it acts next; `null`: it has ended. */
  at: number | null;
  readonly act: (now: number) => Promise<number | null>;
}

export class Clockwork {
  readonly db: Db;
  readonly #orders = new Map<string, { head: OrderHead; next: Next | null }>();
  readonly #news = new Set<string>();
  readonly #sides = new Map<string, SideRun>();
  readonly #watch: Watch;
  readonly #deps: Dependencies;
  readonly #order: OrderActivities;
  #now: number;

  constructor(db: Db, now: number, watch: Watch) {
    this.db = db;
    this.#now = now;
    this.#watch = watch;
    this.#deps = { db, temporal: this.#edge(), delivery: { kind: 'record' } };
    this.#order = createOrderActivities(this.#deps);
  }

  /** Business time, epoch milliseconds. */
  get now(): number {
    return this.#now;
  }

  get dependencies(): Dependencies {
    return this.#deps;
  }

  /** Starts an order's run. */
  start(head: OrderHead): void {
    this.#orders.set(head.id, { head, next: null });
    this.#news.add(head.id);
  }

  /** Wakes the runs of these orders, as a poke does. */
  tell(orderIds: readonly string[]): void {
    for (const orderId of orderIds) this.#news.add(orderId);
  }

  /** Adds a run that acts at its time, and says each time when it acts again. */
  addSide(workflowId: string, at: number | null, act: SideRun['act']): void {
    if (!this.#sides.has(workflowId)) this.#sides.set(workflowId, { at, act });
  }

  /** Sends a request to an order, as its Update does. The run is woken when it was accepted. */
  async ask<Name extends OrderRequestName>(
    head: OrderHead,
    name: Name,
    request: OrderRequest<Name>,
  ): Promise<Asked<OrderAnswer<Name>>> {
    const input = { orderId: head.id, now: this.#now, request };
    const act = this.#order[name] as (input: {
      orderId: string;
      now: number;
      request: Request;
    }) => Promise<OrderAnswer<Name>>;
    const asked = await this.asked({ workflowId: orderWorkflowId(head), step: name }, () =>
      act(input as unknown as { orderId: string; now: number; request: Request }),
    );
    if (asked.ok) this.tell([head.id, ...toldBy(asked.answer)]);
    return asked;
  }

  /** Runs an activity that may refuse. */
  async asked<Answer>(cause: Cause, act: () => Promise<Answer>): Promise<Asked<Answer>> {
    try {
      return { ok: true, answer: await asActivity(cause, act) };
    } catch (error) {
      if (error instanceof ApplicationFailure && error.nonRetryable === true) {
        return { ok: false, code: error.type ?? 'untyped' };
      }
      throw error;
    }
  }

  /** Runs an activity that does not refuse. */
  async acting<Answer>(cause: Cause, act: () => Promise<Answer>): Promise<Answer> {
    return asActivity(cause, act);
  }

  /** Does everything that is due now. @throws when it does not come to rest */
  async settle(): Promise<void> {
    const trace: string[] = [];
    for (let taken = 0; taken < ACTIONS_AT_ONCE_MAX; taken += 1) {
      const did = await this.#actOnce();
      if (did === null) return;
      trace.push(did);
    }
    throw new Error(`livelock: ${trace.slice(-12).join(' · ')}`);
  }

  /** Lets time go on, and does everything at its time. */
  async passTo(instant: number): Promise<void> {
    await this.settle();
    for (let round = 0; round < INSTANTS_MAX; round += 1) {
      const soonest = this.#soonest();
      if (soonest === null || soonest > instant) {
        this.#now = Math.max(this.#now, instant);
        await this.settle();
        return;
      }
      this.#now = Math.max(this.#now, soonest);
      await this.settle();
    }
    throw new Error(`time does not pass: something is due again and again before ${new Date(instant).toISOString()}`);
  }

  /** Lets time go on while nobody works, and then does what was left. */
  async sleepTo(instant: number): Promise<void> {
    this.#now = Math.max(this.#now, instant);
    await this.settle();
  }

  /**
   * What is wrong with how the runs wait: each has one next step that is not overdue, and none sleeps past something that
   * somebody should have woken it for.
   */
  async waitingFaults(): Promise<string[]> {
    const faults: string[] = [];
    for (const { head, next: held } of this.#orders.values()) {
      const entries = await this.#agendaOf(head);
      const [fresh] = entries;
      if (fresh === undefined || held === null) {
        faults.push(`${head.number}: nothing is next`);
        continue;
      }
      const at = fresh.at ?? Infinity;
      if (at <= this.#now && fresh.step !== 'closed') faults.push(`${head.number}: ${fresh.step} is due and not taken`);
      if (at < (held.at ?? Infinity) && fresh.step !== 'closed') {
        faults.push(
          `${head.number}: sleeps until ${held.step} (${shown(held.at)}) past ${fresh.step} (${shown(fresh.at)})`,
        );
      }
      if ((fresh.step === 'closed') !== (held.step === 'closed')) {
        faults.push(`${head.number}: runs for ${held.step}, and ${fresh.step} is next`);
      }
      if (fresh.stage !== held.stage) faults.push(`${head.number}: shows ${held.stage}, is ${fresh.stage}`);
    }
    return faults;
  }

  /** What is next for an order, as its run knows it. */
  nextOf(head: OrderHead): Next | null {
    return this.#orders.get(head.id)?.next ?? null;
  }

  async #agendaOf(head: OrderHead): Promise<Next[]> {
    const context = await orderContext(this.db, head.id, this.#now);
    if (context === null) throw new Error(`no order ${head.number}`);
    return agenda(context.facts, context.policy, context.calendar, this.#now);
  }

  /** One thing that is due: news first, then steps, then letters. @returns what it was; `null` when all is done */
  async #actOnce(): Promise<string | null> {
    for (const [orderId, run] of this.#orders) {
      if (!this.#news.delete(orderId)) continue;
      run.next = (await this.#step(run.head, 'plan', null)).next;
      return `${run.head.number} planned: ${run.next.step}`;
    }
    for (const run of this.#orders.values()) {
      const { next, head } = run;
      if (next === null || next.at === null || next.at > this.#now || next.step === 'closed') continue;
      const output = await this.#step(head, next.step === 'wait' ? 'plan' : next.step, next);
      run.next = output.next;
      this.tell(output.tell ?? []);
      return `${head.number} ${next.step}(${next.subject ?? ''}) → ${run.next.step} ${shown(run.next.at)}`;
    }
    for (const [id, side] of this.#sides) {
      if (side.at === null || side.at > this.#now) continue;
      side.at = await side.act(this.#now);
      return `${id} → ${shown(side.at)}`;
    }
    return null;
  }

  async #step(head: OrderHead, name: Exclude<Next['step'], 'wait' | 'closed'> | 'plan', next: Next | null) {
    const cause = { workflowId: orderWorkflowId(head), step: name };
    const { id: orderId } = head;
    const now = this.#now;
    if (name === 'plan' || next === null) {
      return asActivity<StepOutput>(cause, () => this.#order.plan({ orderId, now }));
    }
    const [wanted] = await this.#agendaOf(head);
    const output = await asActivity<StepOutput>(cause, () =>
      this.#order[name]({ orderId, subject: next.subject, level: next.level, now }),
    );
    // A step that is not what is next any more has no effect: it only plans anew.
    if (wanted?.step === name && wanted.subject === next.subject) {
      await this.#watch.onStep({ order: head, step: name, subject: next.subject, now });
    }
    return output;
  }

  #soonest(): number | null {
    const times: number[] = [];
    for (const { next } of this.#orders.values()) {
      if (next !== null && next.at !== null && next.step !== 'closed') times.push(next.at);
    }
    for (const { at } of this.#sides.values()) if (at !== null) times.push(at);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** A client whose calls end at its edge: what it would start or signal happens here. */
  #edge(): Client {
    const interceptor: WorkflowClientInterceptor = {
      startWithDetails: async ({ workflowType, options }) => {
        if (workflowType === 'letterOfTheDay') await this.#startLetter(options.workflowId, options.args);
        return { runId: 'here', eagerlyStarted: false };
      },
      signalWithStart: ({ options }) => {
        const [input] = options.args;
        if (isOrderInput(input)) this.tell([input.orderId]);
        return Promise.resolve('here');
      },
    };
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    return new Client({ connection, interceptors: { workflow: [interceptor] } });
  }

  /** The run of a letter of the day: planned, then sent at its place in the window. */
  async #startLetter(workflowId: string, args: readonly unknown[]): Promise<void> {
    const [input] = args;
    if (!isLetterInput(input)) throw new Error('a letter is started with its ID');
    const { letterId } = input;
    const letters = createLetterActivities(this.#deps);
    const cause = { workflowId, step: 'sendLetter' };
    const { at } = await asActivity(cause, () => letters.planLetter({ letterId, now: this.#now }));
    this.addSide(workflowId, at, async (now) => {
      const sent = await asActivity(cause, () => letters.sendLetter({ letterId, now }));
      if (sent.outcome === 'sent') await this.#watch.onLetter(letterId);
      this.tell(sent.orderIds);
      return sent.at;
    });
  }
}

interface Cause {
  readonly workflowId: string;
  readonly step: string;
}

/** Runs a function inside an activity of the given workflow and step. */
async function asActivity<T>(cause: Cause, act: () => Promise<T>): Promise<T> {
  const environment = new MockActivityEnvironment({
    workflowExecution: { workflowId: cause.workflowId, runId: 'model' },
    activityType: cause.step,
  });
  return environment.run(act);
}

/** The other orders that an answer says are to be told. */
function toldBy(answer: object): readonly string[] {
  const tell: unknown = 'tell' in answer ? answer.tell : [];
  return Array.isArray(tell) ? tell.map(String) : [];
}

function isOrderInput(input: unknown): input is { orderId: string } {
  return typeof input === 'object' && input !== null && 'orderId' in input && typeof input.orderId === 'string';
}

function isLetterInput(input: unknown): input is { letterId: string } {
  return typeof input === 'object' && input !== null && 'letterId' in input && typeof input.letterId === 'string';
}

function shown(at: number | null): string {
  return at === null ? 'open' : new Date(at).toISOString();
}
