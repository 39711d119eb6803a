// Writes what orders are decided by: credit limits and policies.

import { sql } from 'kysely';
import { FINAL_STAGES } from '../domain/agenda.ts';
import { mayChangeLimit, type LimitTerms } from '../domain/limit-change.ts';
import type { Result } from '../domain/refusal.ts';
import { isRole } from '../domain/roles.ts';
import type { Db, Tx } from '../database/client.ts';
import { writeAudit } from '../database/queries/audit.ts';
import { entityRules, grantedOn, lockCredit, lockOwnRow, type CreditAccount } from '../database/queries/credit.ts';
import {
  limitHolder,
  moveHolds,
  writeAccountLimit,
  writeGroupLimit,
  type LimitHolder,
} from '../database/queries/credit-groups.ts';
import type { CreditChangeInput, GroupChangeInput, PolicyChangeInput, Request, Told } from '../workflows/messages.ts';
import { grantQueue } from './credit-queue.ts';
import type { Dependencies } from './dependencies.ts';
import { Refused, refusalFailure } from './failures.ts';
import { POKES_MAX } from './poke-orders.ts';

export interface ChangeActivities {
  /** Sets a customer's limit, its block and its group, once for a request. Tells which orders got room. */
  setCredit(input: CreditChangeInput & { now: number }): Promise<Told>;
  /** Sets the limit that customers share, once for a request. Tells which orders got room. */
  setGroup(input: GroupChangeInput & { now: number }): Promise<Told>;
  /** Writes the next version, once for a request. */
  writePolicy(input: PolicyChangeInput & { now: number }): Promise<{ version: number }>;
  /** A page of a legal entity's orders that are not closed, after the given ID. */
  unclosedOrders(input: { legalEntityId: string; after: string | null }): Promise<{ orderIds: string[] }>;
}

export function createChangeActivities({ db }: Dependencies): ChangeActivities {
  return {
    setCredit: (input) =>
      changeOnce(db, input, {
        action: 'credit_account.change',
        subject: input.customerId,
        effect: (tx) => changeAccount(tx, input),
      }),

    setGroup: (input) =>
      changeOnce(db, input, {
        action: 'credit_group.change',
        subject: input.groupId,
        effect: (tx) => changeGroup(tx, input),
      }),

    async writePolicy(input) {
      return db.transaction().execute(async (tx) => {
        // One change of a legal entity's policy after the other, so that two get two numbers.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`policy/${input.legalEntityId}`}, 0))`.execute(tx);
        const known = await tx
          .selectFrom('request_effect')
          .select('result')
          .where('key', '=', input.requestKey)
          .executeTakeFirst();
        if (known !== undefined) return known.result as { version: number };
        const { rows } = await sql<{ version: number }>`
          insert into policy (legal_entity_id, version, body, created_by)
          select ${input.legalEntityId}, coalesce(max(version), 0) + 1, ${JSON.stringify(input.body)}::jsonb, ${input.actor}
          from policy where legal_entity_id = ${input.legalEntityId} returning version`.execute(tx);
        const version = rows[0]?.version ?? 1;
        await tx
          .insertInto('request_effect')
          .values({ key: input.requestKey, result: JSON.stringify({ version }) })
          .execute();
        await writeAudit(tx, {
          legalEntityId: input.legalEntityId,
          actor: input.actor,
          action: 'policy.written',
          subject: String(version),
          because: 'A new version of the policy.',
          businessAt: input.now,
          requestId: input.requestId,
        });
        return { version };
      });
    },

    async unclosedOrders({ legalEntityId, after }) {
      const { rows } = await sql<{ id: string }>`select id from sales_order
        where legal_entity_id = ${legalEntityId} and stage <> all(${FINAL_STAGES}::text[]) and (${after}::uuid is null or id > ${after}::uuid)
        order by id limit ${POKES_MAX}`.execute(db);
      return { orderIds: rows.map((row) => row.id) };
    },
  };
}

/** A limit as it is to be; of a customer or a group: one of the two. */
export interface LimitWrite extends LimitTerms {
  readonly customerId: string | null;
  readonly groupId: string | null;
  readonly isBlocked: boolean;
  readonly because: string;
  readonly actor: string;
  readonly requestId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/**
 * Writes a limit that somebody had the authority for, and lets go who fits under it. Who that is says
 * `grantedOrders(db, customerId ?? groupId)` afterwards.
 */
export async function writeLimit(tx: Tx, write: LimitWrite): Promise<void> {
  const id = write.customerId ?? write.groupId;
  if (id === null) throw new Error('defect: a limit of nobody');
  const account = await lockCredit(tx, id);
  const before = await limitHolder(tx, id);
  const isGroup = write.customerId === null;
  if (isGroup) await writeGroupLimit(tx, id, write);
  else await writeAccountLimit(tx, id, { ...write, groupId: before.groupId });
  await writeAudit(tx, {
    legalEntityId: account.legalEntityId,
    actor: write.actor,
    action: isGroup ? 'credit_group.changed' : 'credit_account.changed',
    subject: id,
    because: write.because,
    details: { before: shown(before), after: shown({ ...write, groupId: before.groupId }) },
    businessAt: write.now,
    requestId: write.requestId,
  });
  await grantQueue(tx, id, write.now);
}

type Terms = Pick<LimitHolder, 'limitMinor' | 'limitUntil' | 'isBlocked' | 'groupId'>;

function shown({ limitMinor, limitUntil, isBlocked, groupId }: Terms): Terms {
  return { limitMinor, limitUntil, isBlocked, groupId };
}

/** The customers or groups on whose accounts orders may have got room. */
interface Freed {
  readonly ids: readonly string[];
}

async function changeAccount(tx: Tx, input: CreditChangeInput & { now: number }): Promise<Result<Freed>> {
  const { customerId, limitMinor, isBlocked, now } = input;
  const account = await lockBoth(tx, customerId, input.groupId);
  const before = await limitHolder(tx, customerId);
  const { limitUntil = before.limitUntil, groupId = before.groupId } = input;
  const after = { limitMinor, limitUntil, isBlocked, groupId };
  const may = await mayChange(tx, input, { before, after });
  if (!may.ok) return may;
  const isMoving = groupId !== before.groupId;
  if (isMoving) {
    const joined = await mayMove(tx, input, { account, before, after });
    if (!joined.ok) return joined;
  }
  await writeAccountLimit(tx, customerId, after);
  if (isMoving) await moveHolds(tx, { customerId, accountId: groupId ?? customerId });
  await writeAudit(tx, {
    legalEntityId: input.legalEntityId,
    actor: input.actor,
    action: 'credit_account.changed',
    subject: customerId,
    because: isMoving ? 'The customer joined or left a group.' : 'Limit or status changed.',
    details: { before: shown(before), after: shown(after) },
    businessAt: now,
    requestId: input.requestId,
  });
  // Who leaves an account takes its debts along; who joins one may bring cash.
  const ids = isMoving && before.groupId !== null ? [before.groupId, customerId] : [customerId];
  for (const id of ids) await grantQueue(tx, id, now);
  return { ok: true, ids };
}

/** Locks the customer's row, then the groups it leaves and joins in the order of their IDs. */
async function lockBoth(tx: Tx, customerId: string, joins: string | null | undefined): Promise<CreditAccount> {
  const left = await lockOwnRow(tx, customerId);
  const groups = [left, joins ?? null].filter((id) => id !== null);
  for (const id of [...new Set(groups)].sort()) await lockCredit(tx, id);
  return lockCredit(tx, customerId);
}

async function changeGroup(tx: Tx, input: GroupChangeInput & { now: number }): Promise<Result<Freed>> {
  const { groupId, limitMinor, limitUntil, isBlocked } = input;
  await lockCredit(tx, groupId);
  const before = await limitHolder(tx, groupId);
  const may = await mayChange(tx, input, { before, after: { limitMinor, limitUntil } });
  if (!may.ok) return may;
  const { actor, requestId, now } = input;
  const because = 'Limit or status changed.';
  await writeLimit(tx, {
    ...{ customerId: null, groupId, limitMinor, limitUntil, isBlocked },
    ...{ because, actor, requestId, now },
  });
  return { ok: true, ids: [groupId] };
}

/** Whether the change of the limit is the caller's to make alone. Messages of 0.1.0 carry no roles: their door had decided. */
async function mayChange(
  tx: Tx,
  input: Request & { legalEntityId: string },
  { before, after }: { before: LimitHolder; after: LimitTerms },
): Promise<Result<object>> {
  const { policy } = await entityRules(tx, input.legalEntityId);
  const { currency, createdBy } = before;
  const roles = input.roles?.filter(isRole) ?? null;
  return mayChangeLimit({ before, after, currency, actor: input.actor, roles, createdBy, rules: policy.approvals });
}

/** Joining a group whose limit reaches further raises the customer's credit; how far the group's reaches was decided before. */
async function mayMove(
  tx: Tx,
  input: CreditChangeInput,
  { account, before, after }: { account: CreditAccount; before: LimitHolder; after: Terms },
): Promise<Result<object>> {
  const joined = after.groupId === null ? after : await lockCredit(tx, after.groupId);
  const { policy } = await entityRules(tx, input.legalEntityId);
  const { currency, createdBy } = before;
  const { actor } = input;
  return mayChangeLimit({
    ...{ before: account, after: joined, currency, actor, roles: null, createdBy },
    rules: policy.approvals,
  });
}

/** Runs a change once under the key of its request, audited also when it is refused, and says which orders it let go. */
async function changeOnce(
  db: Db,
  input: Request & { readonly legalEntityId: string; readonly now: number },
  change: { action: string; subject: string; effect: (tx: Tx) => Promise<Result<Freed>> },
): Promise<Told> {
  try {
    const { ids } = await db.transaction().execute(async (tx): Promise<Freed> => {
      const known = await tx
        .selectFrom('request_effect')
        .select('result')
        .where('key', '=', input.requestKey)
        .executeTakeFirst();
      if (known !== undefined) return { ids: [change.subject], ...(known.result as Partial<Freed>) };
      const result = await change.effect(tx);
      if (!result.ok) throw new Refused(result.refusal);
      const done: Freed = { ids: result.ids };
      await tx
        .insertInto('request_effect')
        .values({ key: input.requestKey, result: JSON.stringify(done) })
        .execute();
      return done;
    });
    // Read after the effect: a repetition that finds it done tells the same orders, unless they went on already.
    return { tell: await grantedOn(db, ids, POKES_MAX) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { refusal } = error;
    await db.transaction().execute((tx) =>
      writeAudit(tx, {
        legalEntityId: input.legalEntityId,
        actor: input.actor,
        action: `${change.action}.refused`,
        subject: change.subject,
        because: refusal.text,
        details: { code: refusal.code },
        businessAt: input.now,
        requestId: input.requestId,
      }),
    );
    throw refusalFailure(refusal);
  }
}
