// Customers with their credit accounts.

import { sql, type RawBuilder } from 'kysely';
import type { DiscountTerm } from '../../domain/discount-terms.ts';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';
import { allOf, inScope, type Scope } from './scope.ts';

/** What the door may write of a customer; the rest is moved by workflows. */
export interface CustomerData {
  readonly name: string;
  readonly email: string | null;
  readonly address: readonly string[];
  readonly country: string;
  readonly zone: string;
  readonly language: string;
  readonly taxNumber: string | null;
  readonly termsDays: number;
  readonly discountTerms: readonly DiscountTerm[];
  /** The number of the customer that may pay for this one. */
  readonly parentNumber: string | null;
}

export interface CustomerRow extends CustomerData {
  readonly id: string;
  readonly legalEntityId: string;
  readonly number: string;
  readonly contentHash: string;
  readonly currency: string;
  readonly limitMinor: number | null;
  readonly limitUntil: string | null;
  readonly groupNumber: string | null;
  readonly isBlocked: boolean;
  readonly createdAt: number;
}

const COLUMNS =
  sql.raw(`c.id, c.legal_entity_id as "legalEntityId", c.number, c.name, c.email, c.address, c.country, c.zone, c.language,
  c.tax_number as "taxNumber", c.terms_days as "termsDays", c.discount_terms as "discountTerms",
  (select p.number from customer p where p.id = c.parent_id) as "parentNumber", c.content_hash as "contentHash", a.currency, a.limit_minor as "limitMinor",
  a.limit_until as "limitUntil", (select g.number from credit_group g where g.id = a.group_id) as "groupNumber",
  a.is_blocked as "isBlocked", c.created_at as "createdAt"`);

/** The customer with this ID, whatever its legal entity: the caller authorises. */
export async function customerById(db: Db | Tx, id: string): Promise<CustomerRow | null> {
  const { rows } =
    await sql<CustomerRow>`select ${COLUMNS} from customer c join credit_account a on a.customer_id = c.id
    where c.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** A page in the order of legal entities and numbers. */
export async function listCustomers(
  db: Db,
  filter: { scope: Scope; legalEntityId?: string | undefined; number?: string | undefined },
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<CustomerRow[]> {
  const where = allOf([
    inScope(filter.scope, 'c.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`c.legal_entity_id = ${filter.legalEntityId}`,
    filter.number === undefined ? null : sql`c.number = ${filter.number}`,
    page.after === null ? null : sql`(c.legal_entity_id, c.number) > (${page.after[0]}, ${page.after[1]})`,
  ]);
  const { rows } =
    await sql<CustomerRow>`select ${COLUMNS} from customer c join credit_account a on a.customer_id = c.id
    where ${where} order by c.legal_entity_id, c.number limit ${page.fetch}`.execute(db);
  return rows;
}

/** The currency in which a legal entity keeps its books; null when there is no such entity. */
export async function entityCurrency(db: Db, legalEntityId: string): Promise<string | null> {
  const row = await db.selectFrom('legal_entity').where('id', '=', legalEntityId).select('currency').executeTakeFirst();
  return row?.currency ?? null;
}

interface By {
  readonly actor: string;
  readonly requestId: string;
  readonly now: number;
}

/**
 * Writes a customer and its credit account. A new customer has no exposure, so its first limit cannot race with anything.
 *
 * @returns its ID, or null when the number is taken
 */
export async function insertCustomer(
  db: Db,
  customer: CustomerData & { legalEntityId: string; number: string; contentHash: string } & {
    currency: string;
    limitMinor: number | null;
  },
  by: By,
): Promise<string | null> {
  return db.transaction().execute(async (tx) => {
    const made = await tx
      .insertInto('customer')
      .values({
        legal_entity_id: customer.legalEntityId,
        number: customer.number,
        content_hash: customer.contentHash,
        created_by: by.actor,
        parent_id: parentOf(customer),
        ...columnsOf(customer),
      })
      .onConflict((conflict) => conflict.columns(['legal_entity_id', 'number']).doNothing())
      .returning('id')
      .executeTakeFirst();
    if (made === undefined) return null;
    const { legalEntityId, currency, limitMinor } = customer;
    await tx
      .insertInto('credit_account')
      .values({ customer_id: made.id, legal_entity_id: legalEntityId, currency, limit_minor: limitMinor })
      .execute();
    await writeAudit(tx, {
      legalEntityId,
      actor: by.actor,
      action: 'customer.created',
      subject: made.id,
      details: { limitMinor, currency },
      businessAt: by.now,
      requestId: by.requestId,
    });
    return made.id;
  });
}

/** Changes a customer under its lock. The audit names the fields that changed, not their values: those are personal. */
export async function changeCustomer(
  db: Db,
  change: { id: string; data: Partial<CustomerData>; hashOf: (data: CustomerData) => string },
  by: By,
): Promise<CustomerRow | null> {
  return db.transaction().execute(async (tx) => {
    await sql`select 1 from customer where id = ${change.id} for no key update`.execute(tx);
    const before = await customerById(tx, change.id);
    if (before === null) return null;
    const after: CustomerRow = { ...before, ...change.data };
    const changed = CUSTOMER_FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
    if (changed.length === 0) return before;
    const contentHash = change.hashOf(after);
    await tx
      .updateTable('customer')
      .set({ ...columnsOf(after), parent_id: parentOf(after), content_hash: contentHash })
      .where('id', '=', change.id)
      .execute();
    await writeAudit(tx, {
      legalEntityId: before.legalEntityId,
      actor: by.actor,
      action: 'customer.changed',
      subject: change.id,
      details: { fields: changed },
      businessAt: by.now,
      requestId: by.requestId,
    });
    return { ...after, contentHash };
  });
}

const CUSTOMER_FIELDS = [
  'name',
  'email',
  'address',
  'country',
  'zone',
  'language',
  'taxNumber',
  'termsDays',
  'discountTerms',
  'parentNumber',
] as const satisfies readonly (keyof CustomerData)[];

function columnsOf(data: CustomerData): {
  name: string;
  email: string | null;
  address: string[];
  country: string;
  zone: string;
  language: string;
  tax_number: string | null;
  terms_days: number;
  discount_terms: string;
} {
  const { name, email, address, country, zone, language, taxNumber, termsDays } = data;
  return {
    ...{ name, email, address: [...address], country, zone, language, tax_number: taxNumber, terms_days: termsDays },
    discount_terms: JSON.stringify(data.discountTerms),
  };
}

/** The parent's ID, by its number in the same legal entity. */
function parentOf(customer: { legalEntityId: string; parentNumber: string | null }): RawBuilder<string | null> {
  return sql<string | null>`(select id from customer
    where legal_entity_id = ${customer.legalEntityId} and number = ${customer.parentNumber})`;
}

/** Parents above each other at most. */
const PARENTS_MAX = 20;

/** The numbers of a customer, its parent, its parent's parent and so on, the customer itself first; empty when there is none. */
export async function lineOfParents(
  db: Db | Tx,
  customer: { legalEntityId: string; number: string },
): Promise<string[]> {
  const { rows } = await sql<{ number: string }>`
    with recursive line as (
      select c.id, c.parent_id, c.number, 1 as depth from customer c
        where c.legal_entity_id = ${customer.legalEntityId} and c.number = ${customer.number}
      union all
      select p.id, p.parent_id, p.number, line.depth + 1 from line join customer p on p.id = line.parent_id
        where line.depth < ${PARENTS_MAX})
    select number from line order by depth`.execute(db);
  return rows.map((row) => row.number);
}
