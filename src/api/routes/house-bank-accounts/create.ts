// POST /v1/house-bank-accounts: names one of our own bank accounts, whose statements are taken from then on.

import { nameHouseAccount } from '../../../database/queries/house-bank-accounts.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { entityNamed } from '../find-entity.ts';
import { houseAccountSchema, newHouseAccount, showHouseAccount } from './schema.ts';

export const createHouseBankAccount = defineRoute({
  method: 'post',
  path: '/v1/house-bank-accounts',
  summary: 'Name one of our own bank accounts, so that its statements are taken; again: give it another name',
  tag: 'Bank statements',
  action: 'house_account.write',
  body: newHouseAccount,
  answers: { 200: houseAccountSchema, 201: houseAccountSchema },
  about: ({ db, body }) => entityNamed(db, body.legalEntity),
  async handle({ db, body, caller, requestId, now }, entity) {
    const { number, currency, name } = body;
    const account = { ...entity, number, currency, name, actor: caller.actor, requestId, now };
    const kept = await nameHouseAccount(db, account);
    if (kept !== null) return { status: kept.isNew ? 201 : 200, body: showHouseAccount(kept.row) };
    throw new Problem({
      kind: 'conflict',
      code: 'house_account_other_currency',
      text: `Account ${number} is kept in another currency than ${currency}.`,
      hint: 'An account keeps the currency it was named with; GET /v1/house-bank-accounts shows it.',
    });
  },
});
