// A legal entity with a policy, a number series, tax codes and one customer, straight in the database.

import type { Db } from '../../src/database/client.ts';
import { POLICY_V1, type Policy } from '../../src/domain/policy.ts';

export interface Company {
  readonly legalEntityId: string;
  readonly customerId: string;
  readonly customerNumber: string;
}

/** Makes a German legal entity and its first customer, `C-1`. */
export async function makeCompany(
  db: Db,
  options: { legalEntityId?: string; policy?: Policy; limitMinor?: number | null } = {},
): Promise<Company> {
  const legalEntityId = options.legalEntityId ?? 'ACME-DE';
  await db
    .insertInto('legal_entity')
    .values({ id: legalEntityId, name: 'Acme GmbH', country: 'DE', zone: 'Europe/Berlin', currency: 'EUR' })
    .execute();
  await db
    .insertInto('policy')
    .values({
      legal_entity_id: legalEntityId,
      version: 1,
      body: JSON.stringify(options.policy ?? POLICY_V1),
      created_by: 'test',
    })
    .execute();
  await db
    .insertInto('number_series')
    .values({ legal_entity_id: legalEntityId, series: 'invoice', prefix: 'INV-' })
    .execute();
  await db
    .insertInto('tax_code')
    .values({ legal_entity_id: legalEntityId, code: 'S', rate_bp: 1900, description: 'Standard' })
    .execute();
  const customerNumber = 'C-1';
  const limit = options.limitMinor === undefined ? {} : { limitMinor: options.limitMinor };
  const customerId = await addCustomer(db, legalEntityId, { number: customerNumber, ...limit });
  return { legalEntityId, customerId, customerNumber };
}

/** Adds a customer with a credit account. @returns its ID */
export async function addCustomer(
  db: Db,
  legalEntityId: string,
  options: { number: string; limitMinor?: number | null },
): Promise<string> {
  const { id } = await db
    .insertInto('customer')
    .values({
      legal_entity_id: legalEntityId,
      number: options.number,
      name: `Customer ${options.number}`,
      email: 'customer@example.org',
      country: 'DE',
      zone: 'Europe/Berlin',
      language: 'en',
      terms_days: 30,
      content_hash: 'test',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('credit_account')
    .values({
      customer_id: id,
      legal_entity_id: legalEntityId,
      currency: 'EUR',
      limit_minor: options.limitMinor === undefined ? 100_000_000 : options.limitMinor,
    })
    .execute();
  return id;
}

/** Adds a group of customers that share a limit. @returns its ID */
export async function addGroup(
  db: Db,
  legalEntityId: string,
  options: { number: string; limitMinor: number | null; customerIds: readonly string[] },
): Promise<string> {
  const { id } = await db
    .insertInto('credit_group')
    .values({
      legal_entity_id: legalEntityId,
      number: options.number,
      name: `Group ${options.number}`,
      currency: 'EUR',
      limit_minor: options.limitMinor,
      created_by: 'test',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (options.customerIds.length === 0) return id;
  await db
    .updateTable('credit_account')
    .set({ group_id: id })
    .where('customer_id', 'in', options.customerIds)
    .execute();
  return id;
}
