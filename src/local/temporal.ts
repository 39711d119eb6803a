// Temporal's own single-binary servers: the development server with its Web UI, and the time-skipping test server.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { findBinary, type FoundBinary } from './binaries.ts';
import { acquireInstanceLock } from './instance-lock.ts';
import { forgetServer, rememberServer, stopLeftover } from './leftover.ts';
import { OwnedProcess } from './owned-process.ts';
import { freePort, loopback, portIsFree } from './ports.ts';
import { StartProblem } from './start-problem.ts';

/** How the server's command line calls the kinds of search attributes. */
const kindOnCommandLine: Readonly<Record<SearchAttributeType, string>> = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
};

export interface TemporalDevServerOptions {
  /** Where its data are kept between runs. Without it everything is in memory and gone at the end. */
  readonly folder?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Default: no Web UI. */
  readonly uiPort?: number;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Registered in the namespace, as `defineSearchAttributeKey` gives them. */
  readonly searchAttributes?: readonly { readonly name: string; readonly type: SearchAttributeType }[];
  /** How long closed runs are kept. Default 30 days. */
  readonly retentionDays?: number;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'never';
  /** The server's own dynamic settings, such as `limit.historyCount.suggestContinueAsNew`, in place of its defaults. */
  readonly dynamicConfig?: Readonly<Record<string, string | number>>;
  readonly onLog?: (line: string) => void;
  /** Default: looked for. */
  readonly binary?: FoundBinary;
}

export interface RunningTemporal {
  readonly address: string;
  readonly pid: number;
  readonly version: string;
  stop(): Promise<void>;
}

export interface RunningTemporalDevServer extends RunningTemporal {
  readonly namespace: string;
  readonly uiUrl: string | undefined;
}

const readyWithinMs = 60_000;
const retentionDaysDefault = 30;
const msPerDay = 86_400_000;

/** Starts the development server and waits until its namespace answers. Throws a StartProblem. */
export async function startTemporalDevServer(
  options: TemporalDevServerOptions = {},
): Promise<RunningTemporalDevServer> {
  for (const port of [options.port, options.uiPort]) {
    if (port !== undefined && !(await portIsFree(port))) throw portTaken(port);
  }
  const binary = options.binary ?? (await findBinary('temporal'));
  const place = await openPlace(options.folder);
  try {
    return await startDevServer({ options, binary, place });
  } catch (error) {
    await place.close();
    throw error;
  }
}

interface Place {
  readonly folder: string;
  readonly pidFile: string;
  readonly database: string | undefined;
  close(): Promise<void>;
}

/** A folder with a lock, where a server that a killed run left behind has been stopped; or one for this time only. */
async function openPlace(wanted: string | undefined): Promise<Place> {
  if (wanted === undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'quittance-temporal-'));
    const close = () => rm(folder, { recursive: true, force: true });
    return { folder, pidFile: join(folder, 'server.json'), database: undefined, close };
  }
  const folder = resolve(wanted);
  const lock = await acquireInstanceLock(folder);
  const pidFile = join(folder, 'server.json');
  await stopLeftover(pidFile, 'SIGTERM');
  return { folder, pidFile, database: join(folder, 'temporal.db'), close: () => lock.release() };
}

async function startDevServer(start: {
  options: TemporalDevServerOptions;
  binary: FoundBinary;
  place: Place;
}): Promise<RunningTemporalDevServer> {
  const { options, binary, place } = start;
  const namespace = options.namespace ?? 'default';
  const port = options.port ?? (await freePort());
  const address = `${loopback}:${port}`;
  const server = new OwnedProcess({
    title: 'The Temporal development server',
    command: binary.path,
    args: devServerArguments({ ...options, namespace, port }, place.database),
    logFile: join(place.folder, 'temporal.log'),
    ...(options.onLog === undefined ? {} : { onLog: options.onLog }),
    endSignal: 'SIGTERM',
  });
  await rememberServer(place.pidFile, server.pid);
  const retentionDays = options.retentionDays ?? retentionDaysDefault;
  await server.waitUntilReady(() => namespaceIsReady({ address, namespace, retentionDays }), readyWithinMs);
  return {
    address,
    namespace,
    uiUrl: options.uiPort === undefined ? undefined : `http://${loopback}:${options.uiPort}`,
    pid: server.pid,
    version: binary.version,
    stop: async () => {
      await server.stop();
      await forgetServer(place.pidFile);
      await place.close();
    },
  };
}

function devServerArguments(
  options: TemporalDevServerOptions & { namespace: string; port: number },
  database: string | undefined,
): string[] {
  const ui =
    options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort), '--ui-disable-news-fetch'];
  // Write-ahead mode is twice as fast, and a killed server loses nothing in it.
  const data =
    database === undefined
      ? []
      : ['--db-filename', database, '--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'];
  const attributes = (options.searchAttributes ?? []).flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${kindOnCommandLine[type]}`,
  ]);
  const dynamic = Object.entries(options.dynamicConfig ?? {}).flatMap(([name, value]) => [
    '--dynamic-config-value',
    `${name}=${JSON.stringify(value)}`,
  ]);
  return [
    ...['server', 'start-dev', '--ip', loopback, '--port', String(options.port), ...ui, ...data, ...attributes],
    ...[...dynamic, '--namespace', options.namespace, '--log-level', options.logLevel ?? 'warn'],
  ];
}

/** The development server keeps closed runs for a day only and has no flag for it, so the namespace is told. */
async function namespaceIsReady(of: { address: string; namespace: string; retentionDays: number }): Promise<boolean> {
  const connection = await Connection.connect({ address: of.address, connectTimeout: '2s' });
  try {
    const retention = msToTs(of.retentionDays * msPerDay);
    const { config } = await connection.workflowService.describeNamespace({ namespace: of.namespace });
    if (config?.workflowExecutionRetentionTtl?.seconds?.eq(retention.seconds ?? 0) === true) return true;
    await connection.workflowService.updateNamespace({
      namespace: of.namespace,
      config: { workflowExecutionRetentionTtl: retention },
    });
    return true;
  } finally {
    await connection.close();
  }
}

export interface TimeSkippingServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /**
   * False, as the SDK starts it: time runs as usual until a client unlocks it (`TestWorkflowEnvironment` does while it
   * waits or sleeps). True: time skips from the start whenever nothing is to do.
   */
  readonly skipsFromStart?: boolean;
  readonly onLog?: (line: string) => void;
  /** Default: looked for. */
  readonly binary?: FoundBinary;
}

/** Starts the time-skipping test server and waits until it answers. It has no way to be bound to loopback alone. */
export async function startTimeSkippingServer(options: TimeSkippingServerOptions = {}): Promise<RunningTemporal> {
  if (options.port !== undefined && !(await portIsFree(options.port))) throw portTaken(options.port);
  const binary = options.binary ?? (await findBinary('temporal-test-server'));
  const port = options.port ?? (await freePort());
  const address = `${loopback}:${port}`;
  const server = new OwnedProcess({
    title: 'The Temporal time-skipping test server',
    command: binary.path,
    args: [String(port), ...(options.skipsFromStart === true ? ['--enable-time-skipping'] : [])],
    ...(options.onLog === undefined ? {} : { onLog: options.onLog }),
    endSignal: 'SIGTERM',
  });
  await server.waitUntilReady(async () => {
    const connection = await Connection.connect({ address, connectTimeout: '2s' });
    await connection.close();
    return true;
  }, readyWithinMs);
  return { address, pid: server.pid, version: binary.version, stop: () => server.stop() };
}

function portTaken(port: number): StartProblem {
  return new StartProblem(
    `Port ${port} for Temporal is taken.`,
    `Stop what listens there (see: ss -ltnp 'sport = :${port}'), or choose another port.`,
  );
}
