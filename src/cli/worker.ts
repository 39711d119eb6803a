// `quittance worker`: runs the workflows and activities, configured by the environment alone.

import type { Command } from 'commander';
import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { createLogger } from '../api/log.ts';
import { openDatabase } from '../database/client.ts';
import { installRuntime } from '../worker/install-runtime.ts';
import { setUpNamespace } from '../worker/set-up-namespace.ts';
import { openSmtpDelivery } from '../worker/smtp-delivery.ts';
import { startWorker, type RunningWorker } from '../worker/start-worker.ts';
import { readConfiguration, TEMPORAL_VARIABLES, type Configuration } from './configuration.ts';
import { requireDatabase, temporalConnection, temporalUnavailable } from './connect.ts';
import { runtimeLevel } from './runtime-level.ts';
import { runUntilStopped } from './until-stopped.ts';
import { startWorkerHealth } from './worker-health.ts';

const NAMES = [
  'DATABASE_URL',
  'SMTP_URL',
  'MAIL_FROM',
  'HOST',
  'HEALTH_PORT',
  'LOG_LEVEL',
  ...TEMPORAL_VARIABLES,
] as const;
type WorkerConfiguration = Configuration<(typeof NAMES)[number]>;

export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('Run a worker until SIGTERM: workflows, database and mail. As many as you like may run.')
    .addHelpText(
      'after',
      `
Configured by DATABASE_URL, TEMPORAL_ADDRESS, SMTP_URL, MAIL_FROM and what else .env.example lists.
Sets up the namespace like "quittance setup". With HEALTH_PORT it answers GET /health while it works.

Example:
  $ HEALTH_PORT=4001 npx quittance worker`,
    )
    .action(runWorker);
}

async function runWorker(): Promise<void> {
  const configuration = readConfiguration(NAMES);
  const logger = createLogger({ level: configuration.LOG_LEVEL });
  installRuntime({ level: runtimeLevel(configuration.LOG_LEVEL), write: (line) => process.stdout.write(`${line}\n`) });
  const mail = openSmtpDelivery({ url: configuration.SMTP_URL, from: configuration.MAIL_FROM });
  const db = openDatabase(configuration.DATABASE_URL);
  const closing = [() => mail.close(), () => db.destroy()];
  try {
    await requireDatabase(db);
    await prepareNamespace(configuration, logger);
    const { address, ...access } = temporalConnection(configuration);
    const worker = await startWorker({
      temporalAddress: address,
      temporalAccess: access,
      namespace: configuration.TEMPORAL_NAMESPACE,
      db,
      delivery: mail.delivery,
      businessOffsetMs: 0,
    });
    closing.unshift(() => worker.stop());
    await serve({ configuration, worker, logger, closing });
  } catch (error) {
    for (const close of closing) await close();
    throw error;
  }
}

async function serve(running: {
  configuration: WorkerConfiguration;
  worker: RunningWorker;
  logger: Logger;
  closing: (() => Promise<void>)[];
}): Promise<void> {
  const { configuration, worker, logger, closing } = running;
  const { HEALTH_PORT: port, HOST: host } = configuration;
  if (port !== undefined) {
    const health = await startWorkerHealth({ host, port });
    closing.unshift(() => health.close());
  }
  logger.info({ namespace: configuration.TEMPORAL_NAMESPACE }, 'worker runs');
  await runUntilStopped('worker', { ended: worker.ended, stops: closing });
}

async function prepareNamespace(configuration: WorkerConfiguration, logger: Logger): Promise<void> {
  const options = temporalConnection(configuration);
  const connection = await Connection.connect(options).catch((error: unknown) => {
    throw temporalUnavailable(options.address, error);
  });
  try {
    const done = await setUpNamespace(new Client({ connection, namespace: configuration.TEMPORAL_NAMESPACE }));
    if (done.areAttributesRefused) logger.warn('search attributes could not be checked: see "quittance setup"');
  } finally {
    await connection.close();
  }
}
