// What an idempotency key was used for and what it was answered.

import { sql } from 'kysely';
import type { Db } from '../client.ts';

/** A request that neither answered nor failed for this long is taken as dead, and its repetition goes on in its place. */
const UNFINISHED_TAKEN_OVER_MS = 60_000;
/** Answers are kept at least this long. */
const ANSWER_KEPT_MS = 48 * 3_600_000;
/** Records deleted in one go. */
const DELETED_MAX = 5_000;

/** A caller's key on one route. */
export interface KeyUse {
  readonly apiKeyId: string;
  readonly route: string;
  readonly key: string;
}

export type Claim =
  /** Ours to answer; `since` tells our claim from one that took it over. */
  | { readonly state: 'claimed'; readonly since: string }
  | { readonly state: 'in_flight' }
  | { readonly state: 'reused' }
  | {
      readonly state: 'answered';
      readonly status: number;
      readonly response: unknown;
      readonly location: string | null;
    };

/** Claims the key for a request, or tells what became of the request that has it. */
export async function claimIdempotencyKey(db: Db, use: KeyUse & { bodyHash: string }): Promise<Claim> {
  const claimed = await sql<{ since: string }>`
    insert into idempotency_key (api_key_id, route, key, body_hash) values (${use.apiKeyId}, ${use.route}, ${use.key}, ${use.bodyHash})
    on conflict (api_key_id, route, key) do update set created_at = clock_timestamp()
      where idempotency_key.status is null and idempotency_key.body_hash = excluded.body_hash
        and idempotency_key.created_at < clock_timestamp() - make_interval(secs => ${UNFINISHED_TAKEN_OVER_MS / 1000})
    returning created_at::text as since`.execute(db);
  const [mine] = claimed.rows;
  if (mine !== undefined) return { state: 'claimed', since: mine.since };
  const found = await db
    .selectFrom('idempotency_key')
    .where('api_key_id', '=', use.apiKeyId)
    .where('route', '=', use.route)
    .where('key', '=', use.key)
    .select(['body_hash', 'status', 'response', 'location'])
    .executeTakeFirst();
  if (found === undefined) return { state: 'in_flight' }; // Released this moment: the caller comes back.
  if (found.body_hash !== use.bodyHash) return { state: 'reused' };
  if (found.status === null) return { state: 'in_flight' };
  return { state: 'answered', status: found.status, response: found.response, location: found.location };
}

/** Keeps the final answer of a claimed request. */
export async function keepAnswer(
  db: Db,
  use: KeyUse & { since: string },
  answer: { status: number; response: string; location: string | null },
): Promise<void> {
  await sql`update idempotency_key set status = ${answer.status}, response = ${answer.response}::jsonb, location = ${answer.location}
    where api_key_id = ${use.apiKeyId} and route = ${use.route} and key = ${use.key} and created_at = ${use.since}::timestamptz`.execute(
    db,
  );
}

/** Gives a claim back, so that a repetition goes on with the request. */
export async function releaseClaim(db: Db, use: KeyUse & { since: string }): Promise<void> {
  await sql`delete from idempotency_key
    where api_key_id = ${use.apiKeyId} and route = ${use.route} and key = ${use.key} and created_at = ${use.since}::timestamptz
      and status is null`.execute(db);
}

/** Deletes answers past their age, some at a time. @returns how many were deleted. */
export async function deleteOldAnswers(db: Db): Promise<number> {
  const { numAffectedRows } = await sql`delete from idempotency_key where ctid in (
    select ctid from idempotency_key where created_at < clock_timestamp() - make_interval(secs => ${ANSWER_KEPT_MS / 1000})
    order by created_at limit ${DELETED_MAX})`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
