// Brings an invoice to the customer: an e-mail with the PDF, sent at most once.

import type { InvoiceFacts } from '../../domain/agenda.ts';
import { invoiceMailText } from '../../domain/letter-text.ts';
import { isStill, contextOf, keepStage, runStep, type Changed, type StepInput, type StepOutput } from './step.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { invoiceDocument, type InvoicePapers } from '../../database/queries/invoice-document.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import { lockOrder, type OrderContext } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { renderInvoicePdf } from '../documents/render-invoice.ts';
import { claimMessage, retryDelayMs, settleMessage } from '../mail/claim.ts';
import { withHeartbeat } from '../mail/heartbeat.ts';
import type { Mailer, MailMessage, MailOutcome } from '../mail/smtp.ts';

/** Tries of one delivery before it counts as undeliverable: about two days. */
const DELIVERY_ATTEMPTS_MAX = 18;
const RETRY_AT_MOST_MS = 4 * 3_600_000;
/** Time a person has to look after an invoice that did not arrive. */
const TASK_DEADLINE_MS = 2 * 86_400_000;

export async function deliverInvoice(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  const { delivery } = deps;
  if (delivery.kind === 'record') {
    return runStep(deps, input, 'deliverInvoice', (tx, context, now) =>
      settle(tx, context, { invoiceId: input.subject ?? '', outcome: { kind: 'sent', messageId: 'recorded' }, now }),
    );
  }
  const context = await contextOf(deps.db, input.orderId, input.now);
  if (!isStill(context, input, 'deliverInvoice')) return keepStage(deps.db, context, input.now);
  // Everything that can fail is done before the message is claimed: between claim and answer there is only SMTP.
  const papers = await invoiceDocument(deps.db, input.subject ?? '');
  const outcome = await sendOnce(deps, delivery.mailer, papers);
  return deps.db.transaction().execute(async (tx) => {
    await lockOrder(tx, input.orderId);
    const locked = await contextOf(tx, input.orderId, input.now);
    if (outcome !== 'settled_before') await settleMessage(tx, keyOf(papers), outcome);
    if (!isStill(locked, input, 'deliverInvoice')) return keepStage(tx, locked, input.now);
    const stored = outcome === 'settled_before' ? await storedOutcome(tx, papers) : outcome;
    const changed = await settle(tx, locked, { invoiceId: papers.invoiceId, outcome: stored, now: input.now });
    return keepStage(tx, { ...locked, facts: { ...locked.facts, ...changed } }, input.now);
  });
}

function keyOf(papers: InvoicePapers): string {
  return `invoice/${papers.invoiceId}`;
}

async function sendOnce(
  deps: Dependencies,
  mailer: Mailer,
  papers: InvoicePapers,
): Promise<MailOutcome | 'settled_before'> {
  if (papers.email === null) {
    return { kind: 'refused', code: 'no_address', text: 'The customer has no e-mail address.' };
  }
  const message = await compose(papers, papers.email);
  const claim = await deps.db
    .transaction()
    .execute((tx) => claimMessage(tx, { key: keyOf(papers), legalEntityId: papers.legalEntityId }));
  return claim === 'claimed' ? withHeartbeat(() => mailer.send(message)) : 'settled_before';
}

async function compose(papers: InvoicePapers, to: string): Promise<MailMessage> {
  const { document } = papers;
  const { subject, text } = invoiceMailText({
    language: papers.language,
    legalEntity: document.legalEntity,
    customer: document.customer,
    invoice: {
      number: document.invoiceNumber,
      orderNumber: document.orderNumber,
      purchaseOrder: document.purchaseOrder ?? null,
      invoicedOn: document.invoicedOn,
      dueOn: document.dueOn,
      grossMinor: document.totals.grossMinor,
      currency: document.currency,
    },
  });
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

/** What an earlier try of the same message came to. */
async function storedOutcome(tx: Tx, papers: InvoicePapers): Promise<MailOutcome> {
  const row = await tx
    .selectFrom('mail_message')
    .select(['state', 'message_id', 'outcome'])
    .where('key', '=', keyOf(papers))
    .executeTakeFirstOrThrow();
  if (row.state === 'sent') return { kind: 'sent', messageId: row.message_id ?? '' };
  if (row.state === 'refused') return { kind: 'refused', code: 'refused', text: row.outcome ?? '' };
  return { kind: 'unknown', text: row.outcome ?? '' };
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
    .select(['number', 'delivery_attempts'])
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow();
  const attempts = invoice.delivery_attempts + 1;
  const isLast = outcome.kind === 'refused' || (outcome.kind === 'not_sent' && attempts >= DELIVERY_ATTEMPTS_MAX);
  const delivery =
    outcome.kind === 'not_sent'
      ? isLast
        ? 'undeliverable'
        : 'pending'
      : outcome.kind === 'refused'
        ? 'undeliverable'
        : outcome.kind;
  const retryAt = delivery === 'pending' ? new Date(now + retryDelayMs(attempts, RETRY_AT_MOST_MS)) : null;
  await tx
    .updateTable('invoice')
    .set({ delivery, delivery_attempts: attempts, delivery_retry_at: retryAt })
    .where('id', '=', invoiceId)
    .execute();
  const because = {
    sent: 'The mail server accepted the invoice.',
    pending: 'The mail server did not take the invoice; it is tried again.',
    undeliverable: 'The invoice cannot be delivered by e-mail.',
    unknown: 'The connection broke while the invoice was sent: nobody knows whether it arrived.',
  }[delivery];
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: engineActor(),
    action: `invoice.${delivery === 'pending' ? 'not_sent' : delivery}`,
    orderId: order.id,
    subject: invoice.number,
    because,
    details: { attempts },
    businessAt: now,
  });
  const invoices = facts.invoices.map((one): InvoiceFacts =>
    one.invoiceId === invoiceId ? { ...one, delivery, retryAt: retryAt?.getTime() ?? null } : one,
  );
  if (delivery !== 'undeliverable' && delivery !== 'unknown') return { invoices };
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: `invoice_${delivery}/${invoiceId}`,
    kind: `invoice_${delivery}`,
    ownerRole: 'collector',
    orderId: order.id,
    customerId: order.customerId,
    reason: `Invoice ${invoice.number}: ${because}`,
    endsWith: ENDS_BY_HAND,
    deadlineAt: now + TASK_DEADLINE_MS,
  });
  return { invoices };
}
