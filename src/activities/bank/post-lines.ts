// Acts on the answers of the next lines of a file, each in a transaction of its own, and tells which orders they concern.

import { activityInfo, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { sql } from 'kysely';
import type { LineReason } from '../../domain/bank-line.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Db, Tx } from '../../database/client.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { withHeartbeat } from '../mail/heartbeat.ts';
import { createPokeActivities, POKES_MAX } from '../poke-orders.ts';
import { lockBankLine, type BankLineRow } from './bank-line-row.ts';
import { isOutage } from './is-outage.ts';
import { openLine } from './open-line.ts';
import { ordersOfLines } from './orders-of-lines.ts';
import { postOtherDoor } from './other-doors.ts';
import { postLine } from './post-line.ts';
import { stopIfCancelled } from './stop-if-cancelled.ts';

/** Lines looked at in one activity: few enough that its answer and its history stay small. */
const LINES_AT_ONCE = 200;
/** Tries after which a line that fails for itself is left to a person, so that the others flow. */
const ATTEMPTS_MAX = 5;

export interface PostedLines {
  /** Orders to be told, at most `POKES_MAX`. */
  readonly orderIds: readonly string[];
  /** The last line of the file that has been looked at. */
  readonly throughPosition: number;
  readonly linesLeft: number;
}

interface Candidate {
  readonly id: string;
  readonly position: number;
  readonly state: string;
}

/** A repetition finds what is done, and tells its orders again: whoever was to tell them may have died. */
export async function postLines(
  deps: Dependencies,
  input: { fileId: string; afterPosition: number; now: number },
): Promise<PostedLines> {
  const { db } = deps;
  const { fileId, afterPosition } = input;
  const { rows: lines } = await sql<Candidate>`select id, position, state from bank_line
    where file_id = ${fileId} and position > ${afterPosition} order by position limit ${LINES_AT_ONCE}`.execute(db);
  return withHeartbeat(async () => {
    const done = lines.filter((line) => line.state !== 'stored').map((line) => line.id);
    const orders = new Set(await ordersOfLines(db, done));
    for (const line of lines) {
      stopIfCancelled();
      if (line.state !== 'stored') continue;
      for (const orderId of await actOrPark(db, line, input.now)) orders.add(orderId);
    }
    const throughPosition = lines.at(-1)?.position ?? afterPosition;
    const orderIds = [...orders];
    await tellBeyond(deps, { fileId, orderIds: orderIds.slice(POKES_MAX) });
    return {
      orderIds: orderIds.slice(0, POKES_MAX),
      throughPosition,
      linesLeft: lines.length < LINES_AT_ONCE ? 0 : await countProgress(db, fileId),
    };
  });
}

/** More orders than one answer may name, which takes lines that pay very many items: they are told here. */
async function tellBeyond(deps: Dependencies, told: { fileId: string; orderIds: readonly string[] }): Promise<void> {
  const poking = createPokeActivities(deps);
  for (let index = 0; index < told.orderIds.length; index += POKES_MAX) {
    const orderIds = told.orderIds.slice(index, index + POKES_MAX);
    await poking.pokeOrders({ orderIds, poke: { reason: 'bank file applied', subject: told.fileId } });
  }
}

/** Writes down how many lines have their answer. @returns how many have not */
async function countProgress(db: Db, fileId: string): Promise<number> {
  const { rows } = await sql<{ left: number }>`
    with waiting as (select count(*)::integer as count from bank_line where file_id = ${fileId} and state = 'stored')
    update bank_file set lines_done = lines_new - waiting.count, changed_at = clock_timestamp() from waiting
    where id = ${fileId} returning waiting.count as left`.execute(db);
  return rows[0]?.left ?? 0;
}

/** An outage is waited out; what fails for itself is tried again, and then left to a person. */
async function actOrPark(db: Db, { id }: Candidate, now: number): Promise<readonly string[]> {
  try {
    return await db.transaction().execute((tx) => act(tx, id, now));
  } catch (error) {
    const { attempt } = activityInfo();
    if (isOutage(error) || attempt < ATTEMPTS_MAX) throw error;
    log.error('a bank line cannot be posted and is left to a person', { lineId: id, attempt, failure: told(error) });
    const text = `It could not be posted in ${String(attempt)} attempts: ${wordsOf(error)}`;
    await db.transaction().execute(async (tx) => {
      const line = await lockBankLine(tx, id);
      if (line.state === 'stored') await openLine(tx, line, { reasons: [{ code: 'failed', text }], now });
    });
    return [];
  }
}

/** What the log may know of an error: not the rows and values that drivers add. */
function told(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : typeof error;
}

/** Words of our own are told; those of others may hold what stands in the rows. */
function wordsOf(error: unknown): string {
  if (error instanceof ApplicationFailure) return error.message;
  return `${error instanceof Error ? error.name : typeof error}; the log of the worker tells more.`;
}

/** @returns the orders to be told */
async function act(tx: Tx, lineId: string, now: number): Promise<readonly string[]> {
  const line = await lockBankLine(tx, lineId);
  if (line.state !== 'stored') return [];
  const { answer } = line;
  const actor = engineActor();
  if (answer === null || answer.kind === 'propose' || answer.kind === 'unidentified' || answer.kind === 'ask') {
    await openLine(tx, line, { reasons: whyOpen(line), now });
    return [];
  }
  if (answer.kind !== 'post') {
    const done = await postOtherDoor(tx, { line, door: answer, actor, now });
    return done.ok ? done.orderIds : refused(tx, line, { refusal: done.refusal, now });
  }
  if (line.reasons.length > 0) {
    await openLine(tx, line, { reasons: line.reasons, now });
    return [];
  }
  const { allocation, reasons } = answer.proposal;
  const because = reasons[0] ?? 'The matcher is sure.';
  const posted = await postLine(tx, { line, allocation, because, actor, now });
  return posted.ok ? posted.orderIds : refused(tx, line, { refusal: posted.refusal, now });
}

function whyOpen({ answer, reasons }: BankLineRow): readonly LineReason[] {
  if (answer !== null && reasons.length > 0) return reasons;
  return [{ code: 'no_answer', text: 'Nothing is known that explains it.' }];
}

/** What the answer was made of has changed meanwhile. */
async function refused(tx: Tx, line: BankLineRow, why: { refusal: Refusal; now: number }): Promise<readonly string[]> {
  const { code, text } = why.refusal;
  await openLine(tx, line, { reasons: [{ code, text }], now: why.now });
  return [];
}
