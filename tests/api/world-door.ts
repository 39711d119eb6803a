// The API in front of a world with an engine, for tests of a request's whole way: through the door, the run and the books, and back.

import { createLogger } from '../../src/api/log.ts';
import { startApi } from '../../src/api/server.ts';
import { createApiKey } from '../../src/database/queries/api-keys.ts';
import { ROLES } from '../../src/domain/roles.ts';
import type { World } from '../harness/world.ts';
import type { Ask, Reply } from './door.ts';

export interface WorldDoor {
  readonly url: string;
  /** A key that may do everything everywhere. */
  readonly key: string;
  /** A key with a role in every legal entity. */
  keyFor(role: string): Promise<string>;
  /** Asks with a key that may do everything everywhere, unless told otherwise. */
  ask(method: string, path: string, ask?: Pick<Ask, 'body' | 'key' | 'idempotencyKey'>): Promise<Reply>;
  /** Sends a file as it is. */
  upload(
    path: string,
    content: string | Uint8Array<ArrayBuffer>,
    ask?: Pick<Ask, 'key' | 'idempotencyKey'>,
  ): Promise<Reply>;
  close(): Promise<void>;
}

export async function openWorldDoor(world: World): Promise<WorldDoor> {
  const { db, client } = world;
  const logger = createLogger({ level: 'error', stream: process.stderr });
  const businessOffsetMs = world.businessOffsetMs();
  const api = await startApi({
    ...{ db, temporal: client, logger, businessOffsetMs, isCheckingAnswers: true, port: 0, host: '127.0.0.1' },
  });
  const keyOf = async (roles: readonly string[]): Promise<string> =>
    (await createApiKey(db, { name: roles.join('+'), roles: roles.map((role) => ({ legalEntityId: '*', role })) })).key;
  const everything = await keyOf(ROLES);
  let asked = 0;
  return {
    ...{ url: api.url, key: everything },
    keyFor: (role) => keyOf([role]),
    async ask(method, path, { body, key = everything, idempotencyKey } = {}) {
      asked += 1;
      const response = await fetch(api.url + path, {
        method,
        body: body === undefined ? null : JSON.stringify(body),
        headers: {
          authorization: `Bearer ${key ?? ''}`,
          'content-type': 'application/json',
          ...(method === 'POST' ? { 'idempotency-key': idempotencyKey ?? `request-${String(asked)}` } : {}),
        },
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Reply['body'] };
    },
    async upload(path, content, { key = everything, idempotencyKey } = {}) {
      asked += 1;
      const headers = {
        authorization: `Bearer ${key ?? ''}`,
        'content-type': 'application/octet-stream',
        'idempotency-key': idempotencyKey ?? `request-${String(asked)}`,
      };
      const response = await fetch(api.url + path, { method: 'POST', body: content, headers });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Reply['body'] };
    },
    close: () => api.close(),
  };
}
