// Unapplied cash in the ledger is the unapplied rest of the payments.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const unappliedControl: BooksProof = {
  name: 'unapplied_control',
  claim:
    'Per legal entity and currency, account unapplied_cash = Σ unapplied rests of payments, and each payment’s rest = its lines.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from payment`,
  offenders: sql`
    with ledger as (
      select l.payment_id, -sum(l.amount_minor) as amount from journal_line l where l.account = 'unapplied_cash' group by l.payment_id
    ), totals as (
      select legal_entity_id, currency, sum(payments) as payments, sum(ledger) as ledger from (
        select legal_entity_id, currency, unapplied_minor as payments, 0::numeric as ledger from payment
        union all
        select e.legal_entity_id, l.currency, 0, -l.amount_minor from journal_line l join journal_entry e on e.id = l.entry_id
          where l.account = 'unapplied_cash'
      ) both_sides group by legal_entity_id, currency
    )
    select legal_entity_id || ' ' || currency as id, 'unapplied_cash ' || ledger || ', payments ' || payments as text
      from totals where ledger <> payments
    union all
    select 'payment ' || p.id, 'unapplied ' || p.unapplied_minor || ', its lines ' || coalesce(l.amount, 0)
      from payment p left join ledger l on l.payment_id = p.id where p.unapplied_minor <> coalesce(l.amount, 0)`,
};
