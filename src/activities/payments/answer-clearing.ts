// How a person's request to settle an item with a credit, or to take that back, is answered: once under its key, audited also when refused.

import { writeAudit } from '../../database/queries/audit.ts';
import type { ClearingInput, ClearingReport } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { Refused, refusalFailure } from '../failures.ts';
import { clearCredit, type ClearedCredit } from './clear-credit.ts';
import { undoClearing } from './undo-clearing.ts';

export interface AnsweredClearing extends ClearingReport {
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

/** @throws ApplicationFailure with the refusal when a rule says no */
export async function answerClearing(
  { db }: Dependencies,
  input: ClearingInput & { now: number },
): Promise<AnsweredClearing> {
  const { legalEntityId, creditItemId, debitItemId, amountMinor, now } = input;
  try {
    return await db.transaction().execute(async (tx) => {
      const known = await tx
        .selectFrom('request_effect')
        .select('result')
        .where('key', '=', input.requestKey)
        .executeTakeFirst();
      if (known !== undefined) return reportOf(known.result as ClearedCredit);
      const asked = { legalEntityId, creditItemId, debitItemId, amountMinor, request: input, now };
      const cleared = await (input.isUndo === true ? undoClearing(tx, asked) : clearCredit(tx, asked));
      if (!cleared.ok) throw new Refused(cleared.refusal);
      const effect = { key: input.requestKey, order_id: cleared.orderIds[0] ?? null, result: JSON.stringify(cleared) };
      await tx.insertInto('request_effect').values(effect).execute();
      return reportOf(cleared);
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { refusal } = error;
    await db.transaction().execute((tx) =>
      writeAudit(tx, {
        ...{
          legalEntityId,
          actor: input.actor,
          action: `credit.clearing_${input.isUndo === true ? 'undo_' : ''}refused`,
          subject: creditItemId,
        },
        because: refusal.text,
        details: { code: refusal.code, debitItemId },
        businessAt: now,
        requestId: input.requestId,
      }),
    );
    throw refusalFailure(refusal);
  }
}

function reportOf({ amountMinor, orderIds }: ClearedCredit): AnsweredClearing {
  return { amountMinor, orderIds };
}
