// Each open item is what its postings make it.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const itemsMatchPostings: BooksProof = {
  name: 'items_match_postings',
  claim:
    'Each open item is opened once, in full and on its date; its open amount = its lines, between nothing and its original amount.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from open_item`,
  offenders: sql`
    select 'item ' || i.number || ' (' || i.id || ')' as id,
      'original ' || i.original_minor || ', open ' || i.open_minor || ', its lines ' || coalesce(l.amount, 0)
        || ', opened ' || coalesce(l.openings, 0) || ' times with ' || coalesce(l.opened, 0)
        || coalesce(' on ' || l.opened_on, '') || ' (posted on ' || i.posted_on || ')' as text
    from open_item i left join (
      select l.item_id, sum(case i.side when 'debit' then l.amount_minor else -l.amount_minor end) as amount,
        count(*) filter (where l.payment_id is null and not l.moves) as openings,
        sum(case i.side when 'debit' then l.amount_minor else -l.amount_minor end) filter (where l.payment_id is null and not l.moves) as opened,
        max(e.effective_on) filter (where l.payment_id is null and not l.moves) as opened_on,
        bool_or(l.currency <> i.currency or e.legal_entity_id <> i.legal_entity_id) as is_foreign
      from journal_line l join journal_entry e on e.id = l.entry_id join open_item i on i.id = l.item_id group by l.item_id
    ) l on l.item_id = i.id
    join sales_order o on o.id = i.order_id
    where i.open_minor <> coalesce(l.amount, 0) or i.open_minor not between 0 and i.original_minor
      or l.openings is distinct from 1 or l.opened <> i.original_minor or l.opened_on <> i.posted_on or l.is_foreign
      or o.legal_entity_id <> i.legal_entity_id or o.customer_id <> i.customer_id
    order by i.number`,
};
