// GET /v1/exchange-rates: the rates that were told, the latest first within a legal entity and currency.

import { z } from 'zod';
import { listRates, type RateRow } from '../../../database/queries/exchange-rates.ts';
import { NUMBER_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { currency, legalEntityId } from '../../schemas/common.ts';
import { rateSchema, showRate } from './present.ts';

const DATE_FORM = /^\d{4}-\d\d-\d\d$/;

export const listRatesRoute = defineRoute({
  method: 'get',
  path: '/v1/exchange-rates',
  summary: 'Exchange rates',
  tag: 'Exchange rates',
  action: 'exchange_rate.read',
  query: z.strictObject({ legalEntity: legalEntityId.optional(), currency: currency.optional(), ...pageQuery }),
  answers: { 200: pageOf(rateSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [NUMBER_FORM, NUMBER_FORM, DATE_FORM]);
    const filter = { scope, legalEntityId: query.legalEntity, currency: query.currency };
    const rows = await listRates(db, filter, { after, fetch });
    const keyOf = (row: RateRow): string[] => [row.legalEntityId, row.currency, row.on];
    return { status: 200, body: paged(rows, { fetch }, { show: showRate, keyOf }) };
  },
});
