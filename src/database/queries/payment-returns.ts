// Returned payments at the door: stored once under the bank's or provider's own ID, checked against what is left.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import {
  checkReturn,
  returnAction,
  type BookedReturnKind,
  type ReturnAction,
  type ReturnKind,
} from '../../domain/payment-return.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';

export interface PaymentReturnRow {
  readonly id: string;
  readonly sourceId: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly kind: BookedReturnKind;
  readonly reasonCode: string;
  readonly action: ReturnAction;
  readonly returnedOn: string;
  readonly state: 'received' | 'posted';
  readonly contentHash: string;
}

/** Of `payment_return r`, as pairs for `json_build_object`. */
export const RETURN_FIELDS = `'id', r.id, 'sourceId', r.source_id, 'amountMinor', r.amount_minor, 'feeMinor', r.fee_minor, 'kind', r.kind,
  'reasonCode', r.reason_code, 'action', r.action, 'returnedOn', r.returned_on, 'state', r.state, 'contentHash', r.content_hash`;

export interface NewReturn {
  readonly paymentId: string;
  readonly sourceId: string;
  /** `null`: all that is left of the payment. */
  readonly amountMinor: number | null;
  readonly feeMinor: number;
  readonly kind: ReturnKind;
  readonly reasonCode: string;
  /** ISO date; `null`: today at the legal entity. */
  readonly returnedOn: string | null;
  readonly contentHash: string;
  readonly actor: string;
  readonly requestId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

export interface StoredReturn {
  readonly stored: PaymentReturnRow;
  readonly isNew: boolean;
}

interface Ground {
  readonly legalEntityId: string;
  readonly zone: string;
  readonly currency: string;
  readonly paymentMinor: number;
  readonly refundedMinor: number;
}

/**
 * Stores a return under its payment's lock, or finds the one that its source told before. What was told and is not posted yet
 * counts as gone, so that no two returns take the same money. A refusal is in the audit.
 */
export async function storeReturn(db: Db, told: NewReturn): Promise<Result<StoredReturn>> {
  return db.transaction().execute(async (tx) => {
    const ground = await lockGround(tx, told.paymentId);
    const returns = await returnsOf(tx, told.paymentId);
    const known = returns.find(({ sourceId }) => sourceId === told.sourceId);
    if (known !== undefined) return { ok: true, stored: known, isNew: false };

    const { paymentMinor, refundedMinor, currency } = ground;
    const returnedMinor = returns.reduce((sum, one) => sum + one.amountMinor, 0);
    const leftMinor = paymentMinor - refundedMinor - returnedMinor;
    // Where nothing is left, "all of it" is refused with the figures of the payment.
    const amountMinor = told.amountMinor ?? (leftMinor > 0 ? leftMinor : paymentMinor);
    const today = localDate(ground.zone, told.now);
    const returnedOn = told.returnedOn ?? today;
    const amounts = { amountMinor, paymentMinor, returnedMinor, refundedMinor, currency };
    const checked = checkReturn({ ...amounts, kind: told.kind, returnedOn, today });
    const audit = {
      ...{ legalEntityId: ground.legalEntityId, actor: told.actor, requestId: told.requestId, businessAt: told.now },
      details: { paymentId: told.paymentId, amountMinor, currency, kind: told.kind, reasonCode: told.reasonCode },
    };
    if (!checked.ok) {
      const because = checked.refusal.text;
      await writeAudit(tx, { ...audit, action: 'payment_return.refused', subject: told.paymentId, because });
      return checked;
    }
    const stored = await insertReturn(tx, ground.legalEntityId, { ...told, amountMinor, returnedOn });
    await writeAudit(tx, { ...audit, action: 'payment_return.received', subject: stored.id });
    return { ok: true, stored, isNew: true };
  });
}

async function lockGround(tx: Tx, paymentId: string): Promise<Ground> {
  const { rows } = await sql<Ground>`
    select p.legal_entity_id as "legalEntityId", e.zone, p.currency, p.amount_minor as "paymentMinor", p.refunded_minor as "refundedMinor"
    from payment p join legal_entity e on e.id = p.legal_entity_id where p.id = ${paymentId} for no key update of p`.execute(
    tx,
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no payment ${paymentId}`);
  return row;
}

async function returnsOf(tx: Tx, paymentId: string): Promise<PaymentReturnRow[]> {
  const { rows } = await sql<{ one: PaymentReturnRow }>`
    select json_build_object(${sql.raw(RETURN_FIELDS)}) as one from payment_return r where r.payment_id = ${paymentId}`.execute(
    tx,
  );
  return rows.map(({ one }) => one);
}

async function insertReturn(
  tx: Tx,
  legalEntityId: string,
  told: NewReturn & { amountMinor: number; returnedOn: string },
): Promise<PaymentReturnRow> {
  const { sourceId, amountMinor, feeMinor, kind, reasonCode, returnedOn, contentHash } = told;
  const action = returnAction(reasonCode);
  const { id } = await tx
    .insertInto('payment_return')
    .values({
      legal_entity_id: legalEntityId,
      payment_id: told.paymentId,
      source_id: sourceId,
      amount_minor: amountMinor,
      fee_minor: feeMinor,
      kind,
      reason_code: reasonCode,
      action,
      returned_on: returnedOn,
      content_hash: contentHash,
      created_by: told.actor,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, sourceId, amountMinor, feeMinor, kind, reasonCode, action, returnedOn, state: 'received', contentHash };
}
