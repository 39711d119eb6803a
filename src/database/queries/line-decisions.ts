// What a decision about a bank line is checked against: items that a customer may pay, and what is left of a payment.

import { sql } from 'kysely';
import type { HandItem } from '../../domain/hand-allocation.ts';
import { discountTiers, type DiscountTerm } from '../../domain/discount-terms.ts';
import type { Db, Tx } from '../client.ts';

/** Those of the items that are open and the customer's own, or of a customer that has it as its parent. */
export async function itemsToPay(
  db: Db | Tx,
  asked: { legalEntityId: string; customerId: string; itemIds: readonly string[] },
): Promise<HandItem[]> {
  const { rows } = await sql<Omit<HandItem, 'discounts'> & { issuedOn: string; terms: DiscountTerm[] }>`
    select i.id, i.number, i.side, i.currency, i.open_minor as "openMinor", i.issued_on as "issuedOn", o.discount_terms as terms
    from open_item i join customer c on c.id = i.customer_id join sales_order o on o.id = i.order_id
    where i.legal_entity_id = ${asked.legalEntityId} and i.id = any(${asked.itemIds}::uuid[]) and i.open_minor > 0
      and (c.id = ${asked.customerId} or c.parent_id = ${asked.customerId})`.execute(db);
  return rows.map(({ issuedOn, terms, ...item }) => ({
    ...item,
    discounts: item.side === 'debit' ? discountTiers(terms, { issuedOn, openMinor: item.openMinor }) : [],
  }));
}

/** What is left of a payment that the bank may take back; `null` when the legal entity has no such payment. */
export async function paymentToTakeBack(
  db: Db | Tx,
  asked: { legalEntityId: string; paymentId: string },
): Promise<{ currency: string; leftMinor: number } | null> {
  const { rows } = await sql<{ currency: string; leftMinor: number }>`
    select currency, amount_minor - returned_minor - refunded_minor as "leftMinor" from payment
    where id = ${asked.paymentId} and legal_entity_id = ${asked.legalEntityId}`.execute(db);
  return rows[0] ?? null;
}
