// Unapplied cash in the ledger is the unapplied rest of the payments.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const unappliedControl: BooksProof = {
  name: 'unapplied_control',
  claim:
    'Per legal entity and currency, account unapplied_cash = Σ unapplied rests of payments; each payment’s rest, and what of it was returned and refunded, = its lines.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from payment`,
  offenders: sql`
    with ledger as (
      select l.payment_id, -sum(l.amount_minor) filter (where l.account = 'unapplied_cash') as amount,
        -sum(l.amount_minor) filter (where (l.account like 'clearing:%' or l.account = 'exchange') and e.kind = 'payment_return') as returned,
        -sum(l.amount_minor) filter (where l.account like 'clearing:%' and e.kind = 'refund') as refunded
      from journal_line l join journal_entry e on e.id = l.entry_id where l.payment_id is not null group by l.payment_id
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
        || '; returned ' || p.returned_minor || ', its lines ' || coalesce(l.returned, 0)
        || '; refunded ' || p.refunded_minor || ', its lines ' || coalesce(l.refunded, 0)
      from payment p left join ledger l on l.payment_id = p.id
      where p.unapplied_minor <> coalesce(l.amount, 0) or p.returned_minor <> coalesce(l.returned, 0)
        or p.refunded_minor <> coalesce(l.refunded, 0)`,
};
