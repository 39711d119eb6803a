// GET /v1/clearing-accounts: what other doors told and the bank has not brought, by source, with its age.

import { z } from 'zod';
import { clearingAccounts, type ClearingAccount } from '../../../database/queries/clearing.ts';
import { legalEntityById } from '../../../database/queries/legal-entities.ts';
import { localDate } from '../../../domain/calendar.ts';
import { daysBetween } from '../../../domain/dates.ts';
import { defineRoute } from '../../route.ts';
import { isoDate, legalEntityId, money, showMoney } from '../../schemas/common.ts';

const accountSchema = z
  .strictObject({
    source: z.string().meta({ description: 'Who told it; `refund`: refunds on their way to the customer.' }),
    balance: money.meta({ description: 'Money on its way to our bank account; less than 0: on its way from it.' }),
    bookings: z.int().meta({ description: 'Payments, returns and refunds that wait for their bank line.' }),
    oldestOn: isoDate.nullable(),
    ageDays: z.int().nullable().meta({ description: 'Days since the oldest, at the legal entity.' }),
  })
  .meta({ id: 'ClearingAccount' });

export const listClearingAccounts = defineRoute({
  method: 'get',
  path: '/v1/clearing-accounts',
  summary: 'Balances of what other doors told and the bank has not brought yet',
  tag: 'Cash application',
  action: 'cash.read',
  query: z.strictObject({ legalEntity: legalEntityId }),
  answers: { 200: z.strictObject({ data: z.array(accountSchema) }) },
  async about({ db, query }) {
    const entity = await legalEntityById(db, query.legalEntity);
    return entity === null ? null : { legalEntityId: entity.id, zone: entity.zone };
  },
  async handle({ db, now }, { legalEntityId: id, zone }) {
    const today = localDate(zone, now);
    const accounts = await clearingAccounts(db, id);
    return { status: 200, body: { data: accounts.map((account) => showAccount(account, today)) } };
  },
});

function showAccount(
  { source, currency, balance, count, oldestOn }: ClearingAccount,
  today: string,
): z.infer<typeof accountSchema> {
  return {
    source,
    balance: showMoney(BigInt(balance), currency),
    bookings: count,
    oldestOn,
    ageDays: oldestOn === null ? null : daysBetween(oldestOn, today),
  };
}
