// POST /v1/customers/{customerId}/bank-accounts: where refunds go from now on; the account before is good no more.

import { z } from 'zod';
import { storeBankAccount } from '../../../database/queries/bank-accounts.ts';
import { parseIban } from '../../../domain/iban.ts';
import { defineRoute } from '../../route.ts';
import { text } from '../../schemas/common.ts';
import { bankAccountSchema, showBankAccount } from './bank-account-schema.ts';
import { customerParams, findCustomer } from './find-customer.ts';

const newAccount = z
  .strictObject({
    iban: z
      .string()
      .transform((value, context) => {
        const iban = parseIban(value);
        if (iban !== null) return iban;
        context.addIssue({ code: 'custom', message: 'an IBAN with right check digits is expected' });
        return z.NEVER;
      })
      .meta({ examples: ['DE89 3704 0044 0532 0130 00'] }),
    bic: z
      .string()
      .regex(/^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/, 'a BIC of 8 or 11 characters is expected')
      .optional(),
    holder: text,
  })
  .meta({ id: 'NewBankAccount' });

export const setBankAccount = defineRoute({
  method: 'post',
  path: '/v1/customers/{customerId}/bank-accounts',
  summary: 'Set the bank account to which a customer is refunded; it ends the one before',
  tag: 'Customers',
  action: 'bank_account.write',
  params: customerParams,
  body: newAccount,
  answers: { 200: bankAccountSchema, 201: bankAccountSchema },
  about: findCustomer,
  async handle({ db, body, caller, requestId, now }, customer) {
    const { row, isNew } = await storeBankAccount(
      db,
      {
        legalEntityId: customer.legalEntityId,
        customerId: customer.id,
        iban: body.iban,
        bic: body.bic ?? null,
        holder: body.holder,
      },
      { actor: caller.actor, requestId, now },
    );
    return { status: isNew ? 201 : 200, body: showBankAccount(row) };
  },
});
