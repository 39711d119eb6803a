// A catalogue item as answers show it, and the fingerprint of what was posted.

import type { z } from 'zod';
import type { ItemData, ItemRow } from '../../../database/queries/items.ts';
import { contentHash } from '../../content-hash.ts';
import { Problem } from '../../problem.ts';
import { showInstant } from '../../schemas/common.ts';
import type { itemSchema } from '../../schemas/master-data.ts';

export function showItem(row: ItemRow): z.infer<typeof itemSchema> {
  const { number, description, kind, unitPrice, taxCode } = row;
  return {
    legalEntity: row.legalEntityId,
    number,
    description,
    kind,
    unitPrice,
    taxCode,
    createdAt: showInstant(row.createdAt),
  };
}

export function itemHash({ description, kind, unitPrice, taxCode }: ItemData): string {
  return contentHash([description, kind, unitPrice, taxCode]);
}

export function itemLocation(item: { legalEntityId: string; number: string }): string {
  return `/v1/items/${item.legalEntityId}/${encodeURIComponent(item.number)}`;
}

/** The refusal of a tax code that the legal entity does not have. */
export function taxCodeUnknown(legalEntityId: string, code: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'tax_code_unknown',
    text: `${legalEntityId} has no tax code "${code}".`,
    hint: `See its codes with GET /v1/legal-entities/${legalEntityId}.`,
    details: { taxCode: code },
  });
}
