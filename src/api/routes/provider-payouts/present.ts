// A provider's payout as answers show it.

import { z } from 'zod';
import type { PayoutRow } from '../../../database/queries/payouts.ts';
import type { PayoutLine } from '../../../domain/payout.ts';
import { instant, isoDate, legalEntityId, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

const lineSchema = z.strictObject({ sourceId: z.string(), amount: money });

export const payoutSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    source: z.string(),
    payoutId: z.string(),
    paidOn: isoDate,
    net: money.meta({ description: 'What reaches the bank.' }),
    fee: money,
    payments: z.array(lineSchema),
    chargebacks: z.array(lineSchema),
    state: z.enum(['expected', 'cleared']),
    bankLine: uuid.nullable().meta({ description: 'The bank line that brought it.' }),
    createdAt: instant,
  })
  .meta({ id: 'ProviderPayout' });

export function showPayout(row: PayoutRow): z.infer<typeof payoutSchema> {
  const { id, source, payoutId, paidOn, currency, state } = row;
  const show = (kind: PayoutLine['kind']): z.infer<typeof lineSchema>[] =>
    row.lines
      .filter((line) => line.kind === kind)
      .map(({ sourceId, amountMinor }) => ({ sourceId, amount: showMoney(amountMinor, currency) }));
  return {
    id,
    legalEntity: row.legalEntityId,
    source,
    payoutId,
    paidOn,
    net: showMoney(row.netMinor, currency),
    fee: showMoney(row.feeMinor, currency),
    payments: show('payment'),
    chargebacks: show('chargeback'),
    state,
    bankLine: row.lineId,
    createdAt: showInstant(row.createdAt),
  };
}
