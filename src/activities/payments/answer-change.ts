// How a person's request about one payment is answered: once under its key, under the payment's lock, audited also when refused.

import { sql } from 'kysely';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { Request } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { Refused, refusalFailure } from '../failures.ts';
import type { Candidate } from './apply.ts';
import { ordersBeside } from './followers.ts';
import { lockOrders, lockPayment, type LockedPayment } from './locked-payment.ts';

interface ItemRequest extends Request {
  readonly paymentId: string;
  readonly itemId: string;
}

/** An item that the payer pays for, its order locked. */
export interface ItemOfPayer extends Candidate {
  readonly side: 'debit' | 'credit';
  /** The payer itself, or a customer whose parent it is. */
  readonly customerId: string;
}

type Effect<Asked, Answer> = (
  tx: Tx,
  about: { payment: LockedPayment; item: ItemOfPayer; asked: Asked; now: number },
) => Promise<Result<{ answer: Answer }>>;

/**
 * Locks the payment, then the item's order, and lets the effect decide; the same key gives the stored answer again.
 * @throws ApplicationFailure with the refusal when a rule says no
 */
export async function answerChange<Asked extends ItemRequest, Answer>(
  { db }: Dependencies,
  input: Asked & { now: number },
  { action, effect }: { action: string; effect: Effect<Asked, Answer> },
): Promise<Answer & { orderId: string }> {
  try {
    return await db.transaction().execute(async (tx) => {
      const payment = await lockPayment(tx, input.paymentId);
      const known = await tx
        .selectFrom('request_effect')
        .select('result')
        .where('key', '=', input.requestKey)
        .executeTakeFirst();
      if (known !== undefined) return known.result as Answer & { orderId: string };
      const found = await lockItem(tx, payment, input.itemId);
      if (!found.ok) throw new Refused(found.refusal);
      const { item } = found;
      const result = await effect(tx, { payment, item, asked: input, now: input.now });
      if (!result.ok) throw new Refused(result.refusal);
      const answer = { ...result.answer, orderId: item.orderId };
      await tx
        .insertInto('request_effect')
        .values({ key: input.requestKey, order_id: item.orderId, result: JSON.stringify(answer) })
        .execute();
      return answer;
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { refusal } = error;
    await db.transaction().execute(async (tx) => {
      const payment = await lockPayment(tx, input.paymentId);
      await writeAudit(tx, {
        legalEntityId: payment.legalEntityId,
        actor: input.actor,
        action: `${action}.refused`,
        subject: payment.id,
        because: refusal.text,
        details: { code: refusal.code, itemId: input.itemId },
        businessAt: input.now,
        requestId: input.requestId,
      });
    });
    throw refusalFailure(refusal);
  }
}

async function lockItem(tx: Tx, payment: LockedPayment, itemId: string): Promise<Result<{ item: ItemOfPayer }>> {
  if (payment.state === 'received') {
    return refuse({
      kind: 'conflict',
      code: 'payment_not_posted',
      text: 'The payment was received and is not posted yet.',
      hint: 'Repeat the request in a moment.',
    });
  }
  // Whose parent paid once stays paid by it, whoever its parent is now.
  const ofPayer = sql`i.id = ${itemId} and i.legal_entity_id = ${payment.legalEntityId} and (i.customer_id = ${payment.customerId}
    or exists (select from customer c where c.id = i.customer_id and c.parent_id = ${payment.customerId})
    or exists (select from allocation a where a.item_id = i.id and a.payment_id = ${payment.id}))`;
  const { rows: orders } = await sql<{ id: string }>`select i.order_id as id from open_item i where ${ofPayer}`.execute(
    tx,
  );
  const orderIds = orders.map(({ id }) => id);
  await lockOrders(tx, [...orderIds, ...(await ordersBeside(tx, payment.id))]);
  const { rows } = await sql<ItemOfPayer & { currency: string }>`
    select i.id as "itemId", i.number, null as "orderNumber", i.due_on as "dueOn", i.open_minor as "openMinor",
      i.original_minor as "originalMinor", i.order_id as "orderId", i.side, i.currency, i.customer_id as "customerId",
      exists (select from dispute d where d.item_id = i.id and d.state in ('open', 'awaiting_approval')) as "isDisputed"
    from open_item i where ${ofPayer}`.execute(tx);
  const [item] = rows;
  if (item === undefined) {
    return refuse({
      kind: 'unprocessable',
      code: 'item_unknown',
      text: 'The payer has no such item.',
      hint: 'Name an item of the customer that paid; its account lists them.',
    });
  }
  if (item.currency === payment.currency) return { ok: true, item };
  return refuse({
    kind: 'unprocessable',
    code: 'currency_differs',
    text: `The payment is in ${payment.currency}, and ${item.number} in ${item.currency}.`,
    hint: 'Use money of the same currency.',
  });
}
