// One order's life: ask what is next, wait for it or for news, do it, and ask again, until nothing is left.

import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  type LocalActivityFunctionWithOptions,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { OrderActivities } from '../activities/orders/index.ts';
import type { Next } from '../domain/agenda.ts';
import * as messages from './messages.ts';
import {
  MAIL_QUEUE,
  searchAttributes,
  type CreditReport,
  type OrderInput,
  type Request,
  type Told,
} from './messages.ts';
import { oneAtATime } from './local-activities.ts';
import { tellOrders } from './telling.ts';

/**
 * A step carries the time at which it was asked for. Whatever could not be done in this time, because workers or database
 * were down, is planned anew: a letter of Friday must not go on Monday.
 */
const STEP_WITHIN = '15 minutes';

// The database answers in milliseconds; what failed is tried again for as long as it takes, each time from the start.
const database = proxyActivities<OrderActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});
const asking = proxyLocalActivities<OrderActivities>({
  summary: 'what is next?',
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});
// A request's caller waits for the answer, which takes milliseconds: recorded and planned within one workflow task.
const requests = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});
// Delivery never repeats what may have been sent: the activity writes "sending" before it talks and finds it on a retry.
const mail = proxyActivities<OrderActivities>({
  taskQueue: MAIL_QUEUE,
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
});

/** The process, step by step. Each is one activity that checks again, acts, and answers what is next. */
const steps: Record<Exclude<Next['step'], 'wait' | 'closed'>, typeof database.assessCredit> = {
  postOpeningItem: database.postOpeningItem,
  assessCredit: database.assessCredit,
  takeGrant: database.takeGrant,
  expireHold: database.expireHold,
  expireReservation: database.expireReservation,
  deliverProforma: mail.deliverProforma,
  issueInvoice: database.issueInvoice,
  applyCash: database.applyCash,
  deliverInvoice: mail.deliverInvoice,
  evaluatePromise: database.evaluatePromise,
  evaluatePlan: database.evaluatePlan,
  expireApproval: database.expireApproval,
  tellOwner: mail.tellOwner,
  escalateTask: database.escalateTask,
  remind: database.remind,
  askCollector: database.askCollector,
};

/** Longest text shown of a step in Temporal's UI. */
const SUMMARY_CHARS_MAX = 160;

export async function orderToCash({ orderId, kind }: OrderInput): Promise<void> {
  const news = { has: false };
  const known: { credit: CreditReport | null } = { credit: null };
  const inTurn = oneAtATime();

  setHandler(messages.poke, () => {
    news.has = true;
  });
  setHandler(messages.awaitCredit, async (): Promise<CreditReport> => {
    await condition(() => known.credit !== null && known.credit.state !== 'unassessed');
    return known.credit ?? { state: 'unassessed', reasons: [], holdUntil: null };
  });
  const tell = async (told: Told, reason: string): Promise<void> => {
    if (told.tell === undefined || told.tell.length === 0) return;
    const { tell: orderIds } = told;
    await inTurn(() => tellOrders('tells the orders it touched', orderIds, { reason, subject: orderId }));
  };
  /** Every request that changes the order: its activity decides and records, then the loop asks anew. */
  const answer =
    <Asked extends Request, Answer extends object>(
      act: LocalActivityFunctionWithOptions<
        (input: { orderId: string; now: number; request: Asked }) => Promise<Answer>
      >,
      summary: string,
    ): ((request: Asked) => Promise<Answer>) =>
    async (request) => {
      const report = await inTurn(() => act.executeWithOptions({ summary }, [{ orderId, now: Date.now(), request }]));
      news.has = true;
      await tell(report, summary);
      return report;
    };
  setHandler(messages.decideCredit, answer(requests.decideCredit, 'a person decides the hold'));
  setHandler(messages.changeOrder, answer(requests.changeOrder, 'the order changes'));
  setHandler(messages.cancelOrder, answer(requests.cancelOrder, 'the order is cancelled'));
  setHandler(messages.closeShort, answer(requests.closeShort, 'the rest of the order never ships'));
  setHandler(messages.recordShipment, answer(requests.recordShipment, 'goods left the house'));
  setHandler(messages.decideQuality, answer(requests.decideQuality, 'a person decides on a failed quality check'));
  setHandler(messages.decideShipment, answer(requests.decideShipment, 'a person decides on a contested shipment'));
  setHandler(messages.returnGoods, answer(requests.returnGoods, 'goods came back'));
  setHandler(messages.blockItem, answer(requests.blockItem, 'an item is kept out of dunning'));
  setHandler(messages.endBlock, answer(requests.endBlock, 'an item comes back into dunning'));
  setHandler(messages.givePromise, answer(requests.givePromise, 'the customer promises to pay'));
  setHandler(messages.withdrawPromise, answer(requests.withdrawPromise, 'a promise is withdrawn'));
  setHandler(messages.agreePlan, answer(requests.agreePlan, 'a payment plan is agreed'));
  setHandler(messages.cancelPlan, answer(requests.cancelPlan, 'a payment plan is cancelled'));
  setHandler(messages.raiseDispute, answer(requests.raiseDispute, 'the customer disputes an item'));
  setHandler(messages.resolveDispute, answer(requests.resolveDispute, 'a dispute is resolved'));
  setHandler(messages.askApproval, answer(requests.askApproval, 'somebody asks for an approval'));
  setHandler(messages.decideApproval, answer(requests.decideApproval, 'somebody decides what was asked for'));

  const show = stageKeeper();
  const timer = timerKeeper();
  const plan = async (): Promise<Next> => {
    const planned = await inTurn(() => {
      // Cleared here and nowhere else, before the question is asked: news that comes during the answer is not lost.
      news.has = false;
      return asking.plan({ orderId, now: Date.now() });
    });
    known.credit = planned.credit;
    return planned.next;
  };
  const take = async (next: Next, step: keyof typeof steps): Promise<Next> => {
    const input = { orderId, subject: next.subject, level: next.level, now: Date.now() };
    try {
      const done = await steps[step].executeWithOptions(
        { summary: summaryOf(next), scheduleToCloseTimeout: STEP_WITHIN },
        [input],
      );
      known.credit = done.credit;
      await tell(done, summaryOf(next));
      return done.next;
    } catch (error) {
      if (error instanceof ActivityFailure && error.retryState === 'TIMEOUT') return plan();
      throw error;
    }
  };

  // A run that nobody poked is most likely a new order, and its first step asks what is next anyway.
  let next: Next = firstGuess(kind);
  for (;;) {
    show(next);
    if (next.step === 'closed') {
      await condition(() => news.has || allHandlersFinished());
      if (!news.has) return;
    } else {
      timer.set(next);
      await condition(() => news.has || timer.hasRung());
    }
    next = news.has || next.step === 'wait' || next.step === 'closed' ? await plan() : await take(next, next.step);
    if (workflowInfo().continueAsNewSuggested && !news.has && allHandlersFinished()) {
      await continueAsNew<typeof orderToCash>({ orderId, kind });
    }
  }
}

/** What a new order needs; any other order answers with what it really needs, because every step checks again. */
function firstGuess(kind: OrderInput['kind']): Next {
  const step = kind === 'opening' ? 'postOpeningItem' : 'assessCredit';
  const nothing = { subject: null, level: null, openMinor: 0, dueOn: null };
  return { ...nothing, step, at: Date.now(), because: 'the run is new', stage: 'credit_check' };
}

/** One timer at a time, kept while its time is unchanged; a step without a time has none. */
function timerKeeper(): { set: (next: Next) => void; hasRung: () => boolean } {
  const current: { at: number | null; hasRung: boolean; scope: CancellationScope | null } = {
    at: null,
    hasRung: false,
    scope: null,
  };
  return {
    hasRung: () => current.hasRung,
    set(next) {
      const isDue = next.at !== null && next.at <= Date.now();
      if (next.at === current.at && !current.hasRung && !isDue) return;
      current.scope?.cancel();
      current.scope = null;
      current.at = next.at;
      current.hasRung = isDue;
      if (next.at === null || isDue) return;
      const scope = new CancellationScope();
      current.scope = scope;
      scope
        .run(() => sleep(Math.max(1, (next.at ?? 0) - Date.now()), { summary: summaryOf(next) }))
        .then(
          () => {
            if (current.scope === scope) current.hasRung = true;
          },
          (error: unknown) => {
            if (!isCancellation(error)) throw error;
          },
        );
    },
  };
}

/** Shows where the order stands: the details for the reader on every change, the search attributes when the stage changes. */
function stageKeeper(): (next: Next) => void {
  let stage: string | null = null;
  return (next) => {
    const when = next.at === null ? 'when something changes' : new Date(next.at).toISOString();
    const open = String(next.openMinor);
    setCurrentDetails(
      `**${next.stage}**\n\nNext: ${next.step}${next.level === null ? '' : ` (${next.level})`}, ${when}\n\nBecause: ${next.because}\n\nOpen (minor units): ${open}${next.dueOn === null ? '' : `, due ${next.dueOn}`}`,
    );
    // A stage that is left at once is not worth an upsert: only where the order rests is searched for.
    const rests = next.at === null || next.at > Date.now();
    if (!rests || stage === next.stage) return;
    stage = next.stage;
    upsertSearchAttributes([
      { key: searchAttributes.stage, value: next.stage },
      { key: searchAttributes.amountOpenMinor, value: next.openMinor },
      { key: searchAttributes.dueOn, value: next.dueOn === null ? null : new Date(`${next.dueOn}T00:00:00Z`) },
    ]);
  };
}

function summaryOf(next: Next): string {
  return next.because.slice(0, SUMMARY_CHARS_MAX);
}
