// Very many open invoices, straight in the books: as `postOpeningItem` writes them, in a few statements.

import { sql } from 'kysely';
import type { Db } from '../../src/database/client.ts';

/** The number of an item; they stand far apart, so that none is a misspelling of another. */
export function itemNumber(index: number): string {
  return `OLD-${String(index * 7_919 + 1_000_003)}`;
}

/** Posts opening items of 100.00 EUR each, from index 0 on, of customers in turn. */
export async function postManyItems(
  db: Db,
  of: { legalEntityId: string; customerIds: readonly string[]; count: number },
): Promise<void> {
  const rows = Array.from({ length: of.count }, (_, index) => ({
    number: itemNumber(index),
    customer: of.customerIds[index % of.customerIds.length],
  }));
  const { legalEntityId } = of;
  await db.transaction().execute(async (tx) => {
    await sql`set local statement_timeout = '10min'`.execute(tx);
    const given = sql`json_to_recordset(${JSON.stringify(rows)}::json) as g(number text, customer uuid)`;
    await sql`insert into sales_order (legal_entity_id, kind, number, customer_id, currency, terms_days, content_hash, created_by, net_minor,
        gross_minor, billed_minor, credit_state, stage, opening)
      select ${legalEntityId}, 'opening', g.number, g.customer, 'EUR', 0, 'x', 'test', 10000, 10000, 10000, 'approved', 'collection',
        '{"amountMinor": 10000, "invoicedOn": "2026-01-02", "dueOn": "2030-01-01", "level": "none", "lastLetterOn": null}'::jsonb
      from ${given}`.execute(tx);
    await sql`insert into open_item (legal_entity_id, customer_id, order_id, kind, side, number, currency, original_minor, issued_on, due_on, posted_on)
      select ${legalEntityId}, o.customer_id, o.id, 'opening', 'debit', o.number, 'EUR', 10000, '2026-01-02', '2030-01-01', '2026-01-02'
      from ${given} join sales_order o on o.legal_entity_id = ${legalEntityId} and o.number = g.number`.execute(tx);
    await sql`insert into journal_entry (legal_entity_id, kind, key, effective_on, business_at, workflow_id, step)
      select ${legalEntityId}, 'opening_item', 'opening/' || g.number, '2026-01-02', clock_timestamp(), 'test', 'test' from ${given}`.execute(
      tx,
    );
    await sql`insert into journal_line (entry_id, line_no, account, amount_minor, base_minor, currency, item_id)
      select e.id, n.line_no, n.account, n.amount, n.amount, 'EUR', case n.line_no when 1 then i.id end
      from ${given} join journal_entry e on e.legal_entity_id = ${legalEntityId} and e.key = 'opening/' || g.number
        join open_item i on i.legal_entity_id = ${legalEntityId} and i.number = g.number
        cross join (values (1, 'receivable', 10000), (2, 'opening_balance', -10000)) as n(line_no, account, amount)`.execute(
      tx,
    );
  });
}
