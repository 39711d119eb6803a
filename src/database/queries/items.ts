// The catalogue: what can be ordered, at which price and tax.

import { sql } from 'kysely';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface ItemData {
  readonly description: string;
  readonly kind: 'goods' | 'service';
  /** A decimal without idle zeros. */
  readonly unitPrice: string;
  readonly taxCode: string;
}

export interface ItemRow extends ItemData {
  readonly legalEntityId: string;
  readonly number: string;
  readonly contentHash: string;
  readonly createdAt: number;
}

interface By {
  readonly actor: string;
  readonly requestId: string;
  readonly now: number;
}

const COLUMNS =
  sql.raw(`i.legal_entity_id as "legalEntityId", i.number, i.description, i.kind, trim_scale(i.unit_price)::text as "unitPrice",
  i.tax_code as "taxCode", i.content_hash as "contentHash", i.created_at as "createdAt"`);

export async function itemByNumber(
  db: Db | Tx,
  item: { legalEntityId: string; number: string },
): Promise<ItemRow | null> {
  const { rows } = await sql<ItemRow>`select ${COLUMNS} from catalogue_item i
    where i.legal_entity_id = ${item.legalEntityId} and i.number = ${item.number}`.execute(db);
  return rows[0] ?? null;
}

/** A page in the order of legal entities and numbers. */
export async function listItems(
  db: Db,
  filter: { scope: Scope; legalEntityId?: string | undefined; number?: string | undefined },
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<ItemRow[]> {
  const where = allOf([
    inScope(filter.scope, 'i.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`i.legal_entity_id = ${filter.legalEntityId}`,
    filter.number === undefined ? null : sql`i.number = ${filter.number}`,
    page.after === null ? null : sql`(i.legal_entity_id, i.number) > (${page.after[0]}, ${page.after[1]})`,
  ]);
  const { rows } = await sql<ItemRow>`select ${COLUMNS} from catalogue_item i
    where ${where} order by i.legal_entity_id, i.number limit ${page.fetch}`.execute(db);
  return rows;
}

/** @returns the rate's basis points; null when the legal entity has no such code */
export async function taxRate(db: Db, code: { legalEntityId: string; code: string }): Promise<number | null> {
  const row = await db
    .selectFrom('tax_code')
    .where('legal_entity_id', '=', code.legalEntityId)
    .where('code', '=', code.code)
    .select('rate_bp')
    .executeTakeFirst();
  return row?.rate_bp ?? null;
}

/** @returns false when the number is taken: then nothing was written */
export async function insertItem(db: Db, item: Omit<ItemRow, 'createdAt'>, by: By): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const made = await tx
      .insertInto('catalogue_item')
      .values({
        legal_entity_id: item.legalEntityId,
        number: item.number,
        description: item.description,
        kind: item.kind,
        unit_price: item.unitPrice,
        tax_code: item.taxCode,
        content_hash: item.contentHash,
      })
      .onConflict((conflict) => conflict.columns(['legal_entity_id', 'number']).doNothing())
      .returning('number')
      .executeTakeFirst();
    if (made === undefined) return false;
    await auditItem(tx, { item, action: 'item.created', details: null }, by);
    return true;
  });
}

/** Changes an item under its lock; orders keep the price they came with. */
export async function changeItem(
  db: Db,
  change: { legalEntityId: string; number: string; data: Partial<ItemData>; hashOf: (item: ItemData) => string },
  by: By,
): Promise<ItemRow | null> {
  return db.transaction().execute(async (tx) => {
    const { legalEntityId, number } = change;
    await sql`select 1 from catalogue_item where legal_entity_id = ${legalEntityId} and number = ${number} for no key update`.execute(
      tx,
    );
    const before = await itemByNumber(tx, change);
    if (before === null) return null;
    const after: ItemRow = { ...before, ...change.data };
    const changed = ITEM_FIELDS.filter((field) => before[field] !== after[field]);
    if (changed.length === 0) return before;
    const contentHash = change.hashOf(after);
    await tx
      .updateTable('catalogue_item')
      .set({
        description: after.description,
        kind: after.kind,
        unit_price: after.unitPrice,
        tax_code: after.taxCode,
        content_hash: contentHash,
      })
      .where('legal_entity_id', '=', legalEntityId)
      .where('number', '=', number)
      .execute();
    const values = changed.map((field) => [field, { before: before[field], after: after[field] }]);
    await auditItem(
      tx,
      { item: before, action: 'item.changed', details: Object.fromEntries(values) as Record<string, unknown> },
      by,
    );
    return { ...after, contentHash };
  });
}

const ITEM_FIELDS = ['description', 'kind', 'unitPrice', 'taxCode'] as const satisfies readonly (keyof ItemData)[];

async function auditItem(
  tx: Tx,
  entry: { item: { legalEntityId: string; number: string }; action: string; details: Record<string, unknown> | null },
  by: By,
): Promise<void> {
  await writeAudit(tx, {
    legalEntityId: entry.item.legalEntityId,
    actor: by.actor,
    action: entry.action,
    subject: entry.item.number,
    details: entry.details,
    businessAt: by.now,
    requestId: by.requestId,
  });
}
