// The API in a process of its own, put together as `quittance api` does.

import { Client, Connection } from '@temporalio/client';
import { createLogger } from '../../src/api/log.ts';
import { startApi } from '../../src/api/server.ts';
import { openDatabase } from '../../src/database/client.ts';
import { serveParent } from './serve-parent.ts';

let stop: () => Promise<void> = () => Promise.resolve();

serveParent({
  async start(settings: { databaseUrl: string; temporalAddress: string; namespace: string }) {
    const db = openDatabase(settings.databaseUrl);
    const connection = await Connection.connect({ address: settings.temporalAddress });
    const temporal = new Client({ connection, namespace: settings.namespace });
    const logger = createLogger({ level: 'warn' });
    const api = await startApi({ db, temporal, logger, port: 0, host: '127.0.0.1' });
    stop = async () => {
      await api.close();
      await connection.close();
      await db.destroy();
    };
    return { url: api.url };
  },
  stop: () => stop(),
});
