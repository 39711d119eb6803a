// The application's description of the tables is the database's own, and migrating is safe to repeat and to race.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openDatabase } from '../../src/database/client.ts';
import { migrate } from '../../src/database/migrate.ts';
import { tables } from '../../src/database/schema.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { fromRunner } from '../harness/from-runner.ts';

/** Postgres' names of the kinds that `schema.ts` uses. */
const kinds: Readonly<Record<string, string>> = {
  text: 'text',
  uuid: 'uuid',
  date: 'date',
  int4: 'integer',
  int8: 'bigint',
  numeric: 'numeric',
  bool: 'boolean',
  jsonb: 'json',
  timestamptz: 'instant',
  xid8: 'text',
  _text: 'texts',
  _date: 'dates',
  _int4: 'integers',
  bytea: 'bytes',
};

interface ColumnRow {
  table_name: string;
  column_name: string;
  udt_name: string;
  is_nullable: 'YES' | 'NO';
  has_default: boolean;
}

let database: TestDatabase;
let owner: pg.Client;

before(async () => {
  database = await testDatabase();
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
});

after(async () => {
  await owner.end();
  await database.drop();
});

describe('the schema', () => {
  it('is described as it is: tables, columns, types, what may be null and what has a default', async () => {
    const { rows } = await owner.query<ColumnRow>(`select table_name, column_name, udt_name, is_nullable,
      column_default is not null or is_identity = 'YES' as has_default
      from information_schema.columns where table_schema = 'public' and table_name not like 'kysely_%'`);
    const found: Record<string, Record<string, string>> = {};
    for (const row of rows) {
      const mark = row.is_nullable === 'YES' ? '?' : row.has_default ? '=' : '';
      (found[row.table_name] ??= {})[row.column_name] = `${kinds[row.udt_name] ?? row.udt_name}${mark}`;
    }
    assert.deepEqual(found, tables);
  });

  it('reads safe integers and instants as numbers, dates as text, and refuses integers that are not safe', async () => {
    const db = openDatabase(database.appUrl, { connectionsMax: 1 });
    try {
      const { sql } = await import('kysely');
      const read = sql`select 9007199254740991::bigint as big, '2026-03-29'::date as day,
        '2026-01-05 10:00:00.5+00'::timestamptz as instant, array['2026-01-01']::date[] as days`;
      assert.deepEqual((await read.execute(db)).rows, [
        {
          big: Number.MAX_SAFE_INTEGER,
          day: '2026-03-29',
          instant: Date.UTC(2026, 0, 5, 10, 0, 0, 500),
          days: ['2026-01-01'],
        },
      ]);
      await assert.rejects(sql`select 9007199254740992::bigint as big`.execute(db), /safe integers/);
    } finally {
      await db.destroy();
    }
  });

  it('gives the application no right to execute the functions behind its triggers', async () => {
    const { rows } = await owner.query(`select proname from pg_proc
      where pronamespace = 'public'::regnamespace and has_function_privilege('quittance_app', oid, 'execute')`);
    assert.deepEqual(rows, []);
  });

  it('fixes the search path of every function', async () => {
    const { rows } = await owner.query(`select proname from pg_proc where pronamespace = 'public'::regnamespace
      and not coalesce(proconfig::text like '%search_path=public, pg_temp%', false)`);
    assert.deepEqual(rows, []);
  });
});

describe('migrating', () => {
  const appPassword = fromRunner('QUITTANCE_TEST_APP_PASSWORD');
  const appRole = 'quittance_test_app';

  it('a second time does nothing', async () => {
    assert.deepEqual(await migrate({ ownerUrl: database.ownerUrl, appRole, appPassword }), []);
  });

  it('of one empty database by four at once runs every migration once', async () => {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await owner.query(`create database ${name}`);
    const url = new URL(database.ownerUrl);
    url.pathname = `/${name}`;
    try {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 4 }, () => migrate({ ownerUrl: url.href, appRole, appPassword })),
      );
      assert.deepEqual(
        outcomes.filter((outcome) => outcome.status === 'rejected'),
        [],
      );
      const ran = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
      assert.equal(new Set(ran).size, ran.length);
      assert.ok(ran.includes('0001-the-line'));
    } finally {
      await owner.query(`drop database if exists ${name} with (force)`);
    }
  });

  it('that fails leaves nothing behind', async () => {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await owner.query(`create database ${name}`);
    const url = new URL(database.ownerUrl);
    url.pathname = `/${name}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      await client.query('create table audit_entry (x int)');
      await assert.rejects(migrate({ ownerUrl: url.href, appRole, appPassword }), /0001-the-line failed/);
      const { rows } = await client.query(`select relname from pg_class where relnamespace = 'public'::regnamespace
        and relkind = 'r' and relname not like 'kysely_%'`);
      assert.deepEqual(rows, [{ relname: 'audit_entry' }]);
    } finally {
      await client.end();
      await owner.query(`drop database if exists ${name} with (force)`);
    }
  });
});
