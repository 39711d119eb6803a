// GET /v1/customers/{customerId}/bank-accounts: newest first.

import { z } from 'zod';
import { bankAccountsOf, type BankAccountRow } from '../../../database/queries/bank-accounts.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { bankAccountSchema, showBankAccount } from './bank-account-schema.ts';
import { customerParams, findCustomer } from './find-customer.ts';

export const listBankAccounts = defineRoute({
  method: 'get',
  path: '/v1/customers/{customerId}/bank-accounts',
  summary: "A customer's bank accounts for refunds, newest first",
  tag: 'Customers',
  action: 'bank_account.read',
  params: customerParams,
  query: z.strictObject(pageQuery),
  answers: { 200: pageOf(bankAccountSchema) },
  about: findCustomer,
  async handle({ db, query }, customer) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const rows = await bankAccountsOf(db, customer.id, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: BankAccountRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showBankAccount, keyOf }) };
  },
});
