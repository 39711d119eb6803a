// How every step of an order runs: lock the order, ask again, act, and answer what is next, in one transaction.

import { FINAL_STAGES, nextStep, type Next, type Stage } from '../../domain/agenda.ts';
import type { OrderFacts } from '../../domain/order-facts.ts';
import type { Level } from '../../domain/policy.ts';
import type { Tx } from '../../database/client.ts';
import { lockOrder, orderContext, type OrderContext } from '../../database/queries/order-context.ts';
import type { CreditReport, Told } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';

export interface StepInput {
  readonly orderId: string;
  readonly subject: string | null;
  readonly level: Level | null;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

export interface StepOutput extends Told {
  readonly next: Next;
  readonly credit: CreditReport;
}

/** Facts that an effect left behind and knows whole; nothing: they are read again. */
export type Changed = Partial<OrderFacts> | undefined;

/**
 * Runs one step: its effect happens only when `nextStep` still names it, and then exactly once, because the effect changes
 * what `nextStep` will say.
 */
export async function runStep(
  { db }: Dependencies,
  input: StepInput,
  step: Next['step'],
  effect: (tx: Tx, context: OrderContext, now: number) => Promise<Changed>,
): Promise<StepOutput> {
  return db.transaction().execute(async (tx) => {
    await lockOrder(tx, input.orderId);
    const context = await contextOf(tx, input.orderId, input.now);
    if (!isStill(context, input, step)) return keepStage(tx, context, input.now);
    const changed = await effect(tx, context, input.now);
    const after = changed ? { ...context, facts: { ...context.facts, ...changed } } : null;
    return keepStage(tx, after ?? (await contextOf(tx, input.orderId, input.now)), input.now);
  });
}

/** Whether the step that the workflow wants is what the order needs now. */
export function isStill(context: OrderContext, input: StepInput, step: Next['step']): boolean {
  const next = nextOf(context, input.now);
  return (
    next.step === step &&
    next.subject === input.subject &&
    next.level === input.level &&
    next.at !== null &&
    next.at <= input.now
  );
}

/** What is next, with the order's stage written down when it changed. */
export async function keepStage(tx: Tx | Dependencies['db'], context: OrderContext, now: number): Promise<StepOutput> {
  const next = nextOf(context, now);
  if (next.stage !== context.order.stage) {
    await tx
      .updateTable('sales_order')
      .set({ stage: next.stage, changed_at: new Date() })
      .where('id', '=', context.order.id)
      .execute();
  }
  if (FINAL_STAGES.includes(next.stage)) await endTasks(tx, context.facts.tasks, next.stage);
  const { state, reasons, holdUntil } = context.facts.credit;
  return { next, credit: { state, reasons, holdUntil } };
}

/** @throws a defect when the order does not exist: a run without its row. */
export async function contextOf(db: Tx | Dependencies['db'], orderId: string, now: number): Promise<OrderContext> {
  const context = await orderContext(db, orderId, now);
  if (context === null) throw new Error(`No order ${orderId}: restore the database or terminate this run.`);
  return context;
}

function nextOf(context: OrderContext, now: number): Next {
  return nextStep(context.facts, context.policy, context.calendar, now);
}

/**
 * With nothing left to do there is nobody to press, also for what a letter found out after the order was over. Only what was read
 * as open: a task that a request opens meanwhile has its reason.
 */
async function endTasks(tx: Tx | Dependencies['db'], tasks: OrderFacts['tasks'], stage: Stage): Promise<void> {
  if (tasks.length === 0) return;
  await tx
    .updateTable('task')
    .set({ state: 'done', done_by: stage, done_at: new Date() })
    .where(
      'id',
      'in',
      tasks.map((task) => task.taskId),
    )
    .where('state', '=', 'open')
    .where('lapses', '=', false)
    .execute();
}
