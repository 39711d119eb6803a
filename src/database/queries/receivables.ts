// The ledger's own account of receivables: items with their settlements, and what each customer owes at the end of a day.

import { sql } from 'kysely';
import type { ReceivableItem } from '../../domain/pilot/receivables-figures.ts';
import type { Db } from '../client.ts';

/** Every debit item of a legal entity with what the journal took off it, by effective date. */
export async function receivableItemsOf(db: Db, legalEntityId: string): Promise<ReceivableItem[]> {
  const { rows } = await sql<ReceivableItem>`
    select i.issued_on as "invoicedOn", i.due_on as "dueOn", i.original_minor as "amountMinor",
      coalesce((select json_agg(json_build_object('on', e.effective_on, 'amountMinor', -l.amount_minor) order by e.id)
        from journal_line l join journal_entry e on e.id = l.entry_id
        where l.item_id = i.id and l.amount_minor < 0), '[]') as settlements
    from open_item i where i.legal_entity_id = ${legalEntityId} and i.side = 'debit' order by i.issued_on, i.number`.execute(
    db,
  );
  return rows;
}

/** What each customer (by number) owes on the receivable account at the end of the date, where it is not zero; minor units. */
export async function openByCustomer(
  db: Db,
  options: { legalEntityId: string; date: string },
): Promise<Map<string, number>> {
  const { rows } = await sql<{ customer: string; openMinor: number }>`
    select c.number as customer, sum(l.amount_minor)::bigint as "openMinor"
    from journal_line l join journal_entry e on e.id = l.entry_id join open_item i on i.id = l.item_id join customer c on c.id = i.customer_id
    where l.account = 'receivable' and e.legal_entity_id = ${options.legalEntityId} and e.effective_on <= ${options.date}::date
    group by c.number having sum(l.amount_minor) <> 0`.execute(db);
  return new Map(rows.map((row) => [row.customer, row.openMinor]));
}
