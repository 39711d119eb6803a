// What a change of an order's lines does, whoever asked for it: amounts, credit, proforma and audit, in one transaction.

import { changeLines, type ChangeableLine, type LineChange, type OrderChange } from '../../domain/order-change.ts';
import { refuse, type Refusal, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { writeChangedLines } from '../../database/queries/order-lines.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { OrderChangeReport, OrderEndRequest } from '../../workflows/messages.ts';
import { grantQueue, withdrawHold } from '../credit-queue.ts';
import { writeTotals } from './order-totals.ts';

export interface Revision {
  readonly action: 'order.changed' | 'order.closed_short';
  /** The lines as they stand. */
  readonly lines: readonly ChangeableLine[];
  readonly changes: readonly LineChange[];
  /** ISO date; `null`: none; absent: unchanged. */
  readonly requestedOn?: string | null;
  readonly request: OrderEndRequest;
  readonly now: number;
}

/**
 * Changes an order. One that got bigger is checked for credit again, and so is a held one, which loses its place in the
 * queue; what a smaller one gives back goes to whoever waits. Refuses `order_over`, `shipment_not_invoiced`,
 * `nothing_to_change`, and whatever `changeLines` refuses.
 */
export async function reviseOrder(
  tx: Tx,
  context: OrderContext,
  revision: Revision,
): Promise<Result<{ answer: OrderChangeReport }>> {
  const { order, facts } = context;
  const refusal = overRefusal(context) ?? uninvoicedRefusal(context);
  if (refusal !== null) return { ok: false, refusal };
  const { lines, changes } = revision;
  const changed = changeLines({ lines, changes, currency: order.currency });
  if (!changed.ok) return changed;
  const before = await requestedOnOf(tx, order.id);
  const requestedOn = revision.requestedOn === undefined ? before : revision.requestedOn;
  if (changed.lines.length === 0 && requestedOn === before) return refuse(nothingToChange(order.number));

  await writeChangedLines(tx, order.id, changed.lines);
  const isHeld = facts.credit.state === 'held';
  if (isHeld) await withdrawHold(tx, order, { doneBy: revision.request.actor, now: revision.now });
  await writeHead(tx, context, { ...changed, requestedOn });
  await writeDown(tx, context, { revision, changed, requestedOn: { before, after: requestedOn } });
  const { netMinor, grossMinor } = changed;
  if (isHeld || grossMinor < order.grossMinor) await grantQueue(tx, order.customerId, revision.now);
  return { ok: true, answer: { netMinor, grossMinor } };
}

/** Why the terms of an order are settled for good. `null`: they are not. */
export function overRefusal({ order, facts }: OrderContext): Refusal | null {
  const why =
    order.kind === 'opening'
      ? 'an open invoice from elsewhere'
      : facts.isCancelled
        ? 'cancelled'
        : facts.credit.state === 'rejected'
          ? 'rejected'
          : null;
  if (why === null) return null;
  return {
    kind: 'conflict',
    code: 'order_over',
    text: `Order ${order.number} is ${why}: nothing of it can change any more.`,
    hint: 'Send a new order for what is still wanted.',
    details: { creditState: facts.credit.state, isCancelled: facts.isCancelled },
  };
}

/** A line is priced anew around what its invoices charged, so everything that shipped has to be charged, or waived, before. */
function uninvoicedRefusal({ order, facts }: OrderContext): Refusal | null {
  const waiting = facts.toInvoice.filter(({ subject }) => subject !== 'services');
  const [first] = waiting;
  if (first === undefined) return null;
  return {
    kind: 'conflict',
    code: 'shipment_not_invoiced',
    text: `${String(waiting.length)} shipment(s) of order ${order.number} wait for their invoice.`,
    hint:
      first.invoicing === 'due'
        ? 'Ask again in a moment: the invoice follows by itself.'
        : 'Decide first whether the shipment is invoiced; the task of the order says how.',
    details: { shipments: waiting.map(({ subject, invoicing }) => ({ shipment: subject, invoicing })) },
  };
}

function nothingToChange(orderNumber: string): Refusal {
  return {
    kind: 'unprocessable',
    code: 'nothing_to_change',
    text: `Order ${orderNumber} is already as the request asks for.`,
    hint: 'Name a line with another quantity or price, or another date.',
  };
}

async function requestedOnOf(tx: Tx, orderId: string): Promise<string | null> {
  const row = await tx
    .selectFrom('sales_order')
    .select('requested_on')
    .where('id', '=', orderId)
    .executeTakeFirstOrThrow();
  return row.requested_on;
}

async function writeHead(
  tx: Tx,
  { order, facts }: OrderContext,
  after: { netMinor: number; grossMinor: number; requestedOn: string | null },
): Promise<void> {
  const { state } = facts.credit;
  const isCheckedAgain = state === 'held' || (state === 'approved' && after.grossMinor > order.grossMinor);
  const unassessed = { credit_state: 'unassessed', hold_until: null, released_until: null, reserved_until: null };
  await writeTotals(tx, order, after);
  await tx
    .updateTable('sales_order')
    .set({ requested_on: after.requestedOn, ...(isCheckedAgain ? unassessed : {}) })
    .where('id', '=', order.id)
    .execute();
}

async function writeDown(
  tx: Tx,
  { order }: OrderContext,
  written: {
    revision: Revision;
    changed: OrderChange;
    requestedOn: { before: string | null; after: string | null };
  },
): Promise<void> {
  const { revision, changed, requestedOn } = written;
  const { request, lines, action, now } = revision;
  const shown = ({ quantity, unitPrice, netMinor, taxMinor }: LineShown): LineShown => ({
    ...{ quantity, unitPrice, netMinor, taxMinor },
  });
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: request.actor,
    action,
    orderId: order.id,
    because: action === 'order.changed' ? `Changed: ${request.reason}.` : `The rest never ships: ${request.reason}.`,
    details: {
      grossMinor: { before: order.grossMinor, after: changed.grossMinor },
      requestedOn,
      lines: changed.lines.map((line) => {
        const was = lines.find(({ lineNo }) => lineNo === line.lineNo) ?? line;
        return { lineNo: line.lineNo, before: shown(was), after: shown(line) };
      }),
      noteId: request.noteId,
    },
    businessAt: now,
    requestId: request.requestId,
  });
}

interface LineShown {
  readonly quantity: string;
  readonly unitPrice: string;
  readonly netMinor: number;
  readonly taxMinor: number;
}
