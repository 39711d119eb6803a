// A customer as answers show it, and the fingerprint of what was posted.

import type { z } from 'zod';
import type { CustomerData, CustomerRow } from '../../../database/queries/customers.ts';
import type { DiscountTerm } from '../../../domain/discount-terms.ts';
import { contentHash } from '../../content-hash.ts';
import { showInstant, showMoney } from '../../schemas/common.ts';
import { readRate, showRate, type customerSchema } from '../../schemas/master-data.ts';

export function showCustomer(row: CustomerRow): z.infer<typeof customerSchema> {
  const { id, number, name, email, country, zone, language, taxNumber, termsDays, isBlocked } = row;
  return {
    id,
    legalEntity: row.legalEntityId,
    number,
    name,
    email,
    address: [...row.address],
    country,
    zone,
    language,
    taxNumber,
    termsDays,
    earlyPaymentDiscount: row.discountTerms.map(({ days, percentBp }) => ({ days, percent: showRate(percentBp) })),
    parent: row.parentNumber,
    creditLimit: row.limitMinor === null ? null : showMoney(row.limitMinor, row.currency),
    limitUntil: row.limitUntil,
    group: row.groupNumber,
    isBlocked,
    createdAt: showInstant(row.createdAt),
  };
}

/** Tiers as they are posted, in the database's units. */
export function readDiscount(tiers: readonly { days: number; percent: string }[]): DiscountTerm[] {
  return tiers.map(({ days, percent }) => ({ days, percentBp: readRate(percent) }));
}

/**
 * Of the master data alone: the limit is compared for itself, since workflows change it. What 0.2.0 did not know counts where it is
 * set, so that what was stored before has the hash it had.
 */
export function customerHash(data: CustomerData): string {
  const { name, email, address, country, zone, language, taxNumber, termsDays, discountTerms, parentNumber } = data;
  return contentHash([
    ...[name, email, address, country, zone, language, taxNumber, termsDays],
    ...(discountTerms.length === 0 ? [] : [{ discountTerms }]),
    ...(parentNumber === null ? [] : [{ parentNumber }]),
  ]);
}
