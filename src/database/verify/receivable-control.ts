// The control account of receivables equals the open items, at every date since the first posting.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

/** Two computations that share nothing: the items' side from items and allocations, the ledger's from journal lines. */
const movements = sql`
  select legal_entity_id, currency, on_date, sum(items) as items, sum(ledger) as ledger from (
    select legal_entity_id, currency, posted_on as on_date,
      case side when 'debit' then original_minor else -original_minor end as items, 0::bigint as ledger
    from open_item
    union all
    select i.legal_entity_id, i.currency, a.effective_on,
      case i.side when 'debit' then -a.amount_minor else a.amount_minor end, 0
    from allocation a join open_item i on i.id = a.item_id
    union all
    select e.legal_entity_id, l.currency, e.effective_on, 0, l.amount_minor
    from journal_line l join journal_entry e on e.id = l.entry_id where l.account = 'receivable'
  ) both_sides group by legal_entity_id, currency, on_date`;

const sums = sql`
  select legal_entity_id, currency, on_date,
    sum(items) over running as items, sum(ledger) over running as ledger
  from (${movements}) movement
  window running as (partition by legal_entity_id, currency order by on_date)`;

export const receivableControl: BooksProof = {
  name: 'receivable_control',
  claim:
    'Per legal entity and currency, account receivable = Σ debit items − Σ credit items on every date of a movement, and so at every month end and today.',
  remedy: `${BOOKS_WERE_CHANGED} The date shown is the first on which the two sides differ by that amount.`,
  looked: sql`select count(*) from (${movements}) movement`,
  offenders: sql`
    select legal_entity_id || ' ' || currency || ' ' || on_date as id,
      'receivable ' || ledger || ', items ' || items || ', difference ' || (ledger - items) as text
    from (select *, lag(ledger - items, 1, 0::numeric) over (partition by legal_entity_id, currency order by on_date) as before
      from (${sums}) summed) compared
    where ledger <> items and ledger - items <> before
    order by on_date, legal_entity_id, currency`,
};

export interface MonthEnd {
  readonly legalEntityId: string;
  readonly currency: string;
  /** ISO date of the month's last day, or of today. */
  readonly on: string;
  /** Minor units as text: totals may be beyond the safe integers. */
  readonly ledger: string;
  readonly items: string;
}

/** Both sides at every past month end since the first posting and now, for the report. The last row of each is of today. */
export const monthEnds = sql<MonthEnd>`
  with summed as (${sums}),
  span as (
    select legal_entity_id, currency, generate_series(date_trunc('month', min(on_date)), date_trunc('month', current_date), '1 month')::date as month
    from summed group by legal_entity_id, currency
  ),
  ends as (
    select legal_entity_id, currency, least((month + interval '1 month' - interval '1 day')::date, current_date) as on_date from span
  )
  select e.legal_entity_id as "legalEntityId", e.currency, e.on_date as on,
    coalesce(s.ledger, 0)::text as ledger, coalesce(s.items, 0)::text as items
  from ends e left join lateral (
    select ledger, items from summed s where s.legal_entity_id = e.legal_entity_id and s.currency = e.currency
      and s.on_date <= e.on_date order by s.on_date desc limit 1) s on true
  order by e.legal_entity_id, e.currency, e.on_date`;
