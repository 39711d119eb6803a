// Exchange rates, as a person or a feed told them: one for a currency and day, never changed.

import { sql } from 'kysely';
import { RATE_DAYS_MAX, rateMissing } from '../../domain/exchange.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Db, Tx } from '../client.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface RateRow {
  readonly legalEntityId: string;
  readonly currency: string;
  /** ISO date. */
  readonly on: string;
  /** Units of the legal entity's currency for one of `currency`: the shortest decimal. */
  readonly rate: string;
  readonly source: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

const COLUMNS =
  sql.raw(`r.legal_entity_id as "legalEntityId", r.currency, r.rate_on as on, trim_scale(r.rate)::text as rate, r.source,
  r.created_by as "createdBy", r.created_at as "createdAt"`);

type RateKey = Pick<RateRow, 'legalEntityId' | 'currency' | 'on'>;

/** Stores a rate with its audit entry. @returns false when the day has one: then nothing was written */
export async function insertRate(
  db: Db,
  rate: RateKey & Pick<RateRow, 'rate' | 'source'>,
  by: { actor: string; requestId: string; now: number },
): Promise<boolean> {
  const { rows } = await sql<{ isNew: boolean }>`
    with made as (
      insert into exchange_rate (legal_entity_id, currency, rate_on, rate, source, created_by)
      values (${rate.legalEntityId}, ${rate.currency}, ${rate.on}, ${rate.rate}::numeric, ${rate.source}, ${by.actor})
      on conflict do nothing returning currency
    ), audited as (
      insert into audit_entry (legal_entity_id, actor, action, subject, business_at, request_id, details)
      select ${rate.legalEntityId}, ${by.actor}, 'exchange_rate.told', ${`${rate.currency} ${rate.on}`}, ${new Date(by.now)},
        ${by.requestId}, jsonb_build_object('rate', ${rate.rate}::text, 'source', ${rate.source}::text)
      from made
    )
    select exists (select from made) as "isNew"`.execute(db);
  return rows[0]?.isNew ?? false;
}

export async function rateByKey(db: Db, key: RateKey): Promise<RateRow | null> {
  const { rows } = await sql<RateRow>`select ${COLUMNS} from exchange_rate r
    where r.legal_entity_id = ${key.legalEntityId} and r.currency = ${key.currency} and r.rate_on = ${key.on}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** A page by legal entity and currency, the latest first. */
export async function listRates(
  db: Db,
  filter: { scope: Scope; legalEntityId?: string | undefined; currency?: string | undefined },
  page: { after: readonly [string, string, string] | null; fetch: number },
): Promise<RateRow[]> {
  const { after } = page;
  const where = allOf([
    inScope(filter.scope, 'r.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`r.legal_entity_id = ${filter.legalEntityId}`,
    filter.currency === undefined ? null : sql`r.currency = ${filter.currency}`,
    after === null
      ? null
      : sql`((r.legal_entity_id, r.currency) > (${after[0]}, ${after[1]})
          or (r.legal_entity_id, r.currency) = (${after[0]}, ${after[1]}) and r.rate_on < ${after[2]}::date)`,
  ]);
  const { rows } = await sql<RateRow>`select ${COLUMNS} from exchange_rate r where ${where}
    order by r.legal_entity_id, r.currency, r.rate_on desc limit ${page.fetch}`.execute(db);
  return rows;
}

interface FoundRate {
  readonly baseCurrency: string;
  readonly on: string;
  readonly rate: string | null;
  readonly rateOn: string | null;
  readonly isFresh: boolean;
}

/**
 * The rate that counts on a day: the latest that is not after it, at most `RATE_DAYS_MAX` days old.
 * Refuses `exchange_rate_missing`. Not to be asked for the legal entity's own currency.
 *
 * @param asked.on the day of the money, such as a value date; one that is still to come counts as today. Without it: today
 * @param asked.now business time, epoch milliseconds; today is the legal entity's
 * @throws a defect without the legal entity
 */
export async function rateOfDay(
  db: Db | Tx,
  asked: { legalEntityId: string; currency: string; now: number; on?: string },
): Promise<Result<{ rate: string; rateOn: string }>> {
  const { legalEntityId, currency } = asked;
  const { rows } = await sql<FoundRate>`
    select e.currency as "baseCurrency", d.day as on, trim_scale(r.rate)::text as rate, r.rate_on as "rateOn",
      coalesce(r.rate_on >= d.day - ${RATE_DAYS_MAX}::integer, false) as "isFresh"
    from legal_entity e
    cross join lateral (select least(${asked.on ?? null}::date, (${new Date(asked.now)}::timestamptz at time zone e.zone)::date) as day) d
    left join lateral (select rate, rate_on from exchange_rate
      where legal_entity_id = e.id and currency = ${currency} and rate_on <= d.day order by rate_on desc limit 1) r on true
    where e.id = ${legalEntityId}`.execute(db);
  const [found] = rows;
  if (found === undefined) throw new Error(`defect: no legal entity ${legalEntityId}`);
  const { baseCurrency, on, rate, rateOn, isFresh } = found;
  if (rate === null || rateOn === null || !isFresh) {
    return rateMissing({ legalEntityId, currency, baseCurrency, on, latestOn: rateOn });
  }
  return { ok: true, rate, rateOn };
}
