// Who asks: a bearer key, looked up by its hash, and remembered for a few seconds.

import { createHash } from 'node:crypto';
import type { Db } from '../database/client.ts';
import { findApiKey } from '../database/queries/api-keys.ts';
import { Problem } from './problem.ts';
import type { Caller } from './route.ts';

/** How long a key is trusted without asking the database: a revoked key ends within it. */
const KEY_REMEMBERED_MS = 5_000;
const KEYS_REMEMBERED_MAX = 1_000;

/** Finds the caller of an `Authorization` header. */
export type Authenticate = (header: string | undefined) => Promise<Caller>;

/**
 * @returns a function that finds the caller, or throws 401. Any key, right or wrong, costs one hash and one look-up, so that
 * answers tell nothing about how wrong a key is.
 */
export function authenticator(db: Db): Authenticate {
  const remembered = new Map<string, { caller: Caller; until: number }>();
  return async (header) => {
    const key = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header ?? '')?.[1];
    if (key === undefined) throw notAuthenticated('There is no API key.');
    const hash = createHash('sha256').update(key).digest('hex');
    const known = remembered.get(hash);
    // Real time, not business time: this is about the process.
    if (known !== undefined && known.until > Date.now()) return known.caller;

    const found = await findApiKey(db, hash);
    if (found === null) {
      remembered.delete(hash);
      throw notAuthenticated('This API key is not known or was revoked.');
    }
    const caller: Caller = { keyId: found.id, name: found.name, actor: `key:${found.name}`, grants: found.roles };
    if (remembered.size >= KEYS_REMEMBERED_MAX) remembered.clear();
    remembered.set(hash, { caller, until: Date.now() + KEY_REMEMBERED_MS });
    return caller;
  };
}

function notAuthenticated(text: string): Problem {
  return new Problem({
    kind: 'not_authenticated',
    code: 'not_authenticated',
    text,
    hint: 'Send "Authorization: Bearer qk_…" with a key made by "quittance key create".',
    headers: { 'WWW-Authenticate': 'Bearer realm="quittance"' },
  });
}
