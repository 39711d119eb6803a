// What an allocation says and what its entry posted are the same, and the entry is of the kind that allocates so.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const allocationsMatchPostings: BooksProof = {
  name: 'allocations_match_postings',
  claim:
    'Each allocation has its receivable line of the same amount and date, and each line that moves an open item its allocation.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from allocation`,
  offenders: sql`
    select 'entry ' || coalesce(a.entry_id, l.entry_id) || ', item ' || coalesce(a.number, l.number) as id,
      'allocated ' || coalesce(a.amount_minor::text, 'nothing') || coalesce(' on ' || a.effective_on, '')
        || ', posted ' || coalesce(l.amount::text, 'nothing') || coalesce(' on ' || l.effective_on, '') as text
    from (select a.*, i.number from allocation a join open_item i on i.id = a.item_id) a
    full join (
      select l.entry_id, l.item_id, l.payment_id, i.number, e.effective_on,
        sum(case i.side when 'debit' then -l.amount_minor else l.amount_minor end) as amount
      from journal_line l join journal_entry e on e.id = l.entry_id join open_item i on i.id = l.item_id
      where l.payment_id is not null or l.moves group by l.entry_id, l.item_id, l.payment_id, i.number, e.effective_on
    ) l on l.entry_id = a.entry_id and l.item_id = a.item_id and coalesce(l.payment_id::text, '') = coalesce(a.payment_id::text, '')
    where a.amount_minor is distinct from l.amount or a.effective_on is distinct from l.effective_on
    order by coalesce(a.entry_id, l.entry_id)`,
};

/** What lowers an item by an entry of each kind, and whether it takes an earlier allocation back. */
const fits = sql`case e.kind
  when 'payment' then a.payment_id is not null and a.amount_minor > 0
  when 'allocation' then a.payment_id is not null and a.amount_minor > 0
  when 'payment_return' then a.payment_id is not null and a.amount_minor < 0
  when 'undo' then (a.payment_id is not null or a.follows_entry_id is not null or a.counter_item_id is not null) and a.amount_minor < 0
  -- Beside a payment, whose payer may pay for several customers, the credit of one may settle what another owes.
  when 'clearing' then c.side <> i.side and (c.customer_id = i.customer_id or a.follows_entry_id is not null) and c.currency = i.currency and a.amount_minor > 0
  when 'small_difference' then a.follows_entry_id is not null and a.amount_minor > 0
  when 'discount' then a.follows_entry_id is not null and a.amount_minor > 0
  when 'bank_charge' then a.follows_entry_id is not null and a.amount_minor > 0
  when 'write_off' then p.kind = 'write_off' and p.item_id = a.item_id and a.amount_minor > 0
  when 'refund' then p.kind = 'refund' and p.item_id = a.item_id and a.amount_minor > 0
  else false end`;

export const allocationsFitEntries: BooksProof = {
  name: 'allocations_fit_entries',
  claim:
    'Each allocation is of its entry’s kind: by a payment, an approval, an opposite item, or a difference that goes with a payment; what it takes back was allocated, and is taken back once.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from allocation`,
  offenders: sql`
    select 'entry ' || a.entry_id || ', item ' || i.number as id,
      case when r.entry_id is null and a.reverses_entry_id is not null
        then 'takes back ' || a.amount_minor || ', which entry ' || a.reverses_entry_id || ' never allocated'
        else 'allocates ' || a.amount_minor || ' in a way that is not of ' || e.kind end as text
    from allocation a join journal_entry e on e.id = a.entry_id join open_item i on i.id = a.item_id
    left join open_item c on c.id = a.counter_item_id left join approval p on p.id = a.approval_id
    left join allocation r on r.entry_id = a.reverses_entry_id and r.item_id = a.item_id and r.amount_minor = -a.amount_minor
    where (${fits}) is not true or (a.reverses_entry_id is not null and r.entry_id is null)
      or num_nonnulls(a.payment_id, a.approval_id, coalesce(a.counter_item_id::text, a.follows_entry_id::text)) <> 1
    union all
    select 'entry ' || reverses_entry_id || ', item ' || item_id, 'taken back ' || count(*) || ' times'
    from allocation where reverses_entry_id is not null group by reverses_entry_id, item_id having count(*) > 1
    order by 1`,
};
