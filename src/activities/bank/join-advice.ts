// Looks for the money of a remittance advice, or joins it to the line that a person chose; what waited for it is matched again.

import { sql } from 'kysely';
import { joinAdvices, type Joining } from '../../domain/advice-join.ts';
import { reasonsOf } from '../../domain/line-reasons.ts';
import { refuse, type Refusal, type Result } from '../../domain/refusal.ts';
import type { Db, Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { payersOf } from '../../database/queries/match-ground.ts';
import type { AdviceInput, AdviceReport } from '../../workflows/messages.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { Refused, refusalFailure } from '../failures.ts';
import { bankLines, lockBankLine, type BankLineRow } from './bank-line-row.ts';
import { endExceptionsTask } from './finish-statement.ts';
import { knownPayers, moneyOf, parkedAdvices, seekingAdvice, writeJoining } from './joined-advice.ts';
import { matchAgainstItems } from './match-context.ts';
import { openLine } from './open-line.ts';
import { ordersOfLines } from './orders-of-lines.ts';
import { postLine } from './post-line.ts';

/** Lines of the same amount that are held against one advice, the oldest first. */
const CANDIDATES_MAX = 200;

type Joined = AdviceReport & { readonly orderIds: readonly string[] };
type Asked = AdviceInput & { now: number };

/**
 * Joins once: an advice that is joined already answers the same again.
 * @throws ApplicationFailure with the refusal when a person chose a line that cannot be the advice's
 */
export async function joinAdvice({ db }: Dependencies, input: Asked): Promise<Joined> {
  if (input.chosen !== undefined) return joinChosen(db, { ...input, chosen: input.chosen });
  const advice = await adviceById(db, input.adviceId);
  if (advice.state === 'parked') {
    const joining = await lookForMoney(db, advice);
    await db.transaction().execute(async (tx) => {
      // Lines are locked before advice, and by ID, wherever they are joined.
      await writeJoining(tx, { joining, actor: engineActor(), now: input.now });
      for (const { moneyId } of joining.joined) await matchAgain(tx, moneyId, input.now);
      await sql`update remittance_advice set sought_at = ${new Date(input.now)} where id = ${advice.id}`.execute(tx);
    });
  }
  return report(db, input.adviceId);
}

interface AdviceRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly state: string;
  readonly lineId: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly trace: string | null;
}

async function adviceById(db: Db | Tx, id: string): Promise<AdviceRow> {
  const { rows } = await sql<AdviceRow>`select id, legal_entity_id as "legalEntityId", state, line_id as "lineId",
    amount_minor as "amountMinor", currency, trace from remittance_advice where id = ${id}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no remittance advice ${id}`);
  return row;
}

/** Where the money waits; else where it was applied already, which the advice then only documents. */
async function lookForMoney(db: Db, advice: AdviceRow): Promise<Joining> {
  const waiting = await joiningAmong(db, { advice, states: ['stored', 'open'] });
  if (waiting.joined.length > 0 || waiting.tied.length > 0) return waiting;
  const { joined } = await joiningAmong(db, { advice, states: ['applied'] });
  return { joined, tied: [] };
}

async function joiningAmong(
  db: Db,
  { advice, states }: { advice: AdviceRow; states: readonly string[] },
): Promise<Joining> {
  const { legalEntityId, amountMinor, trace } = advice;
  const lines = await bankLines(
    db,
    sql`l.id in (select id from bank_line n where n.legal_entity_id = ${legalEntityId} and n.state = any(${states}::text[])
      and n.amount_minor > 0 and (n.amount_minor = ${amountMinor} and n.currency = ${advice.currency}
        or ${trace}::text in (n.trace, n.end_to_end_id, n.bank_reference))
      and not exists (select from remittance_advice o where o.line_id = n.id)
      order by n.booked_on, n.id limit ${CANDIDATES_MAX})`,
  );
  if (lines.length === 0) return { joined: [], tied: [] };
  const known = knownPayers(await payersOf(db, legalEntityId));
  const parked = await parkedAdvices(db, { legalEntityId, lines });
  const joining = joinAdvices(
    parked.map((row) => seekingAdvice(row, known)),
    lines.map((line) => moneyOf(line, known)),
  );
  return {
    joined: joining.joined.filter(({ adviceId }) => adviceId === advice.id),
    tied: joining.tied.filter(({ adviceId }) => adviceId === advice.id),
  };
}

/** A line that waits is matched with its advice, and posted if the matcher is sure now. */
async function matchAgain(tx: Tx, lineId: string, now: number): Promise<void> {
  const line = await lockBankLine(tx, lineId);
  if (!isWaiting(line)) return;
  const { legalEntityId, fileId } = line;
  const matched = (await matchAgainstItems(tx, { legalEntityId, lines: [line], now })).get(line.id);
  if (matched === undefined) throw new Error('defect: a line was not matched');
  const { answer, holds } = matched;
  const reasons = [...holds, ...reasonsOf(answer)];
  await sql`update bank_line set answer = ${JSON.stringify(answer)}::jsonb, reasons = ${JSON.stringify(reasons)}::jsonb
    where id = ${line.id}`.execute(tx);
  if (answer.kind !== 'post' || holds.length > 0) return;
  const { allocation } = answer.proposal;
  const because = answer.proposal.reasons[0] ?? 'Its remittance advice came.';
  const posted = await postLine(tx, { line, allocation, because, actor: engineActor(), now });
  if (posted.ok) await endExceptionsTask(tx, fileId, { legalEntityId, doneBy: engineActor() });
  else await openLine(tx, line, { reasons: [{ code: posted.refusal.code, text: posted.refusal.text }], now });
}

/** Open, or answered by the matcher and about to be acted upon. Without an answer its file's run finds the advice by itself. */
function isWaiting({ state, answer }: BankLineRow): boolean {
  if (state === 'open') return true;
  return state === 'stored' && answer !== null && ['post', 'propose', 'unidentified'].includes(answer.kind);
}

async function joinChosen(db: Db, asked: Asked & { chosen: NonNullable<AdviceInput['chosen']> }): Promise<Joined> {
  const { adviceId, chosen, now } = asked;
  try {
    await db.transaction().execute(async (tx) => {
      const line = await lockBankLine(tx, chosen.lineId);
      await sql`select 1 from remittance_advice where id = ${adviceId} for update`.execute(tx);
      const advice = await adviceById(tx, adviceId);
      if (advice.state === 'joined' && advice.lineId === line.id) return;
      const may = await mayJoin(tx, advice, line);
      if (!may.ok) throw new Refused(may.refusal);
      const joining = { joined: [{ adviceId, moneyId: line.id }], tied: [] };
      await writeJoining(tx, { joining, actor: chosen.actor, requestId: chosen.requestId, now });
      await matchAgain(tx, line.id, now);
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await auditRefusal(db, asked, error.refusal);
    throw refusalFailure(error.refusal);
  }
  return report(db, adviceId);
}

async function mayJoin(tx: Tx, advice: AdviceRow, line: BankLineRow): Promise<Result<object>> {
  if (advice.state !== 'parked' && advice.state !== 'open') {
    return refuse({
      kind: 'conflict',
      code: 'advice_decided',
      text: `The advice is ${advice.state} already.`,
      hint: 'Only an advice that looks for its money is joined.',
    });
  }
  const { rows } = await sql`select from remittance_advice where line_id = ${line.id}`.execute(tx);
  const isSame =
    line.legalEntityId === advice.legalEntityId && line.currency === advice.currency && line.amountMinor > 0;
  if (isSame && rows.length === 0 && (line.state === 'open' || line.state === 'stored')) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'line_not_for_advice',
    text: `The line is ${line.state}, or not money in ${advice.currency} at the advice's legal entity, or another advice belongs to it.`,
    hint: 'Name a line of GET /v1/worklists/cash.',
  });
}

async function auditRefusal(db: Db, asked: Asked, refusal: Refusal): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { id, legalEntityId } = await adviceById(tx, asked.adviceId);
    await writeAudit(tx, {
      legalEntityId,
      actor: asked.chosen?.actor ?? engineActor(),
      action: 'remittance_advice.refused',
      subject: id,
      because: refusal.text,
      details: { code: refusal.code },
      businessAt: asked.now,
      requestId: asked.chosen?.requestId ?? null,
    });
  });
}

/** As rows have it, so that a repetition tells the same orders. */
async function report(db: Db, adviceId: string): Promise<Joined> {
  const { state, lineId } = await adviceById(db, adviceId);
  const orderIds = lineId === null ? [] : await ordersOfLines(db, [lineId]);
  return { adviceId, state, lineId, orderIds };
}
