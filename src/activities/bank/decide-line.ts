// Does what a person decided about a bank line: once under the request's key, under the line's lock, audited also when refused.

import { sql } from 'kysely';
import type { Refusal } from '../../domain/refusal.ts';
import { reasonsOf } from '../../domain/line-reasons.ts';
import type { Db } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { LineDecisionInput, LineDecisionReport } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { Refused, refusalFailure } from '../failures.ts';
import { bankLines, lockBankLine } from './bank-line-row.ts';
import { endExceptionsTask } from './finish-statement.ts';
import { carryOut } from './line-decisions.ts';
import { matchAgainstItems } from './match-context.ts';

interface Decided extends LineDecisionReport {
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

/**
 * The same key gives the stored answer again.
 * @throws ApplicationFailure with the refusal when a rule says no; the refusal is in the audit
 */
export async function decideLine({ db }: Dependencies, input: LineDecisionInput & { now: number }): Promise<Decided> {
  try {
    const decided = await decide(db, input);
    // What it could be now, for whoever decides it anew. Repeated with the activity, and harmless without.
    if (input.decision.kind === 'reopen') await answerAnew(db, input);
    return decided;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.refusal.code === 'item_changed') await answerAnew(db, input);
    await auditRefusal(db, input, error.refusal);
    throw refusalFailure(error.refusal);
  }
}

function decide(db: Db, input: LineDecisionInput & { now: number }): Promise<Decided> {
  return db.transaction().execute(async (tx) => {
    const line = await lockBankLine(tx, input.lineId);
    const known = await tx
      .selectFrom('request_effect')
      .select('result')
      .where('key', '=', input.requestKey)
      .executeTakeFirst();
    if (known !== undefined) return known.result as Decided;
    const result = await carryOut(tx, { line, asked: input, decision: input.decision });
    if (!result.ok) throw new Refused(result.refusal);
    await sql`update bank_line set decided_by = ${input.actor}, decided_at = ${new Date(input.now)} where id = ${line.id}`.execute(
      tx,
    );
    const { legalEntityId, fileId } = line;
    await endExceptionsTask(tx, fileId, { legalEntityId, doneBy: input.actor });
    const after = await lockBankLine(tx, line.id);
    const { state, paymentId } = after;
    const decided: Decided = { lineId: line.id, state, paymentId, orderIds: result.orderIds };
    await tx
      .insertInto('request_effect')
      .values({ key: input.requestKey, order_id: null, result: JSON.stringify(decided) })
      .execute();
    return decided;
  });
}

/** Asks the matcher again about a line that waits: items, payers or advice are not what they were. */
async function answerAnew(db: Db, { lineId, now }: { lineId: string; now: number }): Promise<void> {
  const [line] = await bankLines(db, sql`l.id = ${lineId} and l.state = 'open' and l.amount_minor > 0`);
  if (line === undefined) return;
  const matched = await matchAgainstItems(db, { legalEntityId: line.legalEntityId, lines: [line], now });
  const one = matched.get(line.id);
  if (one === undefined) return;
  const reasons = [...one.holds, ...reasonsOf(one.answer)];
  const kept = reasons.length > 0 ? reasons : [{ code: 'reopened', text: 'A person looks at it again.' }];
  await sql`update bank_line set answer = ${JSON.stringify(one.answer)}::jsonb, reasons = ${JSON.stringify(kept)}::jsonb
    where id = ${line.id} and state = 'open'`.execute(db);
}

async function auditRefusal(
  db: Db,
  { lineId, actor, requestId, decision, now }: LineDecisionInput & { now: number },
  refusal: Refusal,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const line = await lockBankLine(tx, lineId);
    await writeAudit(tx, {
      legalEntityId: line.legalEntityId,
      actor,
      action: 'bank_line_decision.refused',
      subject: line.id,
      // A refusal's text may name a payer: the audit keeps its code.
      because: `Refused: ${refusal.code}.`,
      details: { code: refusal.code, decision: decision.kind },
      businessAt: now,
      requestId,
    });
  });
}
