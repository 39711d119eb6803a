// The API in front of a whole world: a real Temporal server, a worker, and Postgres.

import { createLogger } from '../../src/api/log.ts';
import { startApi } from '../../src/api/server.ts';
import { createApiKey } from '../../src/database/queries/api-keys.ts';
import { ROLES } from '../../src/domain/roles.ts';
import type { Customer } from '../harness/acme.ts';
import { eventually, openWorld, type World } from '../harness/world.ts';
import type { Ask, Door, Reply } from './door.ts';

export interface EngineDoor extends Pick<Door, 'ask' | 'keyFor'> {
  readonly world: World;
  readonly eventually: typeof eventually;
  /** The customer `C-1`, made when it is first asked for. */
  customer(): Promise<Customer>;
  close(): Promise<void>;
}

/** Opens a world of its own, in real time, with a door that a key of every role may use. */
export async function openEngineDoor(): Promise<EngineDoor> {
  const world = await openWorld({ time: 'real' });
  const { db, client } = world;
  const logger = createLogger({ level: 'silent' });
  const api = await startApi({ db, temporal: client, logger, isCheckingAnswers: true, port: 0, host: '127.0.0.1' });
  const keyFor: Door['keyFor'] = async (roles) => (await createApiKey(db, { name: 'test', roles })).key;
  const everything = await keyFor(ROLES.map((role) => ({ legalEntityId: '*', role })));
  let asked = 0;
  let customer: Promise<Customer> | null = null;
  return {
    world,
    eventually,
    keyFor,
    customer: () => (customer ??= world.company.customer('C-1')),
    async ask(method: string, path: string, ask: Ask = {}): Promise<Reply> {
      asked += 1;
      const { key = everything, body, idempotencyKey = `request-${String(asked)}` } = ask;
      const response = await fetch(api.url + path, {
        method,
        body: body === undefined ? null : JSON.stringify(body),
        headers: {
          authorization: `Bearer ${String(key)}`,
          'content-type': 'application/json',
          ...(method === 'POST' && idempotencyKey !== null ? { 'idempotency-key': idempotencyKey } : {}),
        },
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Reply['body'] };
    },
    async close() {
      await api.close();
      await world.close();
    },
  };
}
