// What everything that clears a bank line shares: its entry, the line's end, the audit, and tasks that are over.

import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { sql } from 'kysely';
import { BANK_LINE_SOURCE, type BankLineState, type LineReason } from '../../domain/bank-line.ts';
import { localDate } from '../../domain/calendar.ts';
import { formatDecimal } from '../../domain/money.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import { cause } from '../cause.ts';
import { post, type PostingLine } from '../ledger.ts';
import type { BankLineRow } from './bank-line-row.ts';

/** A locked line that is acted on, and who does it. */
export interface DoorPosting {
  readonly line: BankLineRow;
  readonly actor: string;
  readonly requestId?: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** The money on our bank accounts. */
export const BANK_ACCOUNT = `clearing:${BANK_LINE_SOURCE}`;

/** Only a line that nobody has decided on is acted on. */
export function requireUndecided(line: Pick<BankLineRow, 'id' | 'state'>): Result<object> {
  if (line.state === 'stored' || line.state === 'open') return { ok: true };
  return refuse({
    kind: 'conflict',
    code: 'line_is_decided',
    text: `The line is ${line.state} already.`,
    hint: `Look at GET /v1/bank-lines/${line.id}; what was applied or ignored can be reopened.`,
    details: { state: line.state },
  });
}

/** Posts the line's own entry: what it moves between the bank's account and the account of the door that told it. */
export async function postClearing(
  tx: Tx,
  { line, now }: DoorPosting,
  entry: { kind: 'bank_clearing' | 'provider_payout'; key: string; lines: readonly PostingLine[] },
): Promise<void> {
  await post(tx, {
    ...entry,
    legalEntityId: line.legalEntityId,
    effectiveOn: localDate(await zoneOf(tx, line.legalEntityId), now),
    businessAt: now,
    currency: line.currency,
    cause: cause(),
  });
}

/** The key of the entry by which a line clears what another door had told. */
export function clearingKey(lineId: string): string {
  return `bank_clearing/${lineId}`;
}

async function zoneOf(tx: Tx, legalEntityId: string): Promise<string> {
  const { zone } = await tx
    .selectFrom('legal_entity')
    .select('zone')
    .where('id', '=', legalEntityId)
    .executeTakeFirstOrThrow();
  return zone;
}

/** The legal entity's date. */
export async function todayOf(tx: Tx, { line, now }: DoorPosting): Promise<string> {
  return localDate(await zoneOf(tx, line.legalEntityId), now);
}

export interface LineEnd {
  readonly state: BankLineState;
  readonly paymentId?: string;
  readonly reasons: readonly LineReason[];
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Sets what became of the line, and writes it into the audit. */
export async function endLine(tx: Tx, asked: DoorPosting, end: LineEnd): Promise<void> {
  const { state, paymentId = null, reasons } = end;
  await tx
    .updateTable('bank_line')
    .set({ state, payment_id: paymentId, reasons: JSON.stringify(reasons) })
    .where('id', '=', asked.line.id)
    .execute();
  await auditLine(tx, asked, end);
}

/** Writes into the audit what became of the line. */
export async function auditLine(tx: Tx, { line, actor, requestId, now }: DoorPosting, end: LineEnd): Promise<void> {
  const { state, paymentId = null, reasons, details = {} } = end;
  const [reason] = reasons;
  await writeAudit(tx, {
    legalEntityId: line.legalEntityId,
    actor,
    action: `bank_line.${state === 'open' ? 'asked' : state}`,
    subject: line.id,
    // The texts of doubts may name payers; their codes do not.
    because: state === 'open' ? `A person is asked: ${reason?.code ?? 'unknown'}.` : (reason?.text ?? null),
    details: { amountMinor: line.amountMinor, currency: line.currency, paymentId, code: reason?.code, ...details },
    businessAt: now,
    requestId: requestId ?? null,
  });
}

/** The key of the task about a clearing account of which this is the oldest that is open. */
export function clearingTaskKey(source: string, id: string): string {
  return `clearing_open/${source}/${id}`;
}

/** What is cleared is nobody's task any more. */
export async function endClearingTasks(
  tx: Tx,
  legalEntityId: string,
  cleared: readonly { source: string; id: string }[],
): Promise<void> {
  const keys = cleared.map(({ source, id }) => clearingTaskKey(source, id));
  await closeTasks(tx, { legalEntityId, keys, doneBy: 'bank line' });
}

/** Tried again until the payment is posted, which is no alarm: until then its account has nothing that could be cleared. */
export function notPostedYet(paymentId: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'payment_not_posted',
    message: `Payment ${paymentId} is not posted yet: its bank line waits.`,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** Tried again until whoever holds the other line is done with it. */
export function lineIsBusy(lineId: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'line_is_busy',
    message: `Bank line ${lineId} is being decided on: the line that takes it back waits.`,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** Says how much, for refusals. */
export function show(minor: number, currency: string): string {
  return `${formatDecimal(minor, currency)} ${currency}`;
}

/** When a payment was cleared, and by which line: read under its lock. */
export async function clearedBy(tx: Tx, paymentId: string): Promise<string | null> {
  const { rows } = await sql<{ lineId: string | null }>`select cleared_by_line_id as "lineId" from payment
    where id = ${paymentId}`.execute(tx);
  return rows[0]?.lineId ?? null;
}
