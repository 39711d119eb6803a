// Every journal entry balances in each currency and in base.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const entriesBalance: BooksProof = {
  name: 'entries_balance',
  claim:
    'Every entry has lines and balances in each currency and in base; in the base currency both amounts are the same.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from journal_entry`,
  offenders: sql`
    select 'entry ' || e.id || ' (' || e.key || ')' as id,
      case when count(l.currency) = 0 then 'has no lines'
        else string_agg('Σ ' || l.amount || ' ' || l.currency || ', base ' || l.base, '; ' order by l.currency) end as text
    from journal_entry e
    join legal_entity le on le.id = e.legal_entity_id
    left join (
      select entry_id, currency, sum(amount_minor) as amount, sum(base_minor) as base,
        count(*) filter (where amount_minor <> base_minor) as unlike
      from journal_line group by entry_id, currency
    ) l on l.entry_id = e.id
    group by e.id, e.key
    having count(l.currency) = 0 or bool_or(l.amount <> 0) or sum(l.base) <> 0
      or bool_or(l.currency = le.currency and l.unlike > 0)
    order by e.id`,
};
