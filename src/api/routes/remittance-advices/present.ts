// A remittance advice as answers show it.

import { z } from 'zod';
import type { AdviceRow } from '../../../database/queries/remittance-advices.ts';
import { ADVICE_PARKED_DAYS_MAX } from '../../../domain/advice-join.ts';
import { ADVICE_STATES } from '../../../domain/bank-line.ts';
import { instant, legalEntityId, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

export const adviceStates = Object.keys(ADVICE_STATES) as [AdviceRow['state'], ...AdviceRow['state'][]];

export const adviceSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    senderName: z.string().nullable(),
    senderAccount: z.string().nullable(),
    trace: z.string().nullable(),
    paidOn: z.string().nullable(),
    amount: money,
    lines: z.array(
      z.strictObject({
        reference: z.string(),
        paid: money.nullable(),
        reduced: money.nullable(),
        reasonCode: z.string().nullable(),
        isDiscount: z.boolean(),
      }),
    ),
    state: z.enum(adviceStates),
    isOverdue: z.boolean().meta({
      description: `Whether it has looked for its money for more than ${String(ADVICE_PARKED_DAYS_MAX)} days.`,
    }),
    line: uuid.nullable().meta({ description: 'The bank line that brought its money.' }),
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'RemittanceAdvice' });

const DAY_MS = 86_400_000;
export const ADVICE_PARKED_MS_MAX = ADVICE_PARKED_DAYS_MAX * DAY_MS;

export function showAdvice(row: AdviceRow, now: number): z.infer<typeof adviceSchema> {
  const { id, senderName, senderAccount, trace, paidOn, currency, state, createdBy } = row;
  const isLooking = state === 'parked' || state === 'open';
  return {
    ...{ id, senderName, senderAccount, trace, paidOn, state, createdBy },
    legalEntity: row.legalEntityId,
    amount: showMoney(row.amountMinor, currency),
    lines: row.lines.map(({ reference, paidMinor, reducedMinor, reasonCode, isDiscount }) => ({
      ...{ reference, reasonCode, isDiscount },
      paid: paidMinor === null ? null : showMoney(paidMinor, currency),
      reduced: reducedMinor === null ? null : showMoney(reducedMinor, currency),
    })),
    isOverdue: isLooking && row.createdAt < now - ADVICE_PARKED_MS_MAX,
    line: row.lineId,
    createdAt: showInstant(row.createdAt),
  };
}
