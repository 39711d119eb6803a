// Invoice numbers run without gaps, and their dates run with them.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

/** Every invoice with its place in the series; null where the number is not of the series. */
const numbered = sql`
  select i.*, s.first_number, s.next_number, s.prefix,
    case when starts_with(i.number, s.prefix) and substr(i.number, length(s.prefix) + 1) ~ '^[0-9]{1,18}$'
      then substr(i.number, length(s.prefix) + 1)::bigint end as place
  from invoice i join number_series s on s.legal_entity_id = i.legal_entity_id and s.series = i.series`;

export const invoiceNumbersWithoutGaps: BooksProof = {
  name: 'invoice_numbers',
  claim: 'Per legal entity and series, invoice numbers run from the first to the last one taken without a gap.',
  remedy: `${BOOKS_WERE_CHANGED} A number that was lost for good needs a record of its own for the tax auditor.`,
  looked: sql`select count(*) from invoice`,
  offenders: sql`
    with numbered as (${numbered}), chained as (
      select *, lag(place) over (partition by legal_entity_id, series order by place) as before from numbered where place is not null
    ), tails as (
      select s.legal_entity_id, s.series, s.first_number, s.next_number, max(n.place) as last, min(n.place) as first
      from number_series s left join numbered n on n.legal_entity_id = s.legal_entity_id and n.series = s.series
      group by s.legal_entity_id, s.series
    )
    select legal_entity_id || '/' || series as id, 'after ' || before || ' comes ' || place as text from chained where place <> before + 1
    union all
    select legal_entity_id || '/' || series, number || ' is not a number of the series' from numbered where place is null
    union all
    select legal_entity_id || '/' || series,
      'numbers ' || first_number || ' to ' || (next_number - 1) || ' were taken, '
        || coalesce('invoices run from ' || first || ' to ' || last, 'there is no invoice')
    from tails where coalesce(first, first_number) <> first_number or coalesce(last, first_number - 1) <> next_number - 1
    order by 1, 2`,
};

export const invoiceDatesRunWithNumbers: BooksProof = {
  name: 'invoice_dates',
  claim: 'Per legal entity and series, dates never go back while numbers go up.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from invoice`,
  offenders: sql`
    select 'invoice ' || number as id, 'dated ' || invoiced_on || ', the number before it ' || before as text
    from (select *, lag(invoiced_on) over (partition by legal_entity_id, series order by place) as before
      from (${numbered}) numbered where place is not null) dated
    where invoiced_on < before order by legal_entity_id, series, place`,
};
