// A group of customers that share a limit, as answers show it.

import { z } from 'zod';
import type { GroupRow } from '../../../database/queries/credit-groups.ts';
import { instant, legalEntityId, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

export const groupSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    number: z.string(),
    name: z.string(),
    creditLimit: money.nullable().meta({ description: 'Shared by its customers; `null`: no limit is kept.' }),
    limitUntil: z.string().nullable().meta({ description: 'Last day on which it is good; `null`: without an end.' }),
    isBlocked: z.boolean(),
    customers: z.array(z.string()).meta({ description: 'Numbers of its customers, the first five hundred.' }),
    customerCount: z.int(),
    createdAt: instant,
  })
  .meta({ id: 'CreditGroup' });

export function showGroup(row: GroupRow): z.infer<typeof groupSchema> {
  const { id, number, name, limitUntil, isBlocked, customerCount } = row;
  return {
    id,
    legalEntity: row.legalEntityId,
    number,
    name,
    creditLimit: row.limitMinor === null ? null : showMoney(row.limitMinor, row.currency),
    limitUntil,
    isBlocked,
    customers: [...row.customers],
    customerCount,
    createdAt: showInstant(row.createdAt),
  };
}
