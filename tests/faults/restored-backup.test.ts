// Last night's backup under today's runs: `verify` lists what differs, one command reconciles it, and what is told again counts.
// The backup is a copy of the database at rest, which is what a dump and its restore come to.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { startTemporalDevServer, type RunningTemporal } from '../../src/local/temporal.ts';
import { startWorker, type RunningWorker } from '../../src/worker/start-worker.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { runQuittance } from '../cli/quittance.ts';
import { Company, type Customer, type Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { fromRunner } from '../harness/from-runner.ts';
import { eventually } from '../harness/world.ts';
import { ALWAYS } from './installation.ts';
import { assertAllHolds } from './oracle.ts';

const WITHIN_MS = 60_000;
const PAID = 11_900;

let database: TestDatabase;
let temporal: RunningTemporal;
let connection: Connection;
let client: Client;
let db: Db;
let worker: RunningWorker;
let company: Company;
let customer: Customer;
const orders = new Map<string, Order>();

function order(number: string): Order {
  const found = orders.get(number);
  assert.ok(found, number);
  return found;
}

async function startWork(): Promise<void> {
  const delivery = { kind: 'record' } as const;
  const temporalAddress = temporal.address;
  worker = await startWorker({ temporalAddress, namespace: 'default', db, delivery, businessOffsetMs: 0 });
}

/** Copies a database in the place of another, whoever looks at them. */
async function copy(options: { from: string; to: string }): Promise<void> {
  const { from, to } = options;
  await asOwner(
    `drop database if exists ${to} with (force)`,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${from}'`,
    `create database ${to} template ${from}`,
  );
}

async function asOwner(...statements: string[]): Promise<void> {
  const owner = new pg.Client({ connectionString: fromRunner('QUITTANCE_TEST_POSTGRES_URL') });
  await owner.connect();
  try {
    for (const statement of statements) await owner.query(statement);
  } finally {
    await owner.end();
  }
}

async function reaches(number: string, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order(number)), stage, number);
  }, WITHIN_MS);
}

async function make(number: string): Promise<void> {
  orders.set(number, await company.order(customer, number));
}

const pay = (number: string) => company.pay(customer, `pay-${number}`, { amountMinor: PAID, reference: number });

interface Report {
  readonly proofs: readonly { name: string; ok: boolean; offenders: readonly { id: string }[] }[];
  readonly runs: readonly string[];
  readonly endedRuns: readonly string[];
}

async function quittance(...args: string[]): Promise<{ code: unknown; report: Report }> {
  const environment = { DATABASE_URL: database.appUrl, TEMPORAL_ADDRESS: temporal.address };
  const { code, stdout, stderr } = await runQuittance([...args, '--json'], { environment });
  assert.equal(stderr, '');
  return { code, report: JSON.parse(stdout) as Report };
}

before(async () => {
  database = await testDatabase();
  temporal = await startTemporalDevServer({ searchAttributes: Object.values(searchAttributes), logLevel: 'error' });
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection });
  db = openDatabase(database.appUrl);
  await startWork();
  const now = (): Promise<number> => Promise.resolve(Date.now());
  company = await Company.found({ db, client, now, age: () => Promise.resolve() }, ALWAYS);
  customer = await company.customer('C-1');
});

after(async () => {
  await worker.stop();
  await db.destroy();
  await connection.close();
  await temporal.stop();
  await database.drop();
  await asOwner(`drop database if exists ${database.name}_backup`);
});

describe('R29: a database restored from last night', () => {
  it('R29: is copied at night, and the work goes on', async () => {
    for (const number of ['WAITS', 'SHIPS', 'PAYS', 'PAID']) await make(number);
    for (const number of ['PAYS', 'PAID']) await company.ship(order(number), '10', `ship-${number}`);
    for (const number of ['PAYS', 'PAID']) await reaches(number, 'collection');
    await pay('PAID');
    await reaches('PAID', 'settled');
    await worker.stop();
    await copy({ from: database.name, to: `${database.name}_backup` });
    await startWork();
    await company.ship(order('SHIPS'), '10', 'ship-SHIPS');
    await pay('PAYS');
    await make('NEW');
    await Promise.all([reaches('SHIPS', 'collection'), reaches('PAYS', 'settled'), reaches('NEW', 'fulfilment')]);
    await eventually(async () => {
      assert.equal(await company.runState(order('PAYS')), 'COMPLETED');
    });
    await worker.stop();
  });

  it('R29: has its books in order, and verify lists the order without its run and the run without its order', async () => {
    await copy({ from: `${database.name}_backup`, to: database.name });
    await assertBooksHold(db);
    await eventually(async () => {
      const { code, report } = await quittance('verify');
      assert.equal(code, 4);
      const broken = report.proofs.filter(({ ok }) => !ok).map(({ name, offenders }) => [name, offenders[0]?.id]);
      assert.deepEqual(broken, [
        ['orders_have_runs', 'order/ACME-DE/PAYS'],
        ['runs_have_orders', 'order/ACME-DE/NEW'],
      ]);
    }, WITHIN_MS);
  });

  it('R29: is reconciled by one command, which says before what it would do', async () => {
    const open = ['NEW', 'SHIPS', 'WAITS'].map((number) => `order/ACME-DE/${number}`);
    const dry = await quittance('repair', '--after-restore', '--dry-run');
    assert.deepEqual([...dry.report.endedRuns].sort(), open);
    const { code, report } = await quittance('repair', '--after-restore');
    assert.equal(code, 0);
    assert.deepEqual([...report.endedRuns].sort(), open);
    assert.deepEqual(
      [...report.runs].sort(),
      ['PAYS', 'SHIPS', 'WAITS'].map((number) => `order/ACME-DE/${number}`),
    );
    await eventually(async () => {
      assert.equal((await quittance('verify')).code, 0);
    }, WITHIN_MS);
    assert.deepEqual((await quittance('repair')).report.runs, []);
  });

  it('R29: takes what is told again under the keys of yesterday, once, and every order ends', async () => {
    await startWork();
    assert.equal(await company.stage(order('SHIPS')), 'fulfilment');
    // A run that had gone on would answer with a shipment that no longer exists.
    await company.ship(order('SHIPS'), '10', 'ship-SHIPS');
    await company.ship(order('SHIPS'), '10', 'ship-SHIPS');
    await company.ship(order('WAITS'), '10', 'ship-WAITS');
    await make('NEW');
    await company.ship(order('NEW'), '10', 'ship-NEW');
    const numbers = ['WAITS', 'SHIPS', 'PAYS', 'NEW'];
    await Promise.all(numbers.map((number) => reaches(number, 'collection')));
    for (const number of numbers) await pay(number);
    await Promise.all(numbers.map((number) => reaches(number, 'settled')));
    const shipments = await db.selectFrom('shipment').select('id').execute();
    assert.equal(shipments.length, orders.size);
    await assertAllHolds(db, client);
  });
});
