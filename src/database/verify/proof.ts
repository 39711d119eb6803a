// What a proof is: one claim about the books, checked by one statement, with the rows that break it.

import { sql, type RawBuilder } from 'kysely';
import type { Db, Tx } from '../client.ts';

/** Offenders that a report shows of one proof; it counts all of them. */
export const OFFENDERS_SHOWN_MAX = 20;

/** A row that breaks a claim: its ID as people know it, and what is wrong with the figures. */
export interface Offender {
  readonly id: string;
  readonly text: string;
}

export interface ProofResult {
  /** Stable `lower_snake` name. */
  readonly name: string;
  readonly claim: string;
  readonly ok: boolean;
  /** Rows looked at. */
  readonly looked: number;
  readonly failures: number;
  /** The first ones. */
  readonly offenders: readonly Offender[];
  /** What a person does about an offender. */
  readonly remedy: string;
}

/** A proof that SQL alone can give. */
export interface BooksProof {
  readonly name: string;
  readonly claim: string;
  readonly remedy: string;
  /** A query of one number: the rows looked at. */
  readonly looked: RawBuilder<unknown>;
  /** A query of (id text, text text), in the order in which offenders are shown. */
  readonly offenders: RawBuilder<unknown>;
}

/** A proof that is computed row by row. It reads page by page, so that large books fit. */
export interface WalkedProof {
  readonly name: string;
  readonly claim: string;
  readonly remedy: string;
  walk(tx: Tx): Promise<ProofResult>;
}

/** Runs the proof in one statement, and so on one state of the books. */
export async function prove(db: Db | Tx, proof: BooksProof): Promise<ProofResult> {
  const { rows } = await sql<{ looked: number; failures: number; offenders: Offender[] }>`
    with offender as materialized (${proof.offenders})
    select (${proof.looked})::bigint as looked, (select count(*) from offender) as failures,
      (select coalesce(json_agg(json_build_object('id', id, 'text', text)), '[]')
        from (select id, text from offender limit ${OFFENDERS_SHOWN_MAX}) shown) as offenders`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a select without a table gave no row');
  return resultOf(proof, row);
}

/** Puts what was found into a result; shows the first offenders only. */
export function resultOf(
  proof: { readonly name: string; readonly claim: string; readonly remedy: string },
  found: { looked: number; offenders: readonly Offender[]; failures?: number },
): ProofResult {
  const failures = found.failures ?? found.offenders.length;
  const { name, claim, remedy } = proof;
  const offenders = found.offenders.slice(0, OFFENDERS_SHOWN_MAX);
  return { name, claim, ok: failures === 0, looked: found.looked, failures, offenders, remedy };
}

/** For proofs of the ledger: nothing that the engine does can break them, so somebody changed rows by hand. */
export const BOOKS_WERE_CHANGED =
  'The engine cannot write this: rows were changed past it. Stop the worker, compare with a backup, and correct by a new posting.';
