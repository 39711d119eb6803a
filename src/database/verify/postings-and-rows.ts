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

/**
 * What bank lines moved on the bank's account beside payments and payouts. The return of a payment that a line brought stands on that
 * account itself, so that only what its debit differs by is moved; two lines that settle each other move what the bank kept.
 */
const clearings = sql`
  select 'bank_clearing', l.legal_entity_id, 'bank_clearing/' || l.id, null::uuid, null::uuid, c.amount, c.amount, null::date
  from bank_line l left join payment_return r on r.cleared_by_line_id = l.id and l.state = 'returned'
  left join payment p on p.id = r.payment_id
  left join bank_line o on l.answer ->> 'kind' = 'settle_lines' and o.id::text = l.answer ->> 'otherLineId', lateral (
    select case when l.state = 'cleared' then abs(l.amount_minor) when o.id is not null then -(l.amount_minor + o.amount_minor)
      when p.source = 'statement' then abs(l.amount_minor + r.amount_minor + r.fee_minor) else abs(l.amount_minor) end as amount) c
  where c.amount <> 0 and case l.state when 'cleared' then not exists (select from provider_payout y where y.line_id = l.id)
    when 'returned' then o.id is null or l.amount_minor < 0 else false end`;

/** The rows that must stand in the books, each with the key of its entry. */
const documents = sql`
  select i.kind, i.legal_entity_id, i.kind || '/' || i.number as key, t.id as item_id, null::uuid as payment_id,
    i.gross_minor as amount, t.original_minor as item_amount, i.invoiced_on as on_date
  from invoice i left join open_item t on t.invoice_id = i.id where i.gross_minor > 0
  union all
  select 'opening_item', o.legal_entity_id, 'opening/' || o.number, t.id, null, o.gross_minor, t.original_minor, t.posted_on
  from sales_order o left join open_item t on t.order_id = o.id where o.kind = 'opening' and o.credit_state = 'approved'
  union all
  select 'payment', p.legal_entity_id, 'payment/' || p.source || '/' || p.source_id, null, p.id, p.amount_minor, p.amount_minor, null
  from payment p where p.state = 'posted'
  union all
  select 'payment_return', r.legal_entity_id, 'return/' || r.id, null, r.payment_id, r.amount_minor + r.fee_minor, r.amount_minor + r.fee_minor, null
  from payment_return r where r.state = 'posted'
  union all
  select a.kind, a.legal_entity_id, a.kind || '/' || a.id, a.item_id, a.payment_id, a.amount_minor, a.amount_minor, null
  from approval a where a.state = 'approved' and a.kind in ('write_off', 'refund')
  union all
  select 'provider_payout', o.legal_entity_id, 'provider_payout/' || o.id, null, null, o.net_minor, o.net_minor, null
  from provider_payout o where o.state = 'cleared'
  union all
  ${clearings}`;

/** What entries that only move items are about stands in their allocations: each says how its entry must be named. */
const moves = sql`
  select e.kind, e.legal_entity_id, case e.kind
      when 'small_difference' then 'small_difference/' || a.follows_entry_id || '/' || a.item_id
      when 'discount' then 'discount/' || a.follows_entry_id || '/' || a.item_id
      when 'bank_charge' then 'bank_charge/' || a.follows_entry_id || '/' || a.item_id
      when 'undo' then 'undo/' || a.reverses_entry_id || '/' || a.item_id
      else case when a.follows_entry_id is not null then 'clearing/' || a.follows_entry_id || '/' || a.counter_item_id || '/' || a.item_id
        -- A later one of the same pair names what caused it as well.
        when starts_with(e.key, 'clearing/' || c.number || '/' || t.number || '/') then e.key
        else 'clearing/' || c.number || '/' || t.number end end,
    null::uuid, null::uuid, abs(a.amount_minor), abs(a.amount_minor), e.effective_on
  from allocation a join journal_entry e on e.id = a.entry_id join open_item t on t.id = a.item_id
  left join open_item c on c.id = a.counter_item_id
  where e.kind in ('small_difference', 'discount', 'bank_charge') or (e.kind = 'clearing' and t.side = 'debit')
    or (e.kind = 'undo' and (a.counter_item_id is null or t.side = 'debit'))
  union all
  select e.kind, e.legal_entity_id, e.key, null, (min(a.payment_id::text))::uuid, sum(a.amount_minor), sum(a.amount_minor), e.effective_on
  from allocation a join journal_entry e on e.id = a.entry_id where e.kind = 'allocation' and e.key like 'allocation/%'
  group by e.id, e.kind, e.legal_entity_id, e.key, e.effective_on`;

const rows = sql`${documents} union all ${moves}`;

export const postingsHaveRows: BooksProof = {
  name: 'postings_have_rows',
  claim:
    'Each invoice, credit note, opening item, posted payment or return, and approved write-off or refund has its one posting of its amount; each posting has one of them, or allocations that say what it moves.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select (select count(*) from journal_entry) + (select count(*) from (${rows}) r)`,
  offenders: sql`
    with posted as (
      select e.id, e.kind, e.legal_entity_id, e.key, e.effective_on,
        -- What a return takes out of the books is its amount and fee; what it moves between items may be more. Where two currencies
        -- meet in a payment, its amount is that of the lines in its currency.
        (select case e.kind when 'payment_return'
            then coalesce(-sum(amount_minor) filter (where payment_id is not null and (account like 'clearing:%' or account = 'exchange')), 0)
              + coalesce(sum(amount_minor) filter (where account = 'bank_charges' and amount_minor > 0), 0)
          when 'bank_clearing' then abs(coalesce(sum(amount_minor) filter (where account = 'clearing:statement'), 0))
          when 'provider_payout' then coalesce(sum(amount_minor) filter (where account = 'clearing:statement'), 0)
          else coalesce(sum(amount_minor) filter (where amount_minor > 0), 0) end from journal_line l where l.entry_id = e.id
          and (e.kind <> 'payment' or l.currency = (select p.currency from journal_line m join payment p on p.id = m.payment_id
            where m.entry_id = e.id limit 1))) as amount,
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
