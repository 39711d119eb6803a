// GET /v1/items: the catalogue.

import { z } from 'zod';
import { listItems, type ItemRow } from '../../../database/queries/items.ts';
import { NUMBER_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId } from '../../schemas/common.ts';
import { itemSchema } from '../../schemas/master-data.ts';
import { showItem } from './present.ts';

export const listItemsRoute = defineRoute({
  method: 'get',
  path: '/v1/items',
  summary: 'Catalogue items',
  tag: 'Items',
  action: 'item.read',
  query: z.strictObject({ legalEntity: legalEntityId.optional(), number: businessNumber.optional(), ...pageQuery }),
  answers: { 200: pageOf(itemSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [NUMBER_FORM, NUMBER_FORM]);
    const filter = { scope, legalEntityId: query.legalEntity, number: query.number };
    const rows = await listItems(db, filter, { after, fetch });
    const keyOf = (row: ItemRow): string[] => [row.legalEntityId, row.number];
    return { status: 200, body: paged(rows, { fetch }, { show: showItem, keyOf }) };
  },
});
