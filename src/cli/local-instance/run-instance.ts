// The life of an instance on this machine: up, demo company, table, until Ctrl-C or until a part of it is lost.

import { Supervisor, StopAsked } from '../../local/supervisor.ts';
import { StartProblem } from '../../local/start-problem.ts';
import { CommandProblem } from '../command-problem.ts';
import { ensureDemo } from '../demo/ensure-demo.ts';
import { exitCodes } from '../exit-codes.ts';
import { printLine, talk } from '../talk.ts';
import { unexpectedEnd } from '../until-stopped.ts';
import { bringUp, MAIL_FROM, type Instance, type InstanceOptions } from './bring-up.ts';
import { removeConnectionFile, writeConnectionFile } from './connection-file.ts';
import { instanceTable } from './instance-table.ts';
import { keysFile } from './keys.ts';
import { watchServers } from './server-watch.ts';

/** Runs an instance to its end. @returns the exit code; whatever went wrong has been told by then */
export async function runInstance(options: InstanceOptions): Promise<number> {
  const supervisor = new Supervisor({ out: process.stderr });
  supervisor.listenToSignals();
  try {
    const instance = await bringUp(supervisor, options);
    const { lost } = await watch(supervisor, instance);
    const announced = announce(supervisor, options, instance);
    const cause = await Promise.race([announced.then(() => supervisor.ended), lost]);
    if (typeof cause === 'number') return cause;
    talk(`✗ ${cause}`);
    talk(`  Everything else is stopped. What happened before stands in ${instance.log.path}.`);
    await supervisor.stop();
    return exitCodes.unavailable;
  } catch (error) {
    if (error instanceof StopAsked) return supervisor.ended;
    tellRest(error);
    return exitCodes.unavailable;
  }
}

async function announce(supervisor: Supervisor, options: InstanceOptions, instance: Instance): Promise<void> {
  const { dataFolder } = options;
  await supervisor.step('Demo company', async () => {
    const told = await ensureDemo({ dataFolder, apiUrl: instance.apiUrl, keys: instance.keys });
    return { value: undefined, told };
  });
  await supervisor.step('Connections', async () => {
    await writeConnectionFile(dataFolder, {
      DATABASE_URL: instance.databaseUrl,
      DATABASE_OWNER_URL: instance.ownerUrl,
      TEMPORAL_ADDRESS: instance.temporal.address,
      TEMPORAL_NAMESPACE: instance.temporal.namespace,
      SMTP_URL: instance.mail.smtpUrl,
      MAIL_FROM,
      QUITTANCE_URL: instance.apiUrl,
    });
    const told = 'Other commands in this folder use this instance';
    return { value: undefined, told, stop: () => removeConnectionFile(dataFolder) };
  });
  const temporalUi = instance.temporal.uiUrl ?? '';
  const addresses = { api: instance.apiUrl, temporalUi, mail: instance.mail.url, databaseUrl: instance.databaseUrl };
  printLine(instanceTable(addresses, instance.keys));
  talk(`Keys stand in ${keysFile(dataFolder)}. Ctrl-C stops everything; the next start goes on from here.`);
}

/** @returns `lost`, which resolves with words when a part is lost, and never while all are well or are being stopped */
function watch(supervisor: Supervisor, instance: Instance): Promise<{ lost: Promise<string> }> {
  const { postgres, temporal, worker } = instance;
  return supervisor.step('Watch', () => {
    const servers = watchServers([
      { title: 'Postgres', pid: postgres.pid },
      { title: 'Temporal', pid: temporal.pid },
    ]);
    let isStopping = false;
    const workerLost = new Promise<string>((resolve) => {
      void unexpectedEnd(worker.ended).then((text) => {
        if (!isStopping) resolve(`The worker has ended: ${text}`);
      });
    });
    const stop = (): Promise<void> => {
      isStopping = true;
      servers.stop();
      return Promise.resolve();
    };
    const value = { lost: Promise.race([servers.lost, workerLost]) };
    return Promise.resolve({ value, told: 'All parts are running', stop });
  });
}

/** What the supervisor's one line left out. */
function tellRest(error: unknown): void {
  if (error instanceof StartProblem) return;
  if (error instanceof CommandProblem) talk(`  ${error.hint}`);
  else if (error instanceof Error && error.stack !== undefined) talk(error.stack);
}
