// Every posting has its cause and the row it is about; every such row has its posting.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const postingsHaveCause: BooksProof = {
  name: 'postings_have_cause',
  claim: 'Every posting names the workflow and the step that made it.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from journal_entry`,
  offenders: sql`
    select 'entry ' || id || ' (' || key || ')' as id, 'workflow "' || workflow_id || '", step "' || step || '"' as text
    from journal_entry where workflow_id in ('', 'unknown') or step in ('', 'unknown') order by journal_entry.id`,
};

/** The rows that must stand in the books, each with the key of its entry. */
const rows = sql`
  select 'invoice' as kind, i.legal_entity_id, 'invoice/' || i.number as key, t.id as item_id, null::uuid as payment_id,
    i.gross_minor as amount, t.original_minor as item_amount, i.invoiced_on as on_date
  from invoice i left join open_item t on t.invoice_id = i.id where i.gross_minor > 0
  union all
  select 'opening_item', o.legal_entity_id, 'opening/' || o.number, t.id, null, o.gross_minor, t.original_minor, t.posted_on
  from sales_order o left join open_item t on t.order_id = o.id where o.kind = 'opening' and o.credit_state = 'approved'
  union all
  select 'payment', p.legal_entity_id, 'payment/' || p.source || '/' || p.source_id, null, p.id, p.amount_minor, p.amount_minor, null
  from payment p where p.state = 'posted'`;

export const postingsHaveRows: BooksProof = {
  name: 'postings_have_rows',
  claim:
    'Each invoice, opening item and posted payment has its one posting of its amount, and each posting its invoice, opening item or payment.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select (select count(*) from journal_entry) + (select count(*) from (${rows}) r)`,
  offenders: sql`
    with posted as (
      select e.id, e.kind, e.legal_entity_id, e.key, e.effective_on,
        (select coalesce(sum(amount_minor), 0) from journal_line l where l.entry_id = e.id and l.amount_minor > 0) as amount,
        (select count(*) from journal_line l where l.entry_id = e.id and l.item_id is not null) as items,
        (select max(item_id::text) from journal_line l where l.entry_id = e.id and l.payment_id is null) as item_id,
        (select max(payment_id::text) from journal_line l where l.entry_id = e.id) as payment_id
      from journal_entry e
    )
    select coalesce(r.key, e.key) as id,
      case when e.id is null then r.kind || ' of ' || r.amount || ' without a posting'
        when r.key is null then 'entry ' || e.id || ' without its ' || e.kind
        else 'row: ' || r.kind || ' ' || r.amount || coalesce(', item ' || r.item_amount, ', no item')
          || '; entry ' || e.id || ': ' || e.kind || ' ' || e.amount || ' on ' || e.effective_on end as text
    from (${rows}) r full join posted e on e.legal_entity_id = r.legal_entity_id and e.key = r.key
    where e.id is null or r.key is null or e.kind <> r.kind or e.amount <> r.amount or r.item_amount is distinct from r.amount
      or (r.item_id is not null and e.item_id is distinct from r.item_id::text)
      or (r.payment_id is not null and e.payment_id is distinct from r.payment_id::text)
      or (r.on_date is not null and e.effective_on <> r.on_date)
    order by 1`,
};
