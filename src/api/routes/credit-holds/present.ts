// A held order in the queue of its credit account, as answers show it.

import { z } from 'zod';
import type { HoldRow } from '../../../database/queries/credit-holds.ts';
import { instant, legalEntityId, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

export const holdSchema = z
  .strictObject({
    order: uuid,
    number: z.string().meta({ description: "The order's number." }),
    legalEntity: legalEntityId,
    customer: z.string().meta({ description: "The customer's number." }),
    group: z
      .string()
      .nullable()
      .meta({ description: 'The group whose limit it waits for; `null`: its customer’s own.' }),
    state: z
      .enum(['waiting', 'granted'])
      .meta({ description: '`granted`: room was found and is reserved; the order takes it in a moment.' }),
    position: z
      .int()
      .nullable()
      .meta({ description: 'First in first out; `null`: granted, or only a person may decide it.' }),
    amount: money,
    reasons: z.array(z.strictObject({ code: z.string(), text: z.string().nullable() })),
    ownerRole: z.string().nullable().meta({ description: 'Who is asked now.' }),
    tier: z.int().nullable().meta({ description: '0: its first owner; one more for each escalation.' }),
    holdUntil: instant.nullable().meta({ description: 'When it is rejected unless somebody decides before.' }),
    since: instant,
  })
  .meta({ id: 'CreditHold' });

export function showHold(row: HoldRow): z.infer<typeof holdSchema> {
  return {
    order: row.orderId,
    number: row.orderNumber,
    legalEntity: row.legalEntityId,
    customer: row.customerNumber,
    group: row.groupNumber,
    state: row.state,
    position: row.position,
    amount: showMoney(row.amountMinor, row.currency),
    reasons: row.reasons.map(({ code, text }) => ({ code, text: text ?? null })),
    ownerRole: row.ownerRole,
    tier: row.tier,
    holdUntil: showInstant(row.holdUntil),
    since: showInstant(row.since),
  };
}
