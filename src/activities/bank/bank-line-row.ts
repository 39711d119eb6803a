// A bank line as Postgres keeps it, under its lock or not.

import { sql, type RawBuilder } from 'kysely';
import type { BankLineState, LineAnswer, LineReason, LineAsTold } from '../../domain/bank-line.ts';
import type { Db, Tx } from '../../database/client.ts';

export interface BankLineRow extends LineAsTold {
  readonly id: string;
  readonly legalEntityId: string;
  readonly accountId: string;
  readonly fileId: string;
  readonly position: number;
  readonly source: string;
  readonly state: BankLineState;
  readonly answer: LineAnswer | null;
  readonly reasons: readonly LineReason[];
  readonly paymentId: string | null;
}

const columns = sql`l.id, l.legal_entity_id as "legalEntityId", l.account_id as "accountId", l.file_id as "fileId", l.position, l.source,
  l.amount_minor as "amountMinor", l.currency, l.booked_on as "bookedOn", l.value_on as "valueOn", l.is_reversal as "isReversal",
  l.return_reason as "returnReason", l.bank_reference as "bankReference", l.end_to_end_id as "endToEndId", l.trace, l.transaction_code as "transactionCode",
  l.counterpart_name as "counterpartName", l.counterpart_account as "counterpartAccount", l.texts,
  l.structured_references as "structuredReferences", l.remittance, l.instructed, l.charges_minor as "chargesMinor", l.state,
  l.answer, l.reasons, l.payment_id as "paymentId"`;

/** Lines (alias `l`) that a condition names, in the order of their files. */
export async function bankLines(db: Db | Tx, where: RawBuilder<unknown>): Promise<BankLineRow[]> {
  const { rows } =
    await sql<BankLineRow>`select ${columns} from bank_line l where ${where} order by l.file_id, l.position`.execute(
      db,
    );
  return rows;
}

/** Locks a line for the rest of the transaction, before any payment. @throws a defect when there is none */
export async function lockBankLine(tx: Tx, lineId: string): Promise<BankLineRow> {
  const { rows } =
    await sql<BankLineRow>`select ${columns} from bank_line l where l.id = ${lineId} for no key update`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no bank line ${lineId}`);
  return row;
}

/** Locks another line as well, where nobody holds it: whoever waited for it could wait for a transaction that waits for this one. */
export async function lockFreeBankLine(tx: Tx, lineId: string): Promise<BankLineRow | null> {
  const { rows } =
    await sql<BankLineRow>`select ${columns} from bank_line l where l.id = ${lineId} for no key update skip locked`.execute(
      tx,
    );
  return rows[0] ?? null;
}
