// POST /v1/items: an item of the catalogue.

import { insertItem, itemByNumber, taxRate } from '../../../database/queries/items.ts';
import { entityCurrency } from '../../../database/queries/customers.ts';
import { formatMillionths } from '../../../domain/money.ts';
import { requireSameContent } from '../../content-hash.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { millionths } from '../../schemas/common.ts';
import { itemSchema, newItem } from '../../schemas/master-data.ts';
import { itemHash, itemLocation, showItem, taxCodeUnknown } from './present.ts';

export const createItem = defineRoute({
  method: 'post',
  path: '/v1/items',
  summary: 'Create a catalogue item',
  tag: 'Items',
  action: 'item.write',
  body: newItem,
  answers: { 200: itemSchema, 201: itemSchema },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle({ db, body, caller, requestId, now }) {
    const { legalEntity: legalEntityId, number, description, kind, taxCode } = body;
    if ((await entityCurrency(db, legalEntityId)) === null) throw notFound('legal entity');
    if ((await taxRate(db, { legalEntityId, code: taxCode })) === null) throw taxCodeUnknown(legalEntityId, taxCode);
    const data = { description, kind, taxCode, unitPrice: formatMillionths(millionths(body.unitPrice)) };
    const contentHash = itemHash(data);
    const isNew = await insertItem(
      db,
      { ...data, legalEntityId, number, contentHash },
      { actor: caller.actor, requestId, now },
    );
    const item = await itemByNumber(db, { legalEntityId, number });
    if (item === null) throw new Error('defect: an item that exists cannot be read');
    const location = itemLocation(item);
    if (!isNew) requireSameContent('item', { contentHash: item.contentHash, location }, contentHash);
    return { status: isNew ? 201 : 200, body: showItem(item), location };
  },
});
