// API keys: made, found by their hash, revoked. A key itself is shown once and stored nowhere.

import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { EVERYWHERE, isRole, type RoleGrant } from '../../domain/roles.ts';
import type { Db } from '../client.ts';
import { writeAudit } from './audit.ts';

const KEY_BYTES = 32;

export interface FoundKey {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly RoleGrant[];
}

/** SHA-256 in hex: enough for a key of 256 random bits. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * Makes a key with its roles.
 *
 * @param options.roles a role per legal entity, or for `*`
 * @returns the key's ID, and the key in clear, which cannot be shown again
 * @throws when a role is not known or there is none
 */
export async function createApiKey(
  db: Db,
  options: { name: string; roles: readonly { legalEntityId: string; role: string }[]; actor?: string },
): Promise<{ id: string; key: string }> {
  const unknown = options.roles.find((grant) => !isRole(grant.role));
  if (unknown !== undefined) throw new Error(`"${unknown.role}" is not a role`);
  if (options.roles.length === 0) throw new Error('a key needs at least one role');
  const key = `qk_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const actor = options.actor ?? 'cli';
  return db.transaction().execute(async (tx) => {
    const { id } = await tx
      .insertInto('api_key')
      .values({ name: options.name, key_hash: hashOf(key) })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('api_key_role')
      .values(
        options.roles.map(({ legalEntityId, role }) => ({ api_key_id: id, legal_entity_id: legalEntityId, role })),
      )
      .execute();
    const entities = [...new Set(options.roles.map((grant) => grant.legalEntityId))];
    const only = entities.length === 1 && entities[0] !== EVERYWHERE ? (entities[0] ?? null) : null;
    const details = { name: options.name, roles: options.roles };
    await writeAudit(tx, { legalEntityId: only, actor, action: 'api_key.created', subject: id, details });
    return { id, key };
  });
}

/** Ends a key; doors forget it within seconds. @returns whether there was one to end. */
export async function revokeApiKey(db: Db, options: { id: string; actor?: string }): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const revoked = await tx
      .updateTable('api_key')
      .set({ revoked_at: sql`clock_timestamp()` })
      .where('id', '=', options.id)
      .where('revoked_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (revoked === undefined) return false;
    const actor = options.actor ?? 'cli';
    await writeAudit(tx, { legalEntityId: null, actor, action: 'api_key.revoked', subject: options.id });
    return true;
  });
}

/** The key with this hash, unless it was revoked. */
export async function findApiKey(db: Db, keyHash: string): Promise<FoundKey | null> {
  const rows = await db
    .selectFrom('api_key')
    .leftJoin('api_key_role', 'api_key_role.api_key_id', 'api_key.id')
    .where('api_key.key_hash', '=', keyHash)
    .where('api_key.revoked_at', 'is', null)
    .select(['api_key.id', 'api_key.name', 'api_key_role.legal_entity_id', 'api_key_role.role'])
    .orderBy('api_key_role.legal_entity_id')
    .orderBy('api_key_role.role')
    .execute();
  const [first] = rows;
  if (first === undefined) return null;
  const roles = rows.flatMap(({ legal_entity_id: legalEntityId, role }) =>
    // A role that this version does not know grants nothing.
    legalEntityId !== null && role !== null && isRole(role) ? [{ legalEntityId, role }] : [],
  );
  return { id: first.id, name: first.name, roles };
}
