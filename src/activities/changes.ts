// Writes what orders are decided by: credit limits and policies.

import { sql } from 'kysely';
import { writeAudit } from '../database/queries/audit.ts';
import type { CreditChangeInput, PolicyChangeInput } from '../workflows/messages.ts';
import type { Dependencies } from './dependencies.ts';
import { POKES_MAX } from './poke-orders.ts';

export interface ChangeActivities {
  setCredit(input: CreditChangeInput & { now: number }): Promise<void>;
  /** Writes the next version, once for a request. */
  writePolicy(input: PolicyChangeInput & { now: number }): Promise<{ version: number }>;
  /** A page of a legal entity's orders that are not closed, after the given ID. */
  unclosedOrders(input: { legalEntityId: string; after: string | null }): Promise<{ orderIds: string[] }>;
}

export function createChangeActivities({ db }: Dependencies): ChangeActivities {
  return {
    async setCredit(input) {
      await db.transaction().execute(async (tx) => {
        const before = await tx
          .selectFrom('credit_account')
          .select(['limit_minor', 'is_blocked'])
          .where('customer_id', '=', input.customerId)
          .forUpdate()
          .executeTakeFirstOrThrow();
        const isDone = await tx
          .selectFrom('request_effect')
          .select('key')
          .where('key', '=', input.requestKey)
          .executeTakeFirst();
        if (isDone !== undefined) return;
        await tx
          .updateTable('credit_account')
          .set({ limit_minor: input.limitMinor, is_blocked: input.isBlocked, changed_at: new Date() })
          .where('customer_id', '=', input.customerId)
          .execute();
        await tx.insertInto('request_effect').values({ key: input.requestKey, result: '{}' }).execute();
        await writeAudit(tx, {
          legalEntityId: input.legalEntityId,
          actor: input.actor,
          action: 'credit_account.changed',
          subject: input.customerId,
          because: 'Limit or status changed.',
          details: {
            before: { limitMinor: before.limit_minor, isBlocked: before.is_blocked },
            after: { limitMinor: input.limitMinor, isBlocked: input.isBlocked },
          },
          businessAt: input.now,
          requestId: input.requestId,
        });
      });
    },

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
        where legal_entity_id = ${legalEntityId} and stage not in ('settled', 'rejected') and (${after}::uuid is null or id > ${after}::uuid)
        order by id limit ${POKES_MAX}`.execute(db);
      return { orderIds: rows.map((row) => row.id) };
    },
  };
}
