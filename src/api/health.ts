// Is the process alive, and can it work: for supervisors and load balancers, without a key.

import { Router } from 'express';
import { sql } from 'kysely';
import type { Db } from '../database/client.ts';
import { READY_DEADLINE_MS } from './limits.ts';
import { Problem } from './problem.ts';
import type { Engine } from './temporal/engine.ts';

export function healthRoutes({ db, engine }: { db: Db; engine: Engine }): Router {
  const router = Router();
  router.get('/health', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/ready', async (_request, response) => {
    const [database, temporal] = await Promise.all([isAnswering(askDatabase(db)), isAnswering(askEngine(engine))]);
    if (!database || !temporal) {
      throw new Problem({
        kind: 'unavailable',
        code: 'not_ready',
        text: `Not ready: ${[database ? '' : 'database', temporal ? '' : 'engine'].filter((name) => name !== '').join(', ')}.`,
        hint: 'Wait, or look at what is named.',
        details: { database, engine: temporal },
      });
    }
    response.json({ status: 'ready', database, engine: temporal });
  });
  return router;
}

async function askDatabase(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

async function askEngine({ client }: Engine): Promise<void> {
  await client.connection.withDeadline(Date.now() + READY_DEADLINE_MS, () => client.workflowService.getSystemInfo({}));
}

async function isAnswering(question: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, READY_DEADLINE_MS);
  });
  try {
    return await Promise.race([question.then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
