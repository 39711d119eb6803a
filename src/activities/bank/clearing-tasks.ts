// Asks people about money that another door told long ago and that never reached the bank, and ends it when it did.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import { addDays } from '../../domain/dates.ts';
import { formatDecimal } from '../../domain/money.ts';
import { wholePolicy } from '../../domain/policy.ts';
import type { Db, Tx } from '../../database/client.ts';
import {
  bankedEntities,
  oldestOpen,
  waitingOn,
  type BankedEntity,
  type OldestOpen,
} from '../../database/queries/clearing.ts';
import { closeTasks, ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import { clearingTaskKey } from './door-line.ts';

/** Time a person has to find such money. */
const TASK_DEADLINE_MS = 2 * 86_400_000;

/**
 * Looks at the clearing accounts of every legal entity that reads bank files: one task for each account, about the oldest of what
 * waits for longer than the policy allows. One that a person ticked off is not opened again for the same money.
 *
 * @returns how many tasks it opened
 */
export async function askAboutClearing(db: Db, now: number): Promise<number> {
  let opened = 0;
  for (const entity of await bankedEntities(db)) opened += await askForEntity(db, entity, now);
  return opened;
}

async function askForEntity(db: Db, entity: BankedEntity, now: number): Promise<number> {
  const { clearingOpenDays } = wholePolicy(entity.policy ?? {}).cash;
  const until = addDays(localDate(entity.zone, now), -clearingOpenDays - 1);
  const oldest = await oldestOpen(db, { legalEntityId: entity.id, from: entity.since, until });
  const keys = oldest.map(({ source, id }) => clearingTaskKey(source, id));
  const { known, over } = await tasksOf(db, entity.id, keys);
  const missing = oldest.filter(({ source, id }) => !known.has(clearingTaskKey(source, id)));
  if (missing.length === 0 && over.length === 0) return 0;
  await db.transaction().execute(async (tx) => {
    await closeTasks(tx, { legalEntityId: entity.id, keys: over, doneBy: 'sweep' });
    for (const one of missing) await askAbout(tx, entity, { ...one, days: clearingOpenDays, now });
  });
  return missing.length;
}

/** Which of the keys have a task already, and which tasks are about nothing any more. */
async function tasksOf(
  db: Db,
  legalEntityId: string,
  keys: readonly string[],
): Promise<{ known: Set<string>; over: string[] }> {
  const { rows } = await sql<{ key: string; isWanted: boolean }>`
    select key, key = any(${keys}::text[]) as "isWanted" from task where legal_entity_id = ${legalEntityId}
      and (key = any(${keys}::text[]) or (kind = 'clearing_open' and state = 'open'))`.execute(db);
  return {
    known: new Set(rows.map(({ key }) => key)),
    over: rows.filter(({ isWanted }) => !isWanted).map(({ key }) => key),
  };
}

async function askAbout(
  tx: Tx,
  entity: BankedEntity,
  { source, id, since, days, now }: OldestOpen & { days: number; now: number },
): Promise<void> {
  const waiting = await waitingOn(tx, { legalEntityId: entity.id, source });
  const sums = waiting.map(({ currency, amount }) => `${formatDecimal(BigInt(amount), currency)} ${currency}`);
  const count = waiting.reduce((sum, one) => sum + one.count, 0);
  const what = count === 1 ? '1 booking waits' : `${String(count)} bookings wait`;
  await openTask(tx, {
    legalEntityId: entity.id,
    key: clearingTaskKey(source, id),
    kind: 'clearing_open',
    ownerRole: 'cash_applier',
    reason: `Account clearing:${source} has a balance of ${sums.join(' and ')}: ${what} for a bank line, the oldest since ${since}, more than ${String(days)} days.`,
    endsWith: ENDS_BY_HAND,
    deadlineAt: now + TASK_DEADLINE_MS,
  });
}
