// A customer as answers show it, and the fingerprint of what was posted.

import type { z } from 'zod';
import type { CustomerData, CustomerRow } from '../../../database/queries/customers.ts';
import { contentHash } from '../../content-hash.ts';
import { showInstant, showMoney } from '../../schemas/common.ts';
import type { customerSchema } from '../../schemas/master-data.ts';

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
    creditLimit: row.limitMinor === null ? null : showMoney(row.limitMinor, row.currency),
    limitUntil: row.limitUntil,
    group: row.groupNumber,
    isBlocked,
    createdAt: showInstant(row.createdAt),
  };
}

/** Of the master data alone: the limit is compared for itself, since workflows change it. */
export function customerHash(data: CustomerData): string {
  const { name, email, address, country, zone, language, taxNumber, termsDays } = data;
  return contentHash([name, email, address, country, zone, language, taxNumber, termsDays]);
}
