// The bank line that a request is about.

import { z } from 'zod';
import { cashLineById, namesIn, type CashLineRow } from '../../../database/queries/cash-lines.ts';
import type { Db } from '../../../database/client.ts';
import { notFound } from '../../problem.ts';
import type { Asked, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { showBankLine, type bankLineSchema } from './present.ts';

export const lineParams = z.strictObject({ lineId: uuid });

/** The line of the address, if there is one. */
export async function findLine(
  asked: Asked<{ lineId: string }, unknown, unknown>,
): Promise<(CashLineRow & Subject) | null> {
  return cashLineById(asked.db, asked.params.lineId);
}

/** The line as it is now. @throws Problem 404 when there is none */
export async function shownLine(db: Db, lineId: string): Promise<z.infer<typeof bankLineSchema>> {
  const line = await cashLineById(db, lineId);
  if (line === null) throw notFound('bank line');
  return showBankLine(line, await namesIn(db, [line]));
}
