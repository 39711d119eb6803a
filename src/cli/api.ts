// `quittance api`: serves the HTTP door, configured by the environment alone.

import type { Command } from 'commander';
import { Client, Connection } from '@temporalio/client';
import { createLogger } from '../api/log.ts';
import { startApi } from '../api/server.ts';
import { openDatabase } from '../database/client.ts';
import { reasonOf } from '../local/start-problem.ts';
import { CommandProblem } from './command-problem.ts';
import { readConfiguration, TEMPORAL_VARIABLES } from './configuration.ts';
import { requireDatabase, temporalConnection } from './connect.ts';
import { exitCodes } from './exit-codes.ts';
import { runUntilStopped } from './until-stopped.ts';

const NAMES = ['DATABASE_URL', 'HOST', 'PORT', 'BEHIND_PROXY', 'LOG_LEVEL', ...TEMPORAL_VARIABLES] as const;

export function registerApi(program: Command): void {
  program
    .command('api')
    .description('Serve the REST API until SIGTERM, on HOST and PORT.')
    .addHelpText(
      'after',
      `
Configured by DATABASE_URL, TEMPORAL_ADDRESS and what else .env.example lists. GET /health tells whether it lives,
GET /ready whether it reaches Postgres and Temporal, /docs everything else.

Example:
  $ HOST=0.0.0.0 PORT=4000 npx quittance api`,
    )
    .action(runApi);
}

async function runApi(): Promise<void> {
  const configuration = readConfiguration(NAMES);
  const { HOST: host, PORT: port } = configuration;
  const logger = createLogger({ level: configuration.LOG_LEVEL });
  const db = openDatabase(configuration.DATABASE_URL);
  // Temporal may come later or be away for a while: GET /ready tells, and requests answer 503.
  const connection = Connection.lazy(temporalConnection(configuration));
  const closing = [() => connection.close(), () => db.destroy()];
  try {
    await requireDatabase(db);
    const temporal = new Client({ connection, namespace: configuration.TEMPORAL_NAMESPACE });
    const options = { db, temporal, logger, port, host, isBehindProxy: configuration.BEHIND_PROXY };
    const api = await startApi(options).catch((error: unknown) => {
      throw new CommandProblem(
        exitCodes.unavailable,
        `The API cannot listen on ${host}:${String(port)}: ${reasonOf(error)}`,
        'Choose another with PORT and HOST, or stop what listens there.',
      );
    });
    closing.unshift(() => api.close());
    logger.info({ url: api.url }, 'api listens');
    await runUntilStopped('api', { ended: null, stops: closing });
  } catch (error) {
    for (const close of closing) await close();
    throw error;
  }
}
