// A person decides whether goods are invoiced that failed their check, or that should not have left the house.

import type { UninvoicedFacts } from '../../domain/order-facts.ts';
import { refuse, type Refusal, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { ShipmentDecisionReport, ShipmentDecisionRequest } from '../../workflows/messages.ts';
import { grantQueue, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { dropWaived } from './drop-waived.ts';
import { answerRequest, type RequestInput } from './request.ts';
import { contestedTaskKey, qualityTaskKey } from './shipment-tasks.ts';

interface Question {
  readonly action: string;
  /** What the shipment must be for the question to be open. */
  readonly invoicing: UninvoicedFacts['invoicing'];
  readonly taskKey: (shipmentId: string) => string;
  readonly because: Readonly<Record<ShipmentDecisionRequest['decision'], string>>;
}

const QUALITY: Question = {
  action: 'shipment.quality_decision',
  invoicing: 'quality_failed',
  taskKey: qualityTaskKey,
  because: {
    invoice: 'The goods are invoiced although they failed their check.',
    do_not_invoice: 'The goods failed their check and are not invoiced.',
  },
};

const CONTESTED: Question = {
  action: 'shipment.decision',
  invoicing: 'contested',
  taskKey: contestedTaskKey,
  because: {
    invoice: 'The goods are invoiced although they should not have left.',
    do_not_invoice: 'The goods should not have left and are not invoiced.',
  },
};

export async function decideQuality(
  deps: Dependencies,
  input: RequestInput<ShipmentDecisionRequest>,
): Promise<ShipmentDecisionReport> {
  const report = await answerRequest(deps, input, { action: QUALITY.action, effect: decide(QUALITY) });
  return withGranted(deps.db, input.orderId, report);
}

export async function decideShipment(
  deps: Dependencies,
  input: RequestInput<ShipmentDecisionRequest>,
): Promise<ShipmentDecisionReport> {
  const report = await answerRequest(deps, input, { action: CONTESTED.action, effect: decide(CONTESTED) });
  return withGranted(deps.db, input.orderId, report);
}

function decide(question: Question) {
  return async (
    tx: Tx,
    context: OrderContext,
    { request, now }: RequestInput<ShipmentDecisionRequest>,
  ): Promise<Result<{ answer: ShipmentDecisionReport }>> => {
    const { order } = context;
    const refusal = await refusalOf(tx, context, { question, shipmentId: request.shipmentId });
    if (refusal !== null) return refuse(refusal);
    const { shipmentId, decision } = request;
    const invoicing = decision === 'invoice' ? 'due' : 'waived';
    await tx.updateTable('shipment').set({ invoicing, invoice_at: null }).where('id', '=', shipmentId).execute();
    await closeTasks(tx, {
      legalEntityId: order.legalEntityId,
      keys: [question.taskKey(shipmentId)],
      doneBy: request.actor,
    });
    await writeAudit(tx, {
      legalEntityId: order.legalEntityId,
      actor: request.actor,
      action: question.action,
      orderId: order.id,
      subject: shipmentId,
      because: question.because[decision],
      details: { before: question.invoicing, after: invoicing, noteId: request.noteId },
      businessAt: now,
      requestId: request.requestId,
    });
    if (invoicing === 'waived') {
      await dropWaived(tx, context, { shipmentId, now });
      await grantQueue(tx, order.customerId, now);
    }
    return { ok: true, answer: { shipmentId, invoicing } };
  };
}

async function refusalOf(
  tx: Tx,
  { order, facts }: OrderContext,
  { question, shipmentId }: { question: Question; shipmentId: string },
): Promise<Refusal | null> {
  const waiting = facts.toInvoice.find(({ subject }) => subject === shipmentId);
  if (waiting?.invoicing === question.invoicing) return null;
  const shipment = await tx
    .selectFrom('shipment')
    .select('invoicing')
    .where('id', '=', shipmentId)
    .where('order_id', '=', order.id)
    .executeTakeFirst();
  if (shipment === undefined) {
    return {
      kind: 'not_found',
      code: 'shipment_unknown',
      text: `Order ${order.number} has no such shipment.`,
      hint: 'The order shows its shipments with their IDs.',
    };
  }
  const stands = waiting === undefined ? (shipment.invoicing === 'waived' ? 'waived' : 'invoiced') : waiting.invoicing;
  return {
    kind: 'conflict',
    code: 'shipment_decided',
    text: `The shipment is ${stands.replace('_', ' ')}, not ${question.invoicing.replace('_', ' ')}: there is nothing to decide.`,
    hint: 'What was invoiced is corrected by a credit note; the order shows how its shipments stand.',
    details: { invoicing: stands },
  };
}
