// How a request about a case that no order waits for is answered: once under its key, in one transaction, audited also when refused.

import type { Refusal, Result } from '../../domain/refusal.ts';
import type { Db, Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { Request } from '../../workflows/messages.ts';
import { Refused, refusalFailure } from '../failures.ts';

export interface CaseRequestInput<Asked extends Request> {
  readonly request: Asked;
  /** Business time, epoch milliseconds. */
  readonly now: number;
  readonly legalEntityId: string;
  /** What the request is about: an approval, payment, item, customer or group. */
  readonly subject: string;
}

/**
 * Runs a request; the same key gives the stored answer again. The effect takes its locks itself.
 * @throws ApplicationFailure with the refusal when a rule says no; the refusal is in the audit
 */
export async function answerCase<Asked extends Request, Answer>(
  db: Db,
  input: CaseRequestInput<Asked>,
  effect: (tx: Tx) => Promise<Result<{ answer: Answer }>>,
): Promise<Answer> {
  const { request } = input;
  try {
    return await db.transaction().execute(async (tx) => {
      const known = await tx
        .selectFrom('request_effect')
        .select('result')
        .where('key', '=', request.requestKey)
        .executeTakeFirst();
      if (known !== undefined) return known.result as Answer;
      const result = await effect(tx);
      if (!result.ok) throw new Refused(result.refusal);
      // Whoever comes second under the same key fails here, is tried again, and finds the answer.
      await tx
        .insertInto('request_effect')
        .values({ key: request.requestKey, result: JSON.stringify(result.answer) })
        .execute();
      return result.answer;
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await auditRefusal(db, input, error.refusal);
    throw refusalFailure(error.refusal);
  }
}

async function auditRefusal(db: Db, input: CaseRequestInput<Request>, refusal: Refusal): Promise<void> {
  const { request, legalEntityId, subject, now } = input;
  await db.transaction().execute((tx) =>
    writeAudit(tx, {
      legalEntityId,
      actor: request.actor,
      action: 'approval.refused',
      subject,
      because: refusal.text,
      details: { code: refusal.code },
      businessAt: now,
      requestId: request.requestId,
    }),
  );
}
