// What the matcher is told of a legal entity: its open items with the numbers by which they can be named, and who pays for whom.

import { sql } from 'kysely';
import { discountTiers, type DiscountTerm } from '../../domain/discount-terms.ts';
import type { ItemReference, KnownText, MatchItem, MatchPayer } from '../../domain/matching/types.ts';
import type { Db, Tx } from '../client.ts';

/** Rows that are read at once: the answers of the database stay small whatever the number of items. */
const PAGE_ROWS = 10_000;

interface ItemRow {
  readonly id: string;
  readonly customerId: string;
  readonly side: 'debit' | 'credit';
  readonly number: string;
  readonly currency: string;
  readonly openMinor: number;
  readonly issuedOn: string;
  readonly dueOn: string;
  readonly orderNumber: string | null;
  readonly purchaseOrder: string | null;
  readonly tracking: string | null;
  readonly discountTerms: DiscountTerm[];
  readonly disputedMinor: number;
}

/** Every open item of the legal entity. */
export async function openItems(db: Db | Tx, legalEntityId: string): Promise<MatchItem[]> {
  const items: MatchItem[] = [];
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await sql<ItemRow>`
      select i.id, i.customer_id as "customerId", i.side, i.number, i.currency, i.open_minor as "openMinor", i.issued_on as "issuedOn",
        i.due_on as "dueOn", case when o.kind = 'order' then o.number end as "orderNumber", o.purchase_order as "purchaseOrder",
        s.tracking, o.discount_terms as "discountTerms", coalesce((select sum(d.amount_minor) from dispute d
          where d.item_id = i.id and d.state in ('open', 'awaiting_approval')), 0)::bigint as "disputedMinor"
      from open_item i join sales_order o on o.id = i.order_id left join invoice v on v.id = i.invoice_id
        left join shipment s on s.id = v.shipment_id
      where i.legal_entity_id = ${legalEntityId} and i.open_minor > 0 and i.id > ${after} order by i.id limit ${PAGE_ROWS}`.execute(
      db,
    );
    for (const row of rows) items.push(itemOf(row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return items;
    after = last.id;
  }
}

function itemOf(row: ItemRow): MatchItem {
  const { id, customerId, side, currency, openMinor, issuedOn, dueOn } = row;
  const references: ItemReference[] = [{ kind: 'invoice', text: row.number }];
  if (row.orderNumber !== null) references.push({ kind: 'order', text: row.orderNumber });
  if (row.purchaseOrder !== null) references.push({ kind: 'purchase_order', text: row.purchaseOrder });
  if (row.tracking !== null) references.push({ kind: 'delivery', text: row.tracking });
  const discounts = side === 'debit' ? discountTiers(row.discountTerms, { issuedOn, openMinor }) : [];
  const disputedMinor = Math.min(row.disputedMinor, openMinor);
  return { id, customerId, side, currency, openMinor, issuedOn, dueOn, references, discounts, disputedMinor };
}

interface PayerRow {
  readonly customerId: string;
  readonly name: string;
  readonly parentId: string | null;
  readonly accounts: readonly string[];
  readonly known: readonly { kind: 'account' | 'name'; text: string }[];
}

/** Every customer of the legal entity as a payer: its own name and accounts, and what confirmations taught. */
export async function payersOf(db: Db | Tx, legalEntityId: string): Promise<MatchPayer[]> {
  const payers: MatchPayer[] = [];
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await sql<PayerRow>`
      select c.id as "customerId", c.name, c.parent_id as "parentId",
        array(select b.iban from bank_account b where b.customer_id = c.id and b.ended_at is null) as accounts,
        coalesce((select json_agg(json_build_object('kind', k.kind, 'text', k.text) order by k.id) from payer_knowledge k
          where k.customer_id = c.id and k.ended_at is null), '[]') as known
      from customer c where c.legal_entity_id = ${legalEntityId} and c.id > ${after} order by c.id limit ${PAGE_ROWS}`.execute(
      db,
    );
    for (const row of rows) payers.push(payerOf(row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return payers;
    after = last.customerId;
  }
}

function payerOf({ customerId, name, parentId, accounts, known }: PayerRow): MatchPayer {
  const confirmed = (kind: 'account' | 'name'): KnownText[] =>
    known.filter((one) => one.kind === kind).map(({ text }) => ({ text, source: 'confirmed' }));
  return {
    customerId,
    parentId,
    names: [{ text: name, source: 'master' }, ...confirmed('name')],
    accounts: [...accounts.map((text): KnownText => ({ text, source: 'master' })), ...confirmed('account')],
  };
}

/** When customers' bank details last changed (epoch milliseconds), of those for whom they ever did. */
export async function bankDetailsChanges(
  db: Db | Tx,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ id: string; at: number }>`select id, bank_details_changed_at as at from customer
    where id = any(${customerIds}::uuid[]) and bank_details_changed_at is not null`.execute(db);
  return new Map(rows.map(({ id, at }) => [id, at]));
}
