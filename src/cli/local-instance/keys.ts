// The demo keys of the instance on this machine: one for each role, the same at every start.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Db } from '../../database/client.ts';
import { createApiKey, findApiKey } from '../../database/queries/api-keys.ts';
import { EVERYWHERE, ROLES, type Role } from '../../domain/roles.ts';
import { readPrivateJson, writePrivateJson } from './private-file.ts';

const keysSchema = z.partialRecord(z.enum(ROLES), z.string());
export type DemoKeys = Readonly<Record<Role, string>>;

/** Where the keys stand, readable by their owner alone. */
export function keysFile(dataFolder: string): string {
  return join(dataFolder, 'keys.json');
}

/** The keys as the file has them, or `null` without a whole one. */
export function readKeys(dataFolder: string): DemoKeys | null {
  const read = z.record(z.enum(ROLES), z.string()).safeParse(readPrivateJson(keysFile(dataFolder)));
  return read.success ? read.data : null;
}

/**
 * The keys from the data folder; those that the database does not know are made. The administrator's reaches every legal
 * entity, because it makes the first one; the others reach `legalEntityId`.
 */
export async function ensureKeys(db: Db, options: { dataFolder: string; legalEntityId: string }): Promise<DemoKeys> {
  const file = keysFile(options.dataFolder);
  const kept = keysSchema.safeParse(readPrivateJson(file));
  const keys = new Map<Role, string>();
  for (const role of ROLES) {
    const known = kept.success ? kept.data[role] : undefined;
    if (known !== undefined && (await isKnown(db, known))) {
      keys.set(role, known);
      continue;
    }
    const legalEntityId = role === 'administrator' ? EVERYWHERE : options.legalEntityId;
    const made = await createApiKey(db, { name: `demo ${role}`, roles: [{ legalEntityId, role }] });
    keys.set(role, made.key);
    // After each one: a start that is interrupted leaves no key that nobody knows.
    await writePrivateJson(file, Object.fromEntries(keys));
  }
  return Object.fromEntries(keys) as DemoKeys;
}

async function isKnown(db: Db, key: string): Promise<boolean> {
  return (await findApiKey(db, createHash('sha256').update(key).digest('hex'))) !== null;
}
