// What stands in a foreign currency is carried in the legal entity's own, exactly as far as it is open.

import { sql } from 'kysely';
import { OPEN_ITEM_IN_BASE, UNAPPLIED_IN_BASE } from '../queries/base-share.ts';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

const itemInBase = sql.raw(OPEN_ITEM_IN_BASE);
const unappliedInBase = sql.raw(UNAPPLIED_IN_BASE);

export const baseOfItems: BooksProof = {
  name: 'base_of_items',
  claim:
    'Each open item is carried in the base currency at its share of what it was opened with, so that Σ base on account receivable = Σ shares of what is open.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from open_item`,
  offenders: sql`
    select 'item ' || i.number || ' (' || i.id || ')' as id,
      'open ' || i.open_minor || ' of ' || i.original_minor || ' ' || i.currency || ', base ' || i.base_minor || ', carried '
        || coalesce(l.base, 0) || ' instead of ' || ${itemInBase}
        || ', opened with base ' || coalesce(l.opened, 0) as text
    from open_item i join legal_entity le on le.id = i.legal_entity_id left join (
      select l.item_id, sum(case i.side when 'debit' then l.base_minor else -l.base_minor end) as base,
        sum(case i.side when 'debit' then l.base_minor else -l.base_minor end) filter (where l.payment_id is null and not l.moves) as opened
      from journal_line l join open_item i on i.id = l.item_id group by l.item_id
    ) l on l.item_id = i.id
    -- In the base currency other proofs say the rest.
    where case when i.currency = le.currency then i.base_minor <> i.original_minor
      else coalesce(l.base, 0) <> ${itemInBase} or l.opened is distinct from i.base_minor end
    order by i.number`,
};

export const baseOfPayments: BooksProof = {
  name: 'base_of_payments',
  claim: 'Each payment’s unapplied rest is carried in the base currency at its share of what the payment came in with.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from payment`,
  offenders: sql`
    select 'payment ' || p.source || '/' || p.source_id || ' (' || p.id || ')' as id,
      'unapplied ' || p.unapplied_minor || ' of ' || p.amount_minor || ' ' || p.currency || ', base ' || p.base_minor || ', carried '
        || coalesce(l.base, 0) || ' instead of ' || ${unappliedInBase} as text
    from payment p join legal_entity le on le.id = p.legal_entity_id left join (
      select payment_id, -sum(base_minor) as base from journal_line where account = 'unapplied_cash' group by payment_id
    ) l on l.payment_id = p.id
    where case when p.currency = le.currency then p.base_minor <> p.amount_minor else coalesce(l.base, 0) <> ${unappliedInBase} end
    order by p.id`,
};

export const exchangeIsEven: BooksProof = {
  name: 'exchange_is_even',
  claim:
    'Where two currencies meet in an entry, account exchange is left with nothing in base; a realised difference stands in entries of a foreign currency alone, once and without an amount.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from journal_entry`,
  offenders: sql`
    select 'entry ' || e.id || ' (' || e.key || ')' as id,
      'exchange ' || coalesce(sum(l.base_minor) filter (where l.account = 'exchange'), 0) || ' in base; differences '
        || count(*) filter (where l.account = 'exchange_difference') as text
    from journal_line l join journal_entry e on e.id = l.entry_id join legal_entity le on le.id = e.legal_entity_id
    where l.account in ('exchange', 'exchange_difference')
    group by e.id, e.key
    having coalesce(sum(l.base_minor) filter (where l.account = 'exchange'), 0) <> 0
      or count(*) filter (where l.account = 'exchange_difference') > 1
      or bool_or(l.account = 'exchange_difference' and (l.amount_minor <> 0 or l.currency = le.currency))
    order by e.id`,
};

export const ordersHaveRates: BooksProof = {
  name: 'orders_have_rates',
  claim: 'An order has an exchange rate if it is in another currency than its legal entity, and only then.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from sales_order`,
  offenders: sql`
    select o.kind || ' ' || o.number || ' (' || o.id || ')' as id,
      o.currency || ' of a legal entity in ' || e.currency || ', rate ' || coalesce(o.exchange_rate::text, 'none') as text
    from sales_order o join legal_entity e on e.id = o.legal_entity_id
    where (o.currency = e.currency) <> (o.exchange_rate is null)
    order by o.id`,
};
