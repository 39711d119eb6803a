// GET /v1/house-bank-accounts: our own bank accounts.

import { z } from 'zod';
import { listHouseBankAccounts, type HouseBankAccountRow } from '../../../database/queries/house-bank-accounts.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import { houseAccountSchema, showHouseAccount } from './schema.ts';

export const listHouseBankAccountsRoute = defineRoute({
  method: 'get',
  path: '/v1/house-bank-accounts',
  summary: 'Our own bank accounts, in the order they were named',
  tag: 'Bank statements',
  action: 'statement.read',
  query: z.strictObject({ legalEntity: legalEntityId.optional(), ...pageQuery }),
  answers: { 200: pageOf(houseAccountSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const filter = { scope, legalEntityId: query.legalEntity };
    const rows = await listHouseBankAccounts(db, filter, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: HouseBankAccountRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showHouseAccount, keyOf }) };
  },
});
