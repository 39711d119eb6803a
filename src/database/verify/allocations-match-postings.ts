// What an allocation says and what its entry posted are the same.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const allocationsMatchPostings: BooksProof = {
  name: 'allocations_match_postings',
  claim:
    'Each allocation has its receivable line of the same amount and date, and each line that moves an item by a payment its allocation.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from allocation`,
  offenders: sql`
    select 'entry ' || coalesce(a.entry_id, l.entry_id) || ', item ' || coalesce(a.number, l.number) as id,
      'allocated ' || coalesce(a.amount_minor::text, 'nothing') || coalesce(' on ' || a.effective_on, '')
        || ', posted ' || coalesce(l.amount::text, 'nothing') || coalesce(' on ' || l.effective_on, '') as text
    from (select a.*, i.number from allocation a join open_item i on i.id = a.item_id) a
    full join (
      select l.entry_id, l.item_id, l.payment_id, i.number, e.effective_on,
        abs(sum(l.amount_minor)) as amount
      from journal_line l join journal_entry e on e.id = l.entry_id join open_item i on i.id = l.item_id
      where l.payment_id is not null group by l.entry_id, l.item_id, l.payment_id, i.number, e.effective_on
    ) l on l.entry_id = a.entry_id and l.item_id = a.item_id and l.payment_id = a.payment_id
    where a.amount_minor is distinct from l.amount or a.effective_on is distinct from l.effective_on
    order by coalesce(a.entry_id, l.entry_id)`,
};
