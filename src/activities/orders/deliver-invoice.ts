// Brings an invoice or a credit note to the customer: an e-mail with the PDF, sent at most once.

import type { InvoiceFacts } from '../../domain/order-facts.ts';
import { creditNoteMailText, invoiceMailText } from '../../domain/letter-text.ts';
import { isStill, contextOf, keepStage, runStep, type Changed, type StepInput, type StepOutput } from './step.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { invoiceDocument, type InvoicePapers } from '../../database/queries/invoice-document.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import { lockOrder, type OrderContext } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { renderInvoicePdf } from '../documents/render-invoice.ts';
import { settleMessage, storedOutcome } from '../mail/claim.ts';
import { DELIVERY_TASK_MS, deliveryAfter, sendDocument } from '../mail/deliver-document.ts';
import type { MailMessage, MailOutcome } from '../mail/smtp.ts';

export async function deliverInvoice(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  const { delivery } = deps;
  if (delivery.kind === 'record') {
    return runStep(deps, input, 'deliverInvoice', (tx, context, now) =>
      settle(tx, context, { invoiceId: input.subject ?? '', outcome: { kind: 'sent', messageId: 'recorded' }, now }),
    );
  }
  const context = await contextOf(deps.db, input.orderId, input.now);
  if (!isStill(context, input, 'deliverInvoice')) return keepStage(deps.db, context, input.now);
  const papers = await invoiceDocument(deps.db, input.subject ?? '');
  const outcome = await sendDocument(deps.db, delivery.mailer, {
    ...{ key: keyOf(papers), legalEntityId: papers.legalEntityId, email: papers.email },
    compose: (to) => compose(papers, to),
  });
  return deps.db.transaction().execute(async (tx) => {
    await lockOrder(tx, input.orderId);
    const locked = await contextOf(tx, input.orderId, input.now);
    if (outcome !== 'settled_before') await settleMessage(tx, keyOf(papers), outcome);
    if (!isStill(locked, input, 'deliverInvoice')) return keepStage(tx, locked, input.now);
    const stored = outcome === 'settled_before' ? await storedOutcome(tx, keyOf(papers)) : outcome;
    const changed = await settle(tx, locked, { invoiceId: papers.invoiceId, outcome: stored, now: input.now });
    return keepStage(tx, { ...locked, facts: { ...locked.facts, ...changed } }, input.now);
  });
}

function keyOf(papers: InvoicePapers): string {
  return `invoice/${papers.invoiceId}`;
}

async function compose(papers: InvoicePapers, to: string): Promise<MailMessage> {
  const { document } = papers;
  const { subject, text } = mailText(papers);
  const content = await renderInvoicePdf(document);
  return {
    key: keyOf(papers),
    to,
    subject,
    text,
    fromName: document.legalEntity.name,
    attachments: [{ filename: `${document.invoiceNumber}.pdf`, content, contentType: 'application/pdf' }],
  };
}

function mailText({ document, language }: InvoicePapers): { subject: string; text: string } {
  const { legalEntity, customer, orderNumber, invoicedOn, dueOn, currency } = document;
  const parties = { language, legalEntity, customer };
  const shared = {
    number: document.invoiceNumber,
    orderNumber,
    purchaseOrder: document.purchaseOrder ?? null,
    grossMinor: document.totals.grossMinor,
    currency,
  };
  if (document.kind !== 'credit_note') {
    return invoiceMailText({ ...parties, invoice: { ...shared, invoicedOn, dueOn } });
  }
  const invoiceNumber = document.correctsNumber ?? '';
  return creditNoteMailText({ ...parties, creditNote: { ...shared, invoiceNumber, issuedOn: invoicedOn } });
}

/** Writes the outcome on the invoice, into the audit, and as a task where a person has to look. */
async function settle(
  tx: Tx,
  { order, facts }: OrderContext,
  options: { invoiceId: string; outcome: MailOutcome; now: number },
): Promise<Changed> {
  const { invoiceId, outcome, now } = options;
  const invoice = await tx
    .selectFrom('invoice')
    .select(['kind', 'number', 'delivery_attempts'])
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow();
  const attempts = invoice.delivery_attempts + 1;
  const { delivery, retryAt } = deliveryAfter(outcome, attempts, now);
  await tx
    .updateTable('invoice')
    .set({ delivery, delivery_attempts: attempts, delivery_retry_at: retryAt === null ? null : new Date(retryAt) })
    .where('id', '=', invoiceId)
    .execute();
  const noun = invoice.kind === 'credit_note' ? 'credit note' : 'invoice';
  const because = {
    sent: `The mail server accepted the ${noun}.`,
    pending: `The mail server did not take the ${noun}; it is tried again.`,
    undeliverable: `The ${noun} cannot be delivered by e-mail.`,
    unknown: `The connection broke while the ${noun} was sent: nobody knows whether it arrived.`,
  }[delivery];
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: engineActor(),
    action: `${invoice.kind}.${delivery === 'pending' ? 'not_sent' : delivery}`,
    orderId: order.id,
    subject: invoice.number,
    because,
    details: { attempts },
    businessAt: now,
  });
  const invoices = facts.invoices.map((one): InvoiceFacts =>
    one.invoiceId === invoiceId ? { ...one, delivery, retryAt } : one,
  );
  if (delivery !== 'undeliverable' && delivery !== 'unknown') return { invoices };
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: `invoice_${delivery}/${invoiceId}`,
    kind: `invoice_${delivery}`,
    ownerRole: 'collector',
    orderId: order.id,
    customerId: order.customerId,
    reason: `${invoice.number}: ${because}`,
    endsWith: ENDS_BY_HAND,
    deadlineAt: now + DELIVERY_TASK_MS,
  });
  return { invoices };
}
