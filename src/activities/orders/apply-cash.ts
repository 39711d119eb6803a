// Money that was left of a payment settles the order that it names: it came before the invoice, or one too many.

import { cashAllocations } from '../../domain/agenda.ts';
import type { Tx } from '../../database/client.ts';
import { lockOrder, type OrderContext } from '../../database/queries/order-context.ts';
import { grantQueue, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { applied, applyUnapplied } from '../payments/apply.ts';
import { lockPayment, type LockedPayment } from '../payments/locked-payment.ts';
import { namedOrders } from '../payments/named-orders.ts';
import { contextOf, isStill, keepStage, type StepInput, type StepOutput } from './step.ts';

/** Its subject is the payment, which is locked before the order, as everywhere: so it asks again once both are locked. */
export async function applyCash({ db }: Dependencies, input: StepInput): Promise<StepOutput> {
  const { orderId, subject: paymentId, now } = input;
  if (paymentId === null) throw new Error('defect: cash is applied from a payment');
  const output = await db.transaction().execute(async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    await lockOrder(tx, orderId);
    const context = await contextOf(tx, orderId, now);
    if (!isStill(context, input, 'applyCash')) return keepStage(tx, context, now);
    await apply(tx, payment, context, now);
    await grantQueue(tx, payment.customerId, now);
    return keepStage(tx, await contextOf(tx, orderId, now), now);
  });
  const { tell = [], ...granted } = await withGranted(db, orderId, output);
  // Others that the reference names count on the same money.
  const named = (await namedOrders(db, paymentId)).filter((id) => id !== orderId);
  return { ...granted, tell: [...new Set([...tell, ...named])] };
}

async function apply(tx: Tx, payment: LockedPayment, { order, facts }: OrderContext, now: number): Promise<void> {
  const cash = facts.cash.find((one) => one.paymentId === payment.id);
  if (cash === undefined) throw new Error(`defect: payment ${payment.id} was chosen and is not there`);
  await applyUnapplied(tx, payment, {
    key: await nextKey(tx, payment.id),
    allocations: cashAllocations(facts, cash),
    items: facts.items.map((item) => ({
      ...item,
      orderId: order.id,
      orderNumber: order.kind === 'order' ? order.number : null,
      isDisputed: item.disputedMinor > 0,
    })),
    now,
    audit: applied('An earlier payment names the item or its order.'),
  });
}

/** Under the payment's lock nobody else takes this number, and after this entry it is used up. */
async function nextKey(tx: Tx, paymentId: string): Promise<string> {
  const { count } = await tx
    .selectFrom('allocation')
    .where('payment_id', '=', paymentId)
    .select((of) => of.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return `allocation/cash/${paymentId}/${String(count)}`;
}
