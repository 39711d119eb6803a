// POST /v1/exchange-rates: what one unit of a foreign currency is worth in a legal entity's own on a day.

import { z } from 'zod';
import { entityCurrency } from '../../../database/queries/customers.ts';
import { insertRate, rateByKey } from '../../../database/queries/exchange-rates.ts';
import { notFound, Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { currency, exchangeRate, isoDate, legalEntityId, shortText } from '../../schemas/common.ts';
import { rateSchema, showRate } from './present.ts';

/** A rate of tomorrow is told today where the day has begun elsewhere. */
const AHEAD_MS = 86_400_000;

const newRate = z
  .strictObject({
    legalEntity: legalEntityId,
    currency,
    on: isoDate.meta({ description: 'The day from which it counts.' }),
    rate: exchangeRate,
    source: shortText.optional().meta({ description: 'Who told it, such as ECB; `manual` when not given.' }),
  })
  .meta({ id: 'NewExchangeRate' });

export const createRate = defineRoute({
  method: 'post',
  path: '/v1/exchange-rates',
  summary: 'Tell an exchange rate; it stays as it was told',
  tag: 'Exchange rates',
  action: 'exchange_rate.write',
  body: newRate,
  answers: { 200: rateSchema, 201: rateSchema },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle({ db, body, caller, requestId, now }) {
    const key = { legalEntityId: body.legalEntity, currency: body.currency, on: body.on };
    const base = await entityCurrency(db, key.legalEntityId);
    if (base === null) throw notFound('legal entity');
    if (base === key.currency) throw rateOfBase(key.legalEntityId, base);
    requirePast(key.on, now);
    const told = { ...key, rate: body.rate, source: body.source ?? 'manual' };
    const isNew = await insertRate(db, told, { actor: caller.actor, requestId, now });
    const stored = await rateByKey(db, key);
    if (stored === null) throw new Error('defect: a rate that exists cannot be read');
    if (stored.rate !== body.rate) throw rateTold(stored);
    return { status: isNew ? 201 : 200, body: showRate(stored) };
  },
});

function rateOfBase(legalEntity: string, base: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'exchange_rate_of_base',
    text: `${legalEntity} keeps its books in ${base}, which needs no rate.`,
    hint: 'Send rates of other currencies.',
  });
}

function requirePast(on: string, now: number): void {
  if (on <= new Date(now + AHEAD_MS).toISOString().slice(0, 10)) return;
  throw new Problem({
    kind: 'unprocessable',
    code: 'date_out_of_range',
    text: `A rate of ${on} is not known yet.`,
    hint: 'Send rates of today and before.',
  });
}

function rateTold(stored: { currency: string; on: string; rate: string; source: string }): Problem {
  return new Problem({
    kind: 'conflict',
    code: 'exchange_rate_exists',
    text: `${stored.currency} has the rate ${stored.rate} on ${stored.on} already, told by ${stored.source}; postings may rest on it.`,
    hint: 'A rate is never changed. Send the better one for a later day, or give the order its own with exchangeRate.',
    details: { rate: stored.rate, source: stored.source },
  });
}
