// Bank lines as the intake stores them, straight in the database: their account, file and statement with them.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../src/database/client.ts';
import type { ForeignAmount, LineRemittance } from '../../src/domain/bank-files/types.ts';
import type { BankLineState } from '../../src/domain/bank-line.ts';

/** A line as a test needs it; what it does not say is ordinary: 100.00 EUR that came in and nobody has looked at. */
export interface StoredLineOptions {
  readonly legalEntityId?: string;
  /** Our own account. */
  readonly account?: string;
  readonly source?: string;
  /** Lines of one file share it; without one, each line is in a file of its own. */
  readonly fileId?: string;
  readonly position?: number;
  readonly identity?: string;
  /** Signed: more than 0 is money in. */
  readonly amountMinor?: number;
  readonly currency?: string;
  readonly bookedOn?: string;
  readonly valueOn?: string;
  readonly isReversal?: boolean;
  readonly returnReason?: string | null;
  readonly bankReference?: string | null;
  readonly endToEndId?: string | null;
  readonly trace?: string | null;
  readonly transactionCode?: string | null;
  readonly counterpartName?: string | null;
  readonly counterpartAccount?: string | null;
  readonly texts?: readonly string[];
  readonly structuredReferences?: readonly string[];
  readonly remittance?: readonly LineRemittance[];
  readonly instructed?: ForeignAmount | null;
  readonly chargesMinor?: number;
  readonly state?: BankLineState;
}

/** How many lines this process has stored: files and lines get names of their own by it. */
let stored = 0;

/** Stores one line in state `stored`, in a file that is read. @returns its ID */
export async function storeLine(db: Db, line: StoredLineOptions = {}): Promise<string> {
  stored += 1;
  const nth = stored;
  const legalEntityId = line.legalEntityId ?? 'ACME-DE';
  const currency = line.currency ?? 'EUR';
  const fileId = line.fileId ?? (await storeFile(db, { legalEntityId }));
  const accountId = await accountOf(db, { legalEntityId, currency, number: line.account ?? ACCOUNT });
  const statementId = await statementOf(db, { legalEntityId, fileId, accountId, currency });
  const bookedOn = line.bookedOn ?? '2026-01-05';
  const { rows } = await sql<{ id: string }>`
    insert into bank_line (legal_entity_id, account_id, statement_id, file_id, position, source, identity, amount_minor, currency, booked_on,
      value_on, is_reversal, return_reason, bank_reference, end_to_end_id, trace, transaction_code, counterpart_name, counterpart_account,
      texts, structured_references, remittance, instructed, charges_minor, place, state)
    values (${legalEntityId}, ${accountId}, ${statementId}, ${fileId}, ${line.position ?? nth}, ${line.source ?? 'camt.053'},
      ${line.identity ?? `line-${String(nth)}`}, ${line.amountMinor ?? 10_000}, ${currency}, ${bookedOn}, ${line.valueOn ?? bookedOn},
      ${line.isReversal ?? false}, ${line.returnReason ?? null}, ${line.bankReference ?? null}, ${line.endToEndId ?? null},
      ${line.trace ?? null}, ${line.transactionCode ?? null}, ${line.counterpartName ?? null}, ${line.counterpartAccount ?? null},
      ${line.texts ?? []}::text[], ${line.structuredReferences ?? []}::text[], ${JSON.stringify(line.remittance ?? [])}::jsonb,
      ${line.instructed ? JSON.stringify(line.instructed) : null}::jsonb, ${line.chargesMinor ?? 0}, ${`line ${String(nth)}`},
      ${line.state ?? 'stored'})
    returning id`.execute(db);
  await sql`update bank_file set lines_read = lines_read + 1, lines_new = lines_new + 1 where id = ${fileId}`.execute(
    db,
  );
  return idOf(rows);
}

const ACCOUNT = 'DE02120300000000202051';

/** Stores a file that is read and whose lines have no answers yet, unless told otherwise. @returns its ID */
async function storeFile(
  db: Db,
  file: { legalEntityId?: string; state?: 'received' | 'read' | 'done'; name?: string } = {},
): Promise<string> {
  stored += 1;
  const sha256 = createHash('sha256')
    .update(`file ${String(stored)} of ${String(process.pid)}`)
    .digest('hex');
  const { rows } = await sql<{ id: string }>`
    insert into bank_file (legal_entity_id, name, format, byte_count, sha256, state, created_by)
    values (${file.legalEntityId ?? 'ACME-DE'}, ${file.name ?? `file-${String(stored)}.xml`}, 'camt.053', 1, ${sha256}, ${file.state ?? 'read'}, 'test')
    returning id`.execute(db);
  return idOf(rows);
}

async function accountOf(
  db: Db,
  account: { legalEntityId: string; currency: string; number: string },
): Promise<string> {
  const { legalEntityId, currency, number } = account;
  await sql`insert into house_bank_account (legal_entity_id, number, currency, name, created_by)
    values (${legalEntityId}, ${number}, ${currency}, 'Bank', 'test') on conflict do nothing`.execute(db);
  const { rows } = await sql<{ id: string }>`select id from house_bank_account
    where legal_entity_id = ${legalEntityId} and number = ${number}`.execute(db);
  return idOf(rows);
}

/** The account's statement in the file; one for each account. */
async function statementOf(
  db: Db,
  of: { legalEntityId: string; fileId: string; accountId: string; currency: string },
): Promise<string> {
  const known = await sql<{ id: string }>`select id from bank_statement
    where file_id = ${of.fileId} and account_id = ${of.accountId}`.execute(db);
  const [row] = known.rows;
  if (row !== undefined) return row.id;
  const { rows } = await sql<{ id: string }>`
    insert into bank_statement (file_id, legal_entity_id, account_id, position, currency, lines_read, is_balanced)
    select ${of.fileId}, ${of.legalEntityId}, ${of.accountId}, coalesce(max(position), 0) + 1, ${of.currency}, 0, true
    from bank_statement where file_id = ${of.fileId} returning id`.execute(db);
  return idOf(rows);
}

function idOf(rows: readonly { readonly id: string }[]): string {
  const [row] = rows;
  if (row === undefined) throw new Error('nothing was written');
  return row.id;
}
