// `quittance api` and `quittance worker` as processes of their own, which a test may end as hard as it likes.

import { freePort } from '../../src/local/ports.ts';
import { startQuittance, type RunningCommand } from '../cli/quittance.ts';
import { eventually } from '../harness/world.ts';

const READY_WITHIN_MS = 60_000;

/** Where both work. */
export interface Servers {
  readonly appUrl: string;
  readonly temporalAddress: string;
}

export interface RunningService {
  readonly url: string;
  readonly command: RunningCommand;
}

/** Starts the API and waits until it reaches both servers. @param port default: a free one */
export async function startApiProcess(servers: Servers, port?: number): Promise<RunningService> {
  const taken = port ?? (await freePort());
  const command = startQuittance(['api'], { environment: { ...environmentOf(servers), PORT: String(taken) } });
  return whenReady({ command, url: `http://127.0.0.1:${String(taken)}` }, '/ready');
}

/** Starts a worker and waits until it works. */
export async function startWorkerProcess(servers: Servers, smtpUrl: string): Promise<RunningService> {
  const port = await freePort();
  const mail = { SMTP_URL: smtpUrl, MAIL_FROM: 'billing@shop.example' };
  const command = startQuittance(['worker'], {
    environment: { ...environmentOf(servers), ...mail, HEALTH_PORT: String(port) },
  });
  return whenReady({ command, url: `http://127.0.0.1:${String(port)}` }, '/health');
}

function environmentOf({ appUrl, temporalAddress }: Servers): Record<string, string> {
  return { DATABASE_URL: appUrl, TEMPORAL_ADDRESS: temporalAddress, HOST: '127.0.0.1', LOG_LEVEL: 'warn' };
}

async function whenReady(service: RunningService, path: string): Promise<RunningService> {
  try {
    await eventually(async () => {
      const { ok } = await fetch(new URL(path, service.url));
      if (!ok) throw new Error(`${path} is not ready:\n${service.command.stderr()}`);
    }, READY_WITHIN_MS);
    return service;
  } catch (error) {
    service.command.kill();
    throw error;
  }
}
