// Reads a bank file into the staging table, in batches: nothing of it is visible, and what does not belong to us is refused by its place.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { baseIdentity } from '../../domain/bank-line-identity.ts';
import { parseCsvMapping, type CsvMapping } from '../../domain/bank-files/csv-mapping.ts';
import { readBankFile } from '../../domain/bank-files/read.ts';
import { isHeld } from '../../domain/bank-files/totals.ts';
import {
  BankFileError,
  type BankLine,
  type StatementEnd,
  type StatementHead,
  type TotalCheck,
} from '../../domain/bank-files/types.ts';
import { localDate } from '../../domain/calendar.ts';
import { houseAccountOf, type HouseAccount } from '../../domain/house-account.ts';
import type { Db } from '../../database/client.ts';
import { piecesOf, type BankFileRow } from './bank-file-row.ts';
import { stopIfCancelled } from './stop-if-cancelled.ts';

/** Lines written at once. */
const STAGED_AT_ONCE = 1_000;
/** Checks that do not hold and are kept for the reader; the others are counted. */
const FAILED_KEPT_MAX = 20;

export interface StagedStatement {
  readonly account: HouseAccount;
  readonly head: StatementHead;
  readonly end: StatementEnd;
  readonly isBalanced: boolean;
}

export interface StagedFile {
  readonly statements: readonly StagedStatement[];
  /** Those that do not hold, the first of them. */
  readonly failed: readonly TotalCheck[];
  readonly failedCount: number;
  /** Lines that are kept; one of nothing is not. */
  readonly linesRead: number;
}

/** Reads the whole file into the staging table, beginning anew. @throws {BankFileError} what is wrong with it, and where */
export async function stageFile(db: Db, file: BankFileRow, now: number): Promise<StagedFile> {
  await sql`delete from bank_line_staging where file_id = ${file.id}`.execute(db);
  const accounts = await accountsOf(db, file.legalEntityId);
  const [currency, ...others] = new Set(accounts.map((account) => account.currency));
  const options = {
    accountCurrency: others.length === 0 && currency !== undefined ? currency : file.entityCurrency,
    today: localDate(file.zone, now),
    mapping: await mappingOf(db, file),
  };
  const staging = new Staging(db, file, accounts);
  for await (const event of readBankFile(file.format, piecesOf(db, file.id), options)) {
    switch (event.kind) {
      case 'statement':
        await staging.begin(event.statement);
        break;
      case 'line':
        await staging.add(event.line);
        break;
      case 'statement_end':
        staging.end(event.end);
        break;
      case 'file_end':
        staging.endFile(event.checks);
        break;
    }
  }
  return staging.finish();
}

async function accountsOf(db: Db, legalEntityId: string): Promise<HouseAccount[]> {
  const { rows } = await sql<HouseAccount>`select id, legal_entity_id as "legalEntityId", number, currency
    from house_bank_account where legal_entity_id = ${legalEntityId} order by number`.execute(db);
  return rows;
}

async function mappingOf(db: Db, file: BankFileRow): Promise<CsvMapping | null> {
  if (file.mappingName === null) return null;
  const { rows } = await sql<{ body: unknown }>`select body from csv_mapping
    where legal_entity_id = ${file.legalEntityId} and name = ${file.mappingName}`.execute(db);
  const parsed = parseCsvMapping(rows[0]?.body);
  if (parsed.ok) return parsed.mapping;
  const problem = `The mapping "${file.mappingName}" cannot be used any more: ${parsed.refusal.text}`;
  throw new BankFileError('bank_file.csv_mapping', 'whole file', problem);
}

/** What is known while a file is read: the statement that is open, and a batch of lines that are not written yet. */
class Staging {
  readonly #db: Db;
  readonly #file: BankFileRow;
  readonly #accounts: readonly HouseAccount[];
  readonly #statements: StagedStatement[] = [];
  readonly #failed: TotalCheck[] = [];
  readonly #told = new Set<string>();
  #content = createHash('sha256');
  #failedCount = 0;
  #open: { readonly account: HouseAccount; readonly head: StatementHead } | null = null;
  #batch: { statementPosition: number; position: number; body: object }[] = [];
  #lines = 0;

  constructor(db: Db, file: BankFileRow, accounts: readonly HouseAccount[]) {
    this.#db = db;
    this.#file = file;
    this.#accounts = accounts;
  }

  async begin(head: StatementHead): Promise<void> {
    const account = houseAccountOf(head.account, this.#accounts);
    if (account === null) throw await this.#notOurs(head);
    requireCurrency(account, head.account.currency, head.place);
    this.#open = { account, head };
    this.#content = createHash('sha256');
  }

  async add(line: BankLine): Promise<void> {
    const { account } = this.#opened();
    requireCurrency(account, line.currency, line.place);
    // A line of nothing moves nothing: it only tells something, and there is nobody to be told.
    if (line.amountMinor === 0) return;
    this.#lines += 1;
    const base = baseIdentity(line);
    this.#content.update(`${base}\n`);
    const body = { ...line, base };
    this.#batch.push({ statementPosition: this.#statements.length + 1, position: this.#lines, body });
    if (this.#batch.length >= STAGED_AT_ONCE) await this.#write();
  }

  end(end: StatementEnd): void {
    const { account, head } = this.#opened();
    for (const balance of [end.opening, end.closing]) {
      if (balance !== null) requireCurrency(account, balance.currency, head.place);
    }
    const { statementId, sequence } = head;
    const content = this.#content.digest('hex');
    const name = JSON.stringify([account.id, statementId, sequence, end.opening, end.closing, content]);
    // Put together by hand, say: each report is right in itself, and both together would count everything twice.
    if (end.linesRead > 0 && this.#told.has(name)) {
      const problem = `The statement ${statementId ?? ''} stands in the file twice, line by line.`;
      throw new BankFileError('bank_file.statement_twice', head.place, problem);
    }
    this.#told.add(name);
    this.#judge(end.checks);
    this.#statements.push({ account, head, end, isBalanced: end.checks.every(isHeld) });
    this.#open = null;
  }

  endFile(checks: readonly TotalCheck[]): void {
    this.#judge(checks);
    if (checks.every(isHeld)) return;
    this.#statements.forEach((statement, index) => {
      this.#statements[index] = { ...statement, isBalanced: false };
    });
  }

  async finish(): Promise<StagedFile> {
    await this.#write();
    const hasBalance = this.#statements.some(({ end }) => end.opening !== null || end.closing !== null);
    if (this.#lines === 0 && !hasBalance) {
      throw new BankFileError('bank_file.empty', 'whole file', 'The file has neither a line nor a balance.');
    }
    return {
      statements: this.#statements,
      failed: this.#failed,
      failedCount: this.#failedCount,
      linesRead: this.#lines,
    };
  }

  #judge(checks: readonly TotalCheck[]): void {
    for (const check of checks) {
      if (isHeld(check)) continue;
      this.#failedCount += 1;
      if (this.#failed.length < FAILED_KEPT_MAX) this.#failed.push(check);
    }
  }

  #opened(): { readonly account: HouseAccount; readonly head: StatementHead } {
    if (this.#open === null) throw new Error('defect: a reader told a line outside of a statement');
    return this.#open;
  }

  async #notOurs({ account, place }: StatementHead): Promise<BankFileError> {
    const elsewhere = await accountElsewhere(this.#db, account.number, this.#file.legalEntityId);
    const problem = elsewhere
      ? `Account ${account.number} is one of another legal entity, not of ${this.#file.legalEntityId}.`
      : `${this.#file.legalEntityId} has no bank account ${account.number}; name it with POST /v1/house-bank-accounts, and send the file again.`;
    return new BankFileError(elsewhere ? 'bank_file.other_entity' : 'bank_file.unknown_account', place, problem);
  }

  async #write(): Promise<void> {
    stopIfCancelled();
    if (this.#batch.length === 0) return;
    const batch = JSON.stringify(this.#batch, (_key, value: unknown) =>
      typeof value === 'string' ? storable(value) : value,
    );
    this.#batch = [];
    await sql`insert into bank_line_staging (file_id, statement_position, position, body)
      select ${this.#file.id}, b."statementPosition", b.position, b.body
      from json_to_recordset(${batch}::json) as b("statementPosition" integer, position integer, body jsonb)`.execute(
      this.#db,
    );
  }
}

/** Postgres keeps neither NUL nor half a character. */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

async function accountElsewhere(db: Db, number: string, legalEntityId: string): Promise<boolean> {
  const { rows } = await sql<HouseAccount>`select id, legal_entity_id as "legalEntityId", number, currency
    from house_bank_account where number = upper(regexp_replace(${number}, '\\s', '', 'g')) and legal_entity_id <> ${legalEntityId} limit 1`.execute(
    db,
  );
  return rows.length > 0;
}

function requireCurrency(account: HouseAccount, currency: string | null, place: string): void {
  if (currency === null || currency === account.currency) return;
  const problem = `The currency is ${currency}, but account ${account.number} is kept in ${account.currency}.`;
  throw new BankFileError('bank_file.wrong_currency', place, problem);
}
