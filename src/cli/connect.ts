// Connections of one command: opened from the configuration, closed when the command has done its work.

import { Client, Connection, type TLSConfig } from '@temporalio/client';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../database/client.ts';
import { reasonOf } from '../local/start-problem.ts';
import { CommandProblem } from './command-problem.ts';
import { readConfiguration, TEMPORAL_VARIABLES, type Configuration } from './configuration.ts';
import { exitCodes } from './exit-codes.ts';

/** Connections of a command that does one thing after another. */
const COMMAND_CONNECTIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 10_000;

export type TemporalConfiguration = Configuration<(typeof TEMPORAL_VARIABLES)[number]>;

/** How Temporal is reached: the same for a client's and a worker's connection. */
export interface TemporalAccess {
  readonly address: string;
  readonly tls: TLSConfig | boolean;
  readonly apiKey?: string;
}

export function temporalConnection(configuration: TemporalConfiguration): TemporalAccess {
  const { TEMPORAL_TLS_CERT_FILE: crt, TEMPORAL_TLS_KEY_FILE: key, TEMPORAL_TLS_CA_FILE: authority } = configuration;
  if ((crt === undefined) !== (key === undefined)) {
    throw new CommandProblem(
      exitCodes.usage,
      'TEMPORAL_TLS_CERT_FILE and TEMPORAL_TLS_KEY_FILE go together, and only one of them is set.',
      'Set both, or neither.',
    );
  }
  const apiKey = configuration.TEMPORAL_API_KEY;
  const hasFiles = crt !== undefined || authority !== undefined;
  const isOn = configuration.TEMPORAL_TLS ?? (apiKey !== undefined || hasFiles);
  const files = {
    ...(authority !== undefined && { serverRootCACertificate: authority }),
    ...(crt !== undefined && key !== undefined && { clientCertPair: { crt, key } }),
  };
  return {
    address: configuration.TEMPORAL_ADDRESS,
    tls: isOn && hasFiles ? files : isOn,
    ...(apiKey !== undefined && { apiKey }),
  };
}

/** Runs one piece of work with the database as the application's role. @throws CommandProblem 5 when it cannot be reached */
export async function withDatabase<T>(act: (db: Db) => Promise<T>): Promise<T> {
  const { DATABASE_URL } = readConfiguration(['DATABASE_URL']);
  const db = openDatabase(DATABASE_URL, { connectionsMax: COMMAND_CONNECTIONS_MAX });
  try {
    await requireDatabase(db);
    return await act(db);
  } finally {
    await db.destroy();
  }
}

/** @throws CommandProblem 5 when the database does not answer or was never migrated */
export async function requireDatabase(db: Db): Promise<void> {
  try {
    const found = await sql<{ found: string | null }>`select to_regclass('sales_order')::text as found`.execute(db);
    if (found.rows[0]?.found === 'sales_order') return;
  } catch (error) {
    throw new CommandProblem(
      exitCodes.unavailable,
      `The database cannot be reached: ${reasonOf(error)}`,
      'Check DATABASE_URL, and that Postgres is running (here: is "quittance start" running in this folder?).',
    );
  }
  throw new CommandProblem(
    exitCodes.unavailable,
    'The database has no schema yet.',
    'Run "quittance migrate" with DATABASE_OWNER_URL first.',
  );
}

/** Runs one piece of work with a client of Temporal. @throws CommandProblem 5 when it cannot be reached */
export async function withTemporal<T>(act: (temporal: Client) => Promise<T>): Promise<T> {
  const configuration = readConfiguration(TEMPORAL_VARIABLES);
  const connection = await connectTemporal(configuration);
  try {
    return await act(new Client({ connection, namespace: configuration.TEMPORAL_NAMESPACE }));
  } finally {
    await connection.close();
  }
}

async function connectTemporal(configuration: TemporalConfiguration): Promise<Connection> {
  const options = temporalConnection(configuration);
  try {
    return await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT_MS });
  } catch (error) {
    throw temporalUnavailable(options.address, error);
  }
}

export function temporalUnavailable(address: string, error: unknown): CommandProblem {
  return new CommandProblem(
    exitCodes.unavailable,
    `Temporal at ${address} cannot be reached: ${reasonOf(error)}`,
    'Check TEMPORAL_ADDRESS and the other TEMPORAL_ variables, and that the server is running.',
  );
}
