// GET /v1/items/{legalEntityId}/{number}

import { defineRoute } from '../../route.ts';
import { itemSchema } from '../../schemas/master-data.ts';
import { findItem, itemParams } from './find-item.ts';
import { showItem } from './present.ts';

export const getItem = defineRoute({
  method: 'get',
  path: '/v1/items/{legalEntityId}/{number}',
  summary: 'A catalogue item',
  tag: 'Items',
  action: 'item.read',
  params: itemParams,
  answers: { 200: itemSchema },
  about: findItem,
  handle: (_asked, item) => Promise.resolve({ status: 200, body: showItem(item) }),
});
