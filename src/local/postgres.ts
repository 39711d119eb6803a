// The embedded Postgres: a real server on the loopback address with its data in one folder.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { acquireInstanceLock } from './instance-lock.ts';
import { forgetServer, rememberServer, stopLeftover } from './leftover.ts';
import { OwnedProcess } from './owned-process.ts';
import { freePort, loopback, portIsFree } from './ports.ts';
import { findPostgresBinaries, sharedFolder, type PostgresBinaries } from './postgres-binaries.ts';
import { commandLineOf, identifyProcess } from './process-identity.ts';
import { StartProblem, reasonOf } from './start-problem.ts';
import { canReach, unprivilegedUser, type UnprivilegedUser } from './unprivileged-user.ts';

const run = promisify(execFile);

export interface PostgresOptions {
  /** Made when missing; holds the password, the log and, where its user can reach it, the data. */
  readonly folder: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly onLog?: (line: string) => void;
  /** False for tests: faster. A killed server still loses nothing, a crash of the machine may. Default true. */
  readonly durable?: boolean;
}

export interface RunningPostgres {
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly pid: number;
  readonly adminUser: string;
  readonly adminPassword: string;
  /** The owner's address of the maintenance database. */
  readonly ownerUrl: string;
  /** The owner's address of a database. */
  ownerUrlOf(database: string): string;
  databaseExists(name: string): Promise<boolean>;
  createDatabase(name: string, template?: string): Promise<void>;
  /** Ends its connections first. Nothing happens when it does not exist. */
  dropDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

const adminUser = 'quittance_owner';
const pointerFile = 'cluster-is-at.txt';
const maintenanceDatabase = 'postgres';
const readyWithinMs = 60_000;
const connectWithinMs = 5_000;
const connectionsMax = 200;

/** Starts the server on its folder, making the cluster on the first start. Throws a StartProblem. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const folder = resolve(options.folder);
  if (options.port !== undefined && !(await portIsFree(options.port))) throw portTaken(options.port);
  const lock = await acquireInstanceLock(folder);
  try {
    return await startLocked({ ...options, folder }, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Deletes the data of a stopped server, wherever they lie. */
export async function removePostgresData(folder: string): Promise<void> {
  const elsewhere = await clusterElsewhere(folder);
  if (elsewhere !== undefined) await rm(elsewhere, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

async function startLocked(options: PostgresOptions, release: () => Promise<void>): Promise<RunningPostgres> {
  const { folder } = options;
  const user = await unprivilegedUser();
  const binaries = await findPostgresBinaries(user);
  const pidFile = join(folder, 'server.json');
  await stopLeftover(pidFile, 'SIGINT');
  const password = await readOrMakePassword(folder);
  const cluster = await clusterFolder({ folder, user, durable: options.durable ?? true });
  await makeCluster({ cluster, user, binaries, password, durable: options.durable ?? true });
  await removeStalePidFile(cluster);

  const port = options.port ?? (await freePort());
  const address = (database: string) =>
    `postgres://${adminUser}:${password}@${loopback}:${port}/${encodeURIComponent(database)}`;
  const server = new OwnedProcess({
    title: 'Postgres',
    command: binaries.postgres,
    args: serverArguments({ cluster, port, durable: options.durable ?? true }),
    environment: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } }),
    logFile: join(folder, 'postgres.log'),
    ...(options.onLog === undefined ? {} : { onLog: options.onLog }),
    endSignal: 'SIGINT',
    hurrySignal: 'SIGQUIT',
  });
  await rememberServer(pidFile, server.pid);
  let version = '';
  await server.waitUntilReady(async () => {
    version = await withClient(address(maintenanceDatabase), serverVersion);
    return true;
  }, readyWithinMs);
  return {
    host: loopback,
    port,
    version,
    pid: server.pid,
    adminUser,
    adminPassword: password,
    ownerUrl: address(maintenanceDatabase),
    ownerUrlOf: address,
    ...databaseActions(address(maintenanceDatabase)),
    stop: async () => {
      await server.stop();
      await forgetServer(pidFile);
      await release();
    },
  };
}

function databaseActions(ownerUrl: string) {
  return {
    databaseExists: (name: string) =>
      withClient(ownerUrl, async (client) => {
        const found = await client.query('select 1 from pg_database where datname = $1', [name]);
        return found.rowCount === 1;
      }),
    createDatabase: (name: string, template?: string) =>
      withClient(ownerUrl, async (client) => {
        const from = template === undefined ? '' : ` template ${client.escapeIdentifier(template)}`;
        await client.query(`create database ${client.escapeIdentifier(name)}${from}`);
      }),
    dropDatabase: (name: string) =>
      withClient(ownerUrl, async (client) => {
        await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
      }),
  };
}

function serverArguments({ cluster, port, durable }: { cluster: string; port: number; durable: boolean }): string[] {
  const settings: Record<string, string> = {
    listen_addresses: loopback,
    // No socket file: nothing to clash over and nothing another user of the machine could find.
    unix_socket_directories: '',
    max_connections: String(connectionsMax),
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  return [
    '-D',
    cluster,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
}

const credentials = z.object({ password: z.string().min(16) });

/** A password of its own for each data folder, readable by its owner alone. */
async function readOrMakePassword(folder: string): Promise<string> {
  const file = join(folder, 'credentials.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return credentials.parse(JSON.parse(text)).password;
  const password = randomBytes(24).toString('base64url');
  await writeFile(file, JSON.stringify({ user: adminUser, password }), { mode: 0o600, flag: 'wx' });
  return password;
}

/**
 * The folder of the cluster, owned by the user who runs it. When we are root and the data folder lies where that user
 * cannot go (in /root, say), the cluster lies in a place of its own and the data folder says where.
 */
async function clusterFolder(wanted: {
  folder: string;
  user: UnprivilegedUser | undefined;
  durable: boolean;
}): Promise<string> {
  const { folder, user, durable } = wanted;
  const elsewhere = await clusterElsewhere(folder);
  if (elsewhere !== undefined) return ownedFolder(elsewhere, user);
  const nearby = join(folder, 'cluster');
  await ownedFolder(nearby, user);
  if (user === undefined || (await canReach(nearby, user))) return nearby;
  await rm(nearby, { recursive: true });
  const base = durable ? sharedFolder : tmpdir();
  const chosen = await ownedFolder(join(base, `quittance-cluster-${randomBytes(8).toString('hex')}`), user);
  if (!(await canReach(chosen, user))) {
    throw new StartProblem(
      `Postgres runs as the user ${user.name} here, who can enter neither ${folder} nor ${chosen}.`,
      'Use a data folder which every user may enter, or start as an ordinary user.',
    );
  }
  await writeFile(join(folder, pointerFile), `${chosen}\n`);
  return chosen;
}

async function clusterElsewhere(folder: string): Promise<string | undefined> {
  const text = (await readFile(join(folder, pointerFile), 'utf8').catch(() => '')).trim();
  return text === '' ? undefined : text;
}

async function ownedFolder(path: string, user: UnprivilegedUser | undefined): Promise<string> {
  await mkdir(path, { recursive: true });
  // Postgres insists that nobody but its user can look into the data.
  await chmod(path, 0o700);
  if (user !== undefined) await chown(path, user.uid, user.gid);
  return path;
}

async function makeCluster(cluster: {
  cluster: string;
  user: UnprivilegedUser | undefined;
  binaries: PostgresBinaries;
  password: string;
  durable: boolean;
}): Promise<void> {
  const marker = join(cluster.cluster, 'global', 'pg_control');
  if ((await stat(marker).catch(() => undefined)) !== undefined) return;
  // A first start that was killed leaves half a cluster, which initdb would refuse.
  await emptyFolder(cluster.cluster, cluster.user);
  const passwordFile = join(cluster.cluster, '..', `.password-${randomBytes(6).toString('hex')}`);
  const [initdb, args] = [cluster.binaries.initdb, initdbArguments(cluster, passwordFile)];
  await writeFile(passwordFile, cluster.password, { mode: 0o600, flag: 'wx' });
  try {
    if (cluster.user !== undefined) await chown(passwordFile, cluster.user.uid, cluster.user.gid);
    const identity = cluster.user === undefined ? {} : { uid: cluster.user.uid, gid: cluster.user.gid };
    await run(initdb, args, { cwd: '/', env: { ...process.env, LC_ALL: 'C' }, ...identity });
  } catch (error) {
    await emptyFolder(cluster.cluster, cluster.user);
    throw new StartProblem(`The Postgres cluster could not be made: ${reasonOf(error)}`, 'Run npx quittance doctor.', {
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function initdbArguments(cluster: { cluster: string; durable: boolean }, passwordFile: string): string[] {
  return [
    `--pgdata=${cluster.cluster}`,
    `--username=${adminUser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case of letters on every machine, whatever it has installed.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(cluster.durable ? [] : ['--no-sync']),
  ];
}

async function emptyFolder(path: string, user: UnprivilegedUser | undefined): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await ownedFolder(path, user);
}

/**
 * After a crash the cluster still names its last server's process. Postgres looks whether that number is alive, and
 * would refuse to start when an unrelated process has got it since. We hold the folder's lock, so we can tell better.
 */
async function removeStalePidFile(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const pid = Number.parseInt(text, 10);
  const isAlive = (await identifyProcess(pid)) !== undefined;
  if (isAlive && (await commandLineOf(pid)).includes(cluster)) {
    throw new StartProblem(
      `A Postgres (process ${pid}) that we did not start is running on ${cluster}.`,
      `Stop it first: kill -INT ${pid}`,
    );
  }
  if (isAlive) await rm(file, { force: true });
}

async function serverVersion(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  return rows[0]?.server_version ?? 'unknown';
}

/** Runs one thing on a connection of its own. */
async function withClient<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectWithinMs });
  // A connection cut by the server's end tells so twice: by the failing query, which is enough, and by this event.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function portTaken(port: number): StartProblem {
  return new StartProblem(
    `Port ${port} for Postgres is taken.`,
    `Stop what listens there (see: ss -ltnp 'sport = :${port}'), or choose another port.`,
  );
}
