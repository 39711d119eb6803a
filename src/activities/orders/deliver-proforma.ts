// Brings the proforma of a prepaid order to the customer: an e-mail with the PDF, sent at most once for each amount.

import { localDate } from '../../domain/calendar.ts';
import { proformaMailText } from '../../domain/letter-text.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { proformaDocument, proformaKey, type ProformaPapers } from '../../database/queries/invoice-document.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import { lockOrder, type OrderContext } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { renderInvoicePdf } from '../documents/render-invoice.ts';
import { settleMessage, storedOutcome } from '../mail/claim.ts';
import { DELIVERY_TASK_MS, deliveryAfter, sendDocument, type Delivery } from '../mail/deliver-document.ts';
import type { MailMessage, MailOutcome } from '../mail/smtp.ts';
import { contextOf, isStill, keepStage, runStep, type Changed, type StepInput, type StepOutput } from './step.ts';

export async function deliverProforma(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  const { delivery } = deps;
  if (delivery.kind === 'record') {
    return runStep(deps, input, 'deliverProforma', (tx, context, now) =>
      settle(tx, context, { outcome: { kind: 'sent', messageId: 'recorded' }, now }),
    );
  }
  const context = await contextOf(deps.db, input.orderId, input.now);
  if (!isStill(context, input, 'deliverProforma')) return keepStage(deps.db, context, input.now);
  const papers = await proformaDocument(deps.db, input.orderId, localDate(context.entityCalendar.zone, input.now));
  const outcome = await sendDocument(deps.db, delivery.mailer, { ...papers, compose: (to) => compose(papers, to) });
  return deps.db.transaction().execute(async (tx) => {
    await lockOrder(tx, input.orderId);
    const locked = await contextOf(tx, input.orderId, input.now);
    if (outcome !== 'settled_before') await settleMessage(tx, papers.key, outcome);
    // The order may have changed while this left: then another proforma is due, whatever became of this one.
    const isStale = (await proformaKey(tx, input.orderId)) !== papers.key;
    if (isStale || !isStill(locked, input, 'deliverProforma')) return keepStage(tx, locked, input.now);
    const stored = outcome === 'settled_before' ? await storedOutcome(tx, papers.key) : outcome;
    const changed = await settle(tx, locked, { outcome: stored, now: input.now });
    return keepStage(tx, { ...locked, facts: { ...locked.facts, ...changed } }, input.now);
  });
}

async function compose(papers: ProformaPapers, to: string): Promise<MailMessage> {
  const { document } = papers;
  const { subject, text } = proformaMailText({
    language: papers.language,
    legalEntity: document.legalEntity,
    customer: document.customer,
    proforma: {
      orderNumber: document.orderNumber,
      purchaseOrder: document.purchaseOrder ?? null,
      issuedOn: document.invoicedOn,
      grossMinor: document.totals.grossMinor,
      currency: document.currency,
    },
  });
  const content = await renderInvoicePdf(document);
  return {
    key: papers.key,
    to,
    subject,
    text,
    fromName: document.legalEntity.name,
    attachments: [{ filename: `proforma-${document.orderNumber}.pdf`, content, contentType: 'application/pdf' }],
  };
}

const BECAUSE: Readonly<Record<Delivery, string>> = {
  sent: 'The mail server accepted the proforma.',
  pending: 'The mail server did not take the proforma; it is tried again.',
  undeliverable: 'The proforma cannot be delivered by e-mail.',
  unknown: 'The connection broke while the proforma was sent: nobody knows whether it arrived.',
};

/** Writes the outcome on the order, into the audit, and as a task where a person has to look. */
async function settle(
  tx: Tx,
  { order, facts }: OrderContext,
  { outcome, now }: { outcome: MailOutcome; now: number },
): Promise<Changed> {
  const attempts = await countAttempt(tx, order.id);
  const { delivery, retryAt } = deliveryAfter(outcome, attempts, now);
  await tx
    .updateTable('sales_order')
    .set({ proforma: delivery, proforma_retry_at: retryAt === null ? null : new Date(retryAt), changed_at: new Date() })
    .where('id', '=', order.id)
    .execute();
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: engineActor(),
    action: `proforma.${delivery === 'pending' ? 'not_sent' : delivery}`,
    orderId: order.id,
    subject: order.number,
    because: BECAUSE[delivery],
    details: { attempts, neededMinor: facts.prepayment.neededMinor, currency: order.currency },
    businessAt: now,
  });
  if (delivery === 'sent' || delivery === 'pending') {
    return { prepayment: { ...facts.prepayment, proforma: delivery, retryAt } };
  }
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: `proforma_${delivery}/${order.id}/${await proformaKey(tx, order.id)}`,
    kind: `proforma_${delivery}`,
    ownerRole: 'customer_service',
    orderId: order.id,
    customerId: order.customerId,
    reason: `Proforma of order ${order.number}: ${BECAUSE[delivery]}`,
    endsWith: ENDS_BY_HAND,
    deadlineAt: now + DELIVERY_TASK_MS,
  });
  return undefined;
}

async function countAttempt(tx: Tx, orderId: string): Promise<number> {
  const row = await tx
    .updateTable('sales_order')
    .set((eb) => ({ proforma_attempts: eb('proforma_attempts', '+', 1) }))
    .where('id', '=', orderId)
    .returning('proforma_attempts')
    .executeTakeFirstOrThrow();
  return row.proforma_attempts;
}
