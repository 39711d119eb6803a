// Bank files as they are shown: how far each is, what became of its lines, and its statements.

import { sql } from 'kysely';
import type { LineReason } from '../../domain/bank-line.ts';
import type { TotalCheck } from '../../domain/bank-files/types.ts';
import type { Db } from '../client.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface BankFileRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly name: string;
  readonly format: string;
  readonly mappingName: string | null;
  readonly byteCount: number;
  readonly sha256: string;
  readonly state: 'received' | 'refused' | 'read' | 'done';
  readonly problem: {
    readonly code: string;
    readonly text: string;
    readonly place: string;
    readonly checks: readonly TotalCheck[];
  } | null;
  readonly acceptedBy: string | null;
  readonly linesRead: number;
  readonly linesNew: number;
  readonly linesDone: number;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly changedAt: number;
}

export interface BankStatementRow {
  readonly id: string;
  readonly account: string;
  readonly currency: string;
  readonly statementId: string | null;
  readonly sequence: string | null;
  readonly openingMinor: number | null;
  readonly openingOn: string | null;
  readonly closingMinor: number | null;
  readonly closingOn: string | null;
  readonly linesRead: number;
  readonly isBalanced: boolean;
}

export interface FileLineRow {
  readonly id: string;
  readonly position: number;
  readonly place: string;
  readonly account: string;
  readonly state: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly bookedOn: string;
  readonly valueOn: string;
  readonly counterpartName: string | null;
  readonly counterpartAccount: string | null;
  readonly texts: readonly string[];
  readonly structuredReferences: readonly string[];
  readonly reasons: readonly LineReason[];
  readonly paymentId: string | null;
  readonly duplicateOfId: string | null;
}

const FILE =
  sql.raw(`f.id, f.legal_entity_id as "legalEntityId", f.name, f.format, f.mapping_name as "mappingName", f.byte_count as "byteCount",
  f.sha256, f.state, f.problem, f.accepted_by as "acceptedBy", f.lines_read as "linesRead", f.lines_new as "linesNew",
  f.lines_done as "linesDone", f.created_by as "createdBy", f.created_at as "createdAt", f.changed_at as "changedAt" from bank_file f`);

/** The file with this ID, whatever its legal entity: the caller authorises. */
export async function bankFileById(db: Db, id: string): Promise<BankFileRow | null> {
  const { rows } = await sql<BankFileRow>`select ${FILE} where f.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** A page of files, newest first. */
export async function listBankFiles(
  db: Db,
  filter: { scope: Scope; legalEntityId?: string | undefined; state?: string | undefined },
  page: { after: string | null; fetch: number },
): Promise<BankFileRow[]> {
  const where = allOf([
    inScope(filter.scope, 'f.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`f.legal_entity_id = ${filter.legalEntityId}`,
    filter.state === undefined ? null : sql`f.state = ${filter.state}`,
    page.after === null ? null : sql`f.id < ${page.after}::uuid`,
  ]);
  const { rows } = await sql<BankFileRow>`select ${FILE} where ${where} order by f.id desc limit ${page.fetch}`.execute(
    db,
  );
  return rows;
}

/** How many of a file's lines are in each state; states without a line are missing. */
export async function linesByState(db: Db, fileId: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ state: string; count: number }>`select state, count(*) as count from bank_line
    where file_id = ${fileId} group by state`.execute(db);
  return new Map(rows.map(({ state, count }) => [state, count]));
}

/** The file's statements in its order. @param limit of rows */
export async function statementsOf(db: Db, fileId: string, limit: number): Promise<BankStatementRow[]> {
  const { rows } =
    await sql<BankStatementRow>`select s.id, a.number as account, a.currency, s.statement_id as "statementId", s.sequence,
      s.opening_minor as "openingMinor", s.opening_on as "openingOn", s.closing_minor as "closingMinor", s.closing_on as "closingOn",
      s.lines_read as "linesRead", s.is_balanced as "isBalanced"
    from bank_statement s join house_bank_account a on a.id = s.account_id
    where s.file_id = ${fileId} order by s.position limit ${limit}`.execute(db);
  return rows;
}

/** A page of the file's new lines in its order. */
export async function listFileLines(
  db: Db,
  filter: { fileId: string; state?: string | undefined },
  page: { after: number | null; fetch: number },
): Promise<FileLineRow[]> {
  const where = allOf([
    sql`l.file_id = ${filter.fileId}`,
    filter.state === undefined ? null : sql`l.state = ${filter.state}`,
    page.after === null ? null : sql`l.position > ${page.after}`,
  ]);
  const { rows } =
    await sql<FileLineRow>`select l.id, l.position, l.place, a.number as account, l.state, l.amount_minor as "amountMinor",
      l.currency, l.booked_on as "bookedOn", l.value_on as "valueOn", l.counterpart_name as "counterpartName",
      l.counterpart_account as "counterpartAccount", l.texts, l.structured_references as "structuredReferences", l.reasons,
      l.payment_id as "paymentId", l.duplicate_of_id as "duplicateOfId"
    from bank_line l join house_bank_account a on a.id = l.account_id
    where ${where} order by l.position limit ${page.fetch}`.execute(db);
  return rows;
}

/** Whether the same bytes were sent again and taken, after this file was refused. */
export async function isTakenElsewhere(
  db: Db,
  file: Pick<BankFileRow, 'id' | 'legalEntityId' | 'sha256'>,
): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`select id from bank_file where legal_entity_id = ${file.legalEntityId}
    and sha256 = ${file.sha256} and state <> 'refused' and id <> ${file.id}`.execute(db);
  return rows.length > 0;
}
