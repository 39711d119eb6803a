// An approval as answers show it.

import { z } from 'zod';
import { APPROVAL_KINDS, APPROVAL_STATES, type ApprovalState } from '../../../domain/approval.ts';
import { approvalById, type ApprovalRow } from '../../../database/queries/approvals.ts';
import type { Db } from '../../../database/client.ts';
import { notFound } from '../../problem.ts';
import type { Answer } from '../../route.ts';
import { instant, legalEntityId, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

export const approvalState = z.enum(Object.keys(APPROVAL_STATES) as [ApprovalState, ...ApprovalState[]]);
export const approvalKind = z.enum(APPROVAL_KINDS);

export const approvalSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    kind: approvalKind,
    state: approvalState,
    customer: z.string().nullable().meta({ description: "The customer's number; `null`: a group's limit." }),
    order: uuid.nullable(),
    item: uuid.nullable(),
    itemNumber: z.string().nullable(),
    payment: uuid.nullable(),
    amount: money,
    reason: z.string(),
    note: z.string().nullable(),
    bankAccount: uuid.nullable().meta({ description: 'Where a refund goes.' }),
    limit: z
      .strictObject({
        creditLimit: money.nullable().meta({ description: '`null`: no limit is kept.' }),
        isBlocked: z.boolean(),
        limitUntil: z.string().nullable(),
        group: uuid.nullable(),
      })
      .nullable(),
    creditNote: z.strictObject({ id: uuid, number: z.string() }).nullable().meta({ description: 'Once approved.' }),
    askedBy: z.string(),
    askedAt: instant,
    decidedBy: z.string().nullable(),
    decidedAt: instant.nullable(),
    deadlineAt: instant.meta({ description: 'It lapses then, unless somebody decides before.' }),
  })
  .meta({ id: 'Approval' });

export function showApproval(row: ApprovalRow): z.infer<typeof approvalSchema> {
  const { id, kind, state, itemNumber, reason, note, askedBy, decidedBy, currency } = row;
  return {
    id,
    legalEntity: row.legalEntityId,
    kind,
    state,
    customer: row.customerNumber,
    order: row.orderId,
    item: row.itemId,
    itemNumber,
    payment: row.paymentId,
    amount: showMoney(row.amountMinor, currency),
    reason,
    note,
    bankAccount: row.kind === 'refund' ? row.details.bankAccountId : null,
    limit: row.kind === 'credit_limit' ? limitOf(row.details, currency) : null,
    creditNote:
      row.creditNoteId === null || row.creditNoteNumber === null
        ? null
        : { id: row.creditNoteId, number: row.creditNoteNumber },
    askedBy,
    askedAt: showInstant(row.askedAt),
    decidedBy,
    decidedAt: showInstant(row.decidedAt),
    deadlineAt: showInstant(row.deadlineAt),
  };
}

function limitOf(
  details: Extract<ApprovalRow, { kind: 'credit_limit' }>['details'],
  currency: string,
): z.infer<typeof approvalSchema>['limit'] {
  const { limitMinor, isBlocked, limitUntil, groupId } = details;
  const creditLimit = limitMinor === null ? null : showMoney(limitMinor, currency);
  return { creditLimit, isBlocked, limitUntil, group: groupId };
}

/** The approval as it stands now. */
export async function answerApproval(db: Db, approvalId: string, status: 200 | 201): Promise<Answer> {
  const approval = await approvalById(db, approvalId);
  if (approval === null) throw notFound('approval');
  return { status, body: showApproval(approval), location: `/v1/approvals/${approvalId}` };
}
