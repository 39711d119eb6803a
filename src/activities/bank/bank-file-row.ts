// A bank file as its activities need it, under its lock or not, and its bytes piece by piece.

import { sql } from 'kysely';
import type { BankFileFormat, TotalCheck } from '../../domain/bank-files/types.ts';
import type { Db, Tx } from '../../database/client.ts';

/** Why a file is refused. */
export interface FileProblem {
  /** `bank_file.totals` can be accepted by a person, all others cannot. */
  readonly code: string;
  readonly text: string;
  readonly place: string;
  /** Those that do not hold, some of them. */
  readonly checks: readonly TotalCheck[];
}

/** The only problem that a person may take on: everything was read, and the figures differ. */
export const TOTALS = 'bank_file.totals';

export interface BankFileRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly entityCurrency: string;
  readonly zone: string;
  readonly name: string;
  readonly format: BankFileFormat;
  readonly mappingName: string | null;
  readonly sha256: string;
  readonly state: 'received' | 'refused' | 'read' | 'done';
  readonly problem: FileProblem | null;
  readonly linesNew: number;
  readonly createdBy: string;
}

const FILE =
  sql.raw(`f.id, f.legal_entity_id as "legalEntityId", e.currency as "entityCurrency", e.zone, f.name, f.format,
  f.mapping_name as "mappingName", f.sha256, f.state, f.problem, f.lines_new as "linesNew", f.created_by as "createdBy"
  from bank_file f join legal_entity e on e.id = f.legal_entity_id`);

/** @throws when there is none: the database was restored to an older state */
export async function bankFile(db: Db, fileId: string): Promise<BankFileRow> {
  const { rows } = await sql<BankFileRow>`select ${FILE} where f.id = ${fileId}`.execute(db);
  return firstOf(rows, fileId);
}

/** Locks the file for the rest of the transaction, before any of its lines. */
export async function lockBankFile(tx: Tx, fileId: string): Promise<BankFileRow> {
  const { rows } = await sql<BankFileRow>`select ${FILE} where f.id = ${fileId} for no key update of f`.execute(tx);
  return firstOf(rows, fileId);
}

function firstOf(rows: readonly BankFileRow[], fileId: string): BankFileRow {
  const [row] = rows;
  if (row === undefined) throw new Error(`No bank file ${fileId}: restore the database or terminate this run.`);
  return row;
}

/** The file's bytes in the order they came, one piece in memory at a time. */
export async function* piecesOf(db: Db, fileId: string): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = 0; ; position += 1) {
    const { rows } = await sql<{ content: Buffer }>`select content from bank_file_chunk
      where file_id = ${fileId} and position = ${position}`.execute(db);
    const [piece] = rows;
    if (piece === undefined) return;
    yield piece.content;
  }
}
