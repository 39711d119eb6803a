// The pool of connections to Postgres and how its values become ours.

import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
/** Inside a transaction; functions that change something take this, so that they cannot be called outside one. */
export type Tx = Transaction<Database>;

/** Connections of one process. */
const CONNECTIONS_MAX = 20;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

const INT8 = 20;
const DATE = 1082;
const DATE_ARRAY = 1182;
const TIMESTAMPTZ = 1184;

function readBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`defect: ${text} is beyond the safe integers; sum it as text`);
  return value;
}

/** How the driver itself reads a type; it takes any number, not just those it has a name for. */
const otherReader = pg.types.getTypeParser as (oid: number, format: 'text' | 'binary') => unknown;

const readers = new Map<number, (text: string) => unknown>([
  [INT8, readBigint],
  [DATE, (text) => text],
  [DATE_ARRAY, (text) => (text === '{}' ? [] : text.slice(1, -1).split(','))],
  [TIMESTAMPTZ, (text) => Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))],
]);

/**
 * Opens a pool on the database.
 *
 * @param url a `postgres://` connection string
 * @param options.connectionsMax connections of this pool at most
 */
export function openDatabase(url: string, options: { connectionsMax?: number } = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connectionsMax ?? CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'quittance',
    types: {
      getTypeParser: ((oid: number, format: 'text' | 'binary') =>
        readers.get(oid) ?? otherReader(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', prepareStatements);
  // The pool listens to idle connections only: one that breaks inside a transaction, between two statements, would end the process too.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** Statements that a connection keeps prepared; those beyond are planned each time they run. */
const PREPARED_MAX = 300;
/** Inserts of many rows have a text for each number of rows: not worth keeping. */
const PREPARED_PARAMETERS_MAX = 48;

const statementNames = new Map<string, string>();

/** A name for a statement's text, the same on every connection; undefined when it is not kept prepared. */
function statementName(text: string, parameters: readonly unknown[]): string | undefined {
  const known = statementNames.get(text);
  if (known !== undefined) return known;
  if (parameters.length > PREPARED_PARAMETERS_MAX || statementNames.size >= PREPARED_MAX) return undefined;
  const name = `s${String(statementNames.size + 1)}`;
  statementNames.set(text, name);
  return name;
}

/** Reading an order's facts takes Postgres longer to plan than to run, so each connection plans a statement once. */
function prepareStatements(client: pg.ClientBase): void {
  const run = client.query.bind(client) as (query: pg.QueryConfig | string, values?: unknown[]) => unknown;
  const prepared = (query: pg.QueryConfig | string, values?: unknown[]): unknown => {
    // Without parameters there is `begin` and `commit`, and what runs once in a while.
    if (typeof query !== 'string' || values === undefined || values.length === 0) return run(query, values);
    const name = statementName(query, values);
    return run(name === undefined ? { text: query, values } : { name, text: query, values });
  };
  client.query = prepared as typeof client.query;
}
