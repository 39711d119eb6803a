// Goods came back: what the invoice charged for them is asked to be credited, and somebody else approves it.

import { localDate } from '../../domain/calendar.ts';
import { creditForReturn, type CreditAmounts } from '../../domain/credit-note.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { returnedInvoice, type ReturnedInvoice } from '../../database/queries/returnable-lines.ts';
import type { GoodsReturnReport, GoodsReturnRequest } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { requestApproval } from './approvals.ts';
import { answerRequest, type RequestInput } from './request.ts';

export async function returnGoods(
  deps: Dependencies,
  input: RequestInput<GoodsReturnRequest>,
): Promise<GoodsReturnReport> {
  return answerRequest(deps, input, {
    action: 'goods_return',
    effect: async (tx, context, { request, now }) => {
      const { order, entityCalendar } = context;
      const invoice = await returnedInvoice(tx, order.id, request.invoiceId);
      if (invoice === null) return refuseInvoice(order.number);
      const today = localDate(entityCalendar.zone, now);
      const returnedOn = request.returnedOn ?? today;
      if (returnedOn > today) return refuseFuture(returnedOn, today);
      const returned = request.lines;
      const credit = creditForReturn({ lines: invoice.lines, returned });
      if (!credit.ok) return credit;
      const goodsReturnId = await insertReturn(tx, order.id, { request, returnedOn });
      const returning = { invoice, credit, goodsReturnId, request, now };
      const asked = await askForCredit(tx, context, returning);
      if (!asked.ok) return asked;
      await writeDown(tx, context, { ...returning, returnedOn, approvalId: asked.approvalId });
      const { approvalId } = asked;
      return { ok: true, answer: { goodsReturnId, approvalId, grossMinor: credit.grossMinor } };
    },
  });
}

interface Returning {
  readonly invoice: ReturnedInvoice;
  readonly credit: CreditAmounts;
  readonly goodsReturnId: string;
  readonly request: GoodsReturnRequest;
  readonly now: number;
}

/** Goods that were free, or are credited already, come back without a credit note. */
async function askForCredit(
  tx: Tx,
  context: OrderContext,
  { invoice, credit, goodsReturnId, request, now }: Returning,
): Promise<Result<{ approvalId: string | null }>> {
  const { itemId } = invoice;
  if (credit.grossMinor === 0 || itemId === null) return { ok: true, approvalId: null };
  const { reason, noteId } = request;
  const { lines, grossMinor: amountMinor } = credit;
  const asked = { itemId, amountMinor, lines, reason, noteId, goodsReturnId, request, now };
  return requestApproval(tx, context, { kind: 'credit_note', ...asked });
}

async function insertReturn(
  tx: Tx,
  orderId: string,
  { request, returnedOn }: { request: GoodsReturnRequest; returnedOn: string },
): Promise<string> {
  const { id } = await tx
    .insertInto('goods_return')
    .values({
      order_id: orderId,
      invoice_id: request.invoiceId,
      returned_on: returnedOn,
      reason: request.reason,
      note_id: request.noteId,
      created_by: request.actor,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('goods_return_line')
    .values(
      request.lines.map((line) => ({
        goods_return_id: id,
        invoice_line_no: line.invoiceLineNo,
        quantity: line.quantity,
      })),
    )
    .execute();
  return id;
}

async function writeDown(
  tx: Tx,
  { order }: OrderContext,
  returned: Returning & { returnedOn: string; approvalId: string | null },
): Promise<void> {
  const { invoice, credit, goodsReturnId, request, now, returnedOn, approvalId } = returned;
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: request.actor,
    action: 'goods.returned',
    orderId: order.id,
    subject: invoice.number,
    because: `Goods came back: ${request.reason}.`,
    details: {
      ...{ goodsReturnId, returnedOn, approvalId, noteId: request.noteId },
      ...{ lines: credit.lines, grossMinor: credit.grossMinor, currency: order.currency },
    },
    businessAt: now,
    requestId: request.requestId,
  });
}

function refuseInvoice(orderNumber: string): ReturnType<typeof refuse> {
  return refuse({
    kind: 'not_found',
    code: 'invoice_unknown',
    text: `Order ${orderNumber} has no such invoice.`,
    hint: 'Name the invoice that charged the goods, by its ID or number; the order lists its invoices.',
  });
}

function refuseFuture(returnedOn: string, today: string): ReturnType<typeof refuse> {
  return refuse({
    kind: 'unprocessable',
    code: 'returned_in_the_future',
    text: `The return is dated ${returnedOn}, and today is ${today}.`,
    hint: 'Report a return when the goods are back.',
  });
}
