// Every bank line became what its state says, once: a payment, the money of one, a return, or nothing.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

/** How the source's ID of a payment that a bank line brought looks: the line's ID, with a number when it was applied anew. */
export const BANK_LINE_ID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(/[0-9]+)?$';

/** Payments that bank lines brought and that were not taken back as somebody else's money, with what they moved on the bank's account. */
const standing = sql`
  select p.id, p.legal_entity_id, p.source_id, p.state, split_part(p.source_id, '/', 1) as line_id, (
    select string_agg(l.amount_minor || ' ' || l.currency, ', ') from journal_entry e join journal_line l on l.entry_id = e.id
    where e.legal_entity_id = p.legal_entity_id and e.key = 'payment/statement/' || p.source_id and l.account = 'clearing:statement') as moved
  from payment p where p.source = 'statement' and p.source_id ~ ${BANK_LINE_ID}
    and not exists (select from payment_return r where r.payment_id = p.id and r.kind = 'misposted' and r.state = 'posted')`;

export const bankLinesAndPayments: BooksProof = {
  name: 'bank_lines_and_payments',
  claim:
    'Each applied bank line has its one payment, which moved its amount on the bank’s account; no other line has one, and each payment that a line brought has that line.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from bank_line`,
  offenders: sql`
    with standing as materialized (${standing})
    select coalesce('line ' || l.id || ' (' || l.state || ')', 'payment bank/' || s.source_id) as id,
      case when l.id is null then 'no line of this payment'
        when s.id is null then l.amount_minor || ' ' || l.currency || ' without its payment'
        else 'payment bank/' || s.source_id || ' (' || s.state || ') moved ' || coalesce(s.moved, 'nothing')
          || ', the line is over ' || l.amount_minor || ' ' || l.currency end as text
    from (select * from bank_line) l full join standing s on s.line_id = l.id::text
    where case when l.id is null then true
      when l.state = 'applied' then s.id is null or s.id is distinct from l.payment_id or s.state <> 'posted'
        or s.moved is distinct from l.amount_minor || ' ' || l.currency or s.legal_entity_id <> l.legal_entity_id
      -- Of a payment that the line brought, or of one that it cleared or took back.
      else s.id is not null or (l.state in ('stored', 'open', 'duplicate', 'ignored') and l.payment_id is not null) end
    order by 1`,
};

export const clearedLines: BooksProof = {
  name: 'cleared_lines',
  claim:
    'Each cleared bank line has the one payment, payout or refund whose money it is; each returned one the return it took, or the line with which it is settled; none of them names another line.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from bank_line where state in ('cleared', 'returned')`,
  offenders: sql`
    with cleared as (
      select cleared_by_line_id as line_id, 'cleared' as state, id as payment_id, amount_minor, currency from payment
        where cleared_by_line_id is not null and not exists (select from provider_payout o where o.line_id = cleared_by_line_id)
      union all select line_id, 'cleared', null, net_minor, currency from provider_payout where line_id is not null
      union all select cleared_by_line_id, 'cleared', null, -amount_minor, currency from approval where cleared_by_line_id is not null
      union all select r.cleared_by_line_id, 'returned', r.payment_id, -r.amount_minor, p.currency from payment_return r
        join payment p on p.id = r.payment_id
        where r.cleared_by_line_id is not null and not exists (select from provider_payout o where o.line_id = r.cleared_by_line_id)
      union all select l.id, 'returned', null, -o.amount_minor, o.currency from bank_line l
        join bank_line o on o.id::text = l.answer ->> 'otherLineId' and o.answer ->> 'otherLineId' = l.id::text
        where l.state = 'returned' and o.state = 'returned' and l.answer ->> 'kind' = 'settle_lines'
    )
    select 'line ' || coalesce(l.id, c.line_id) as id,
      coalesce(l.state || ' ' || l.amount_minor || ' ' || l.currency, 'no such line') || ', '
        || count(c.line_id) || ' explained by it' as text
    from (select * from bank_line where state in ('cleared', 'returned')) l full join cleared c on c.line_id = l.id
    group by l.id, c.line_id, l.state, l.amount_minor, l.currency, l.payment_id
    having l.id is null or count(c.line_id) <> 1 or bool_or(c.state <> l.state or c.currency <> l.currency
      or c.payment_id is distinct from l.payment_id or sign(c.amount_minor) <> sign(l.amount_minor))
    order by 1`,
};

export const payoutsAddUp: BooksProof = {
  name: 'payouts_add_up',
  claim:
    'Each payout = its payments − chargebacks − fee; a cleared one has its bank line of that amount, which brought all its payments, and an expected one has none.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from provider_payout`,
  offenders: sql`
    with part as (
      select o.id, sum(case p ->> 'kind' when 'payment' then (p ->> 'amountMinor')::bigint else -(p ->> 'amountMinor')::bigint end) as amount,
        count(*) filter (where p ->> 'kind' = 'payment') as payments
      from provider_payout o, jsonb_array_elements(o.lines) p group by o.id
    ), brought as (
      select o.id, count(*) as payments from provider_payout o join payment p on p.cleared_by_line_id = o.line_id group by o.id
    )
    select 'payout ' || o.source || '/' || o.payout_id || ' (' || o.id || ')' as id,
      o.state || ' ' || o.net_minor || ', fee ' || o.fee_minor || ', parts ' || coalesce(part.amount, 0) || ' of '
        || coalesce(part.payments, 0) || ' payments, brought ' || coalesce(b.payments, 0) || ', line '
        || coalesce(l.state || ' ' || l.amount_minor, 'none') as text
    from provider_payout o left join part on part.id = o.id left join brought b on b.id = o.id left join bank_line l on l.id = o.line_id
    where part.amount is distinct from o.net_minor + o.fee_minor
      or case o.state when 'expected' then o.line_id is not null
        else l.state is distinct from 'cleared' or l.amount_minor <> o.net_minor or l.currency <> o.currency
          or coalesce(b.payments, 0) <> part.payments end
    order by 1`,
};
