// PATCH /v1/items/{legalEntityId}/{number}: changes the catalogue; orders keep what they came with.

import { changeItem, taxRate, type ItemData } from '../../../database/queries/items.ts';
import { formatMillionths } from '../../../domain/money.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { millionths } from '../../schemas/common.ts';
import { itemChange, itemSchema } from '../../schemas/master-data.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { findItem, itemParams } from './find-item.ts';
import { itemHash, showItem, taxCodeUnknown } from './present.ts';

export const changeItemRoute = defineRoute({
  method: 'patch',
  path: '/v1/items/{legalEntityId}/{number}',
  summary: 'Change a catalogue item',
  tag: 'Items',
  action: 'item.write',
  params: itemParams,
  body: itemChange,
  answers: { 200: itemSchema },
  about: findItem,
  async handle({ db, body, caller, requestId, now }, { legalEntityId, number }) {
    const { taxCode } = body;
    if (taxCode !== undefined && (await taxRate(db, { legalEntityId, code: taxCode })) === null) {
      throw taxCodeUnknown(legalEntityId, taxCode);
    }
    const unitPrice = body.unitPrice === undefined ? undefined : formatMillionths(millionths(body.unitPrice));
    const data = withoutUndefined<ItemData>({ ...body, unitPrice });
    const by = { actor: caller.actor, requestId, now };
    const changed = await changeItem(db, { legalEntityId, number, data, hashOf: itemHash }, by);
    if (changed === null) throw notFound('item');
    return { status: 200, body: showItem(changed) };
  },
});
