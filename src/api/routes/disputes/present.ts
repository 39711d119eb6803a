// A dispute as answers show it.

import { z } from 'zod';
import type { DisputeRow, EvidenceRow, MessageRow } from '../../../database/queries/disputes.ts';
import {
  DISPUTE_OUTCOMES,
  DISPUTE_SOURCES,
  DISPUTE_STATES,
  isDisputeReason,
  DISPUTE_REASONS,
} from '../../../domain/dispute.ts';
import { instant, legalEntityId, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

/** The names of a table of the domain, as a list of at least one. */
function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): [Key, ...Key[]] {
  return Object.keys(table) as [Key, ...Key[]];
}

export const disputeState = z.enum(keysOf(DISPUTE_STATES));
export const disputeReason = z.enum(keysOf(DISPUTE_REASONS)).meta({
  description: Object.entries(DISPUTE_REASONS)
    .map(([code, { label, ownerRole }]) => `\`${code}\`: ${label.toLowerCase()} (${ownerRole})`)
    .join('; '),
});
export const disputeSource = z.enum(['customer_service', 'customer_mail']);
export const messageDirection = z.enum(['from_customer', 'to_customer', 'internal']);

const head = {
  id: uuid,
  legalEntity: legalEntityId,
  order: uuid,
  orderNumber: z.string(),
  item: uuid,
  itemNumber: z.string(),
  customer: z.string().meta({ description: "The customer's number." }),
  amount: money.meta({ description: 'What is disputed: it leaves dunning until the dispute ends.' }),
  credited: money.meta({ description: 'What a credit note gave back in the end.' }),
  reason: z.string(),
  reasonClass: z.string().nullable().meta({ description: 'As deductions are counted in the field.' }),
  source: z.enum(DISPUTE_SOURCES),
  state: disputeState,
  outcome: z.enum(DISPUTE_OUTCOMES).nullable(),
  approval: uuid.nullable().meta({ description: 'What the credit note waits or waited for.' }),
  ownerRole: z.string().meta({ description: 'The role that has it first, by its reason.' }),
  raisedOn: z.string(),
  dueAt: instant,
  isOverdue: z.boolean(),
  task: z
    .strictObject({ id: uuid, tier: z.int(), ownerRole: z.string() })
    .nullable()
    .meta({ description: 'Who has it now; each tier above 0 is an escalation.' }),
  createdBy: z.string(),
  createdAt: instant,
  resolvedBy: z.string().nullable(),
  resolvedAt: instant.nullable(),
};

export const disputeSchema = z.strictObject(head).meta({ id: 'Dispute' });

export const messageSchema = z
  .strictObject({ id: uuid, direction: messageDirection, text: z.string(), createdBy: z.string(), createdAt: instant })
  .meta({ id: 'DisputeMessage' });

const evidenceHead = {
  id: uuid,
  name: z.string(),
  mediaType: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  createdBy: z.string(),
  createdAt: instant,
};
export const evidenceSchema = z.strictObject(evidenceHead).meta({ id: 'Evidence' });
export const evidenceContentSchema = z
  .strictObject({ ...evidenceHead, content: z.string().meta({ description: 'The file in base64.' }) })
  .meta({ id: 'EvidenceContent' });

export const disputeFileSchema = z
  .strictObject({
    ...head,
    note: z.string().nullable().meta({ description: 'With which it was raised.' }),
    messages: z.array(messageSchema),
    evidence: z.array(evidenceSchema),
  })
  .meta({ id: 'DisputeFile' });

export function showDispute(row: DisputeRow, now: number): z.infer<typeof disputeSchema> {
  const { id, orderNumber, itemNumber, currency, reason, source, state, outcome, ownerRole, raisedOn, task } = row;
  const isEnded = state === 'resolved' || state === 'withdrawn';
  return {
    ...{ id, orderNumber, itemNumber, reason, source, state, outcome, ownerRole, raisedOn, task },
    legalEntity: row.legalEntityId,
    order: row.orderId,
    item: row.itemId,
    customer: row.customerNumber,
    amount: showMoney(row.amountMinor, currency),
    credited: showMoney(row.creditedMinor, currency),
    reasonClass: isDisputeReason(reason) ? DISPUTE_REASONS[reason].class : null,
    approval: row.approvalId,
    dueAt: showInstant(row.dueAt),
    isOverdue: !isEnded && row.dueAt < now,
    createdBy: row.createdBy,
    createdAt: showInstant(row.createdAt),
    resolvedBy: row.resolvedBy,
    resolvedAt: showInstant(row.resolvedAt),
  };
}

export function showMessage(row: MessageRow): z.infer<typeof messageSchema> {
  const { id, direction, text, createdBy } = row;
  return { id, direction, text, createdBy, createdAt: showInstant(row.createdAt) };
}

export function showEvidence(row: EvidenceRow): z.infer<typeof evidenceSchema> {
  const { id, name, mediaType, sha256, createdBy } = row;
  return { id, name, mediaType, bytes: row.byteCount, sha256, createdBy, createdAt: showInstant(row.createdAt) };
}
