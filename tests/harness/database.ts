// A fresh, migrated database for a test file, copied in a moment from a template that is migrated once per run.

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.ts';
import { fromRunner } from './from-runner.ts';

export interface TestDatabase {
  readonly name: string;
  /** As the owner of everything, who may change the schema. */
  readonly ownerUrl: string;
  /** As API and worker connect. */
  readonly appUrl: string;
  drop(): Promise<void>;
}

const appRole = 'quittance_test_app';
const template = 'quittance_template';
const building = 'quittance_template_building';
/** Any number that nobody else locks with. */
const templateLock = 20_261_121;

/** Makes a database of its own. Drop it in an `after` hook; the run's end would drop it too. */
export async function testDatabase(): Promise<TestDatabase> {
  const maintenanceUrl = fromRunner('QUITTANCE_TEST_POSTGRES_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withClient(maintenanceUrl, async (client) => {
    await ensureTemplate(client, maintenanceUrl);
    await client.query(`create database ${name} template ${template}`);
  });
  return {
    name,
    ownerUrl: urlOf(maintenanceUrl, { database: name }),
    appUrl: urlOf(maintenanceUrl, { database: name, user: appRole, password: appPassword() }),
    drop: () =>
      withClient(maintenanceUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** Whoever comes first builds the template; the others wait for its lock. A half-built one has another name. */
async function ensureTemplate(client: pg.Client, maintenanceUrl: string): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [templateLock]);
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (found.rowCount === 1) return;
    await client.query(`drop database if exists ${building} with (force)`);
    await client.query(`create database ${building}`);
    await migrate({ ownerUrl: urlOf(maintenanceUrl, { database: building }), appRole, appPassword: appPassword() });
    await client.query(`alter database ${building} rename to ${template}`);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [templateLock]);
  }
}

function appPassword(): string {
  return fromRunner('QUITTANCE_TEST_APP_PASSWORD');
}

function urlOf(base: string, parts: { database: string; user?: string; password?: string }): string {
  const url = new URL(base);
  url.pathname = `/${parts.database}`;
  if (parts.user !== undefined) url.username = parts.user;
  if (parts.password !== undefined) url.password = parts.password;
  return url.href;
}

async function withClient<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}
