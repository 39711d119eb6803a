// Temporal's server that comes back without its store: one command starts what is missing, and no letter goes twice.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { sql } from 'kysely';
import pg from 'pg';
import { createMailer, type Mailer } from '../../src/activities/mail/smtp.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { startMailCatcher, type RunningMailCatcher } from '../../src/local/mail-catcher.ts';
import { freePort } from '../../src/local/ports.ts';
import { startTemporalDevServer, type RunningTemporal } from '../../src/local/temporal.ts';
import { startWorker, type RunningWorker } from '../../src/worker/start-worker.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { runQuittance } from '../cli/quittance.ts';
import { Company, type Customer, type Order } from '../harness/acme.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { eventually } from '../harness/world.ts';
import { ALWAYS } from './installation.ts';
import { assertAllHolds } from './oracle.ts';

const WITHIN_MS = 60_000;
const SIXTY_DAYS_MS = 60 * 86_400_000;
const PAID = 11_900;

let database: TestDatabase;
let db: Db;
let mail: RunningMailCatcher;
let mailer: Mailer;
let port: number;
let temporal: RunningTemporal;
let connection: Connection;
let client: Client;
let worker: RunningWorker;
let company: Company;
let customers: readonly Customer[] = [];
const orders = new Map<string, Order>();

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  mail = await startMailCatcher();
  mailer = createMailer({ url: mail.smtpUrl, from: 'billing@acme.example' });
  port = await freePort();
  await startServer();
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection });
  await startWork();
  const age = (): Promise<void> => makeOld(database.ownerUrl);
  const now = (): Promise<number> => Promise.resolve(Date.now());
  company = await Company.found({ db, client, now, age }, ALWAYS);
  customers = [await company.customer('C-1'), await company.customer('C-2'), await company.customer('C-3')];
});

after(async () => {
  await worker.stop();
  await mailer.close();
  await Promise.all([mail.stop(), connection.close(), temporal.stop()]);
  await db.destroy();
  await database.drop();
});

/** Without a folder everything is in memory. */
async function startServer(): Promise<void> {
  temporal = await startTemporalDevServer({
    ...{ port, searchAttributes: Object.values(searchAttributes), logLevel: 'error' },
  });
}

async function startWork(): Promise<void> {
  const delivery = { kind: 'smtp', mailer } as const;
  const temporalAddress = temporal.address;
  worker = await startWorker({ temporalAddress, namespace: 'default', db, delivery, businessOffsetMs: 0 });
}

function customer(index: number): Customer {
  const found = customers[index];
  assert.ok(found);
  return found;
}

function order(number: string): Order {
  const found = orders.get(number);
  assert.ok(found, number);
  return found;
}

/** Who got mail, in the order in which it came. */
function mailed(): string[] {
  return mail.messages().map(({ to }) => to.join());
}

async function reaches(number: string, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order(number)), stage, number);
  }, WITHIN_MS);
}

async function repair(): Promise<string[]> {
  const environment = { DATABASE_URL: database.appUrl, TEMPORAL_ADDRESS: temporal.address };
  const { code, stdout, stderr } = await runQuittance(['repair', '--json'], { environment });
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { runs: string[] }).runs.sort();
}

describe('R08: Temporal’s server restarted without its store', () => {
  it('R08: finds a letter that went and one that the mail server put off, an invoice, an order and a payment', async () => {
    mail.behave({ kind: 'defer', forRecipient: /c-2/ });
    const dueOn = new Date(Date.now() - SIXTY_DAYS_MS).toISOString().slice(0, 10);
    orders.set('OLD-1', await company.opening(customer(0), 'OLD-1', { dueOn }));
    orders.set('OLD-2', await company.opening(customer(1), 'OLD-2', { dueOn }));
    for (const number of ['SO-3', 'SO-4']) orders.set(number, await company.order(customer(2), number));
    await company.ship(order('SO-3'));
    await eventually(async () => {
      assert.deepEqual(mailed().sort(), ['c-1@example.org', 'c-3@example.org']);
      const { rows } = await sql<{
        text: string;
      }>`select state || ' ' || attempts as text from letter order by 1`.execute(db);
      assert.deepEqual(rows, [{ text: 'open 1' }, { text: 'sent 1' }]);
    }, WITHIN_MS);
    await worker.stop();
    await temporal.stop();
    mail.behaveNormally();
    await company.storePayment(customer(2), 'p3', { amountMinor: PAID, reference: 'SO-3' });
    await makeOld(database.ownerUrl);
  });

  it('R08: has each missing run started by "quittance repair", and none by a second one', async () => {
    await startServer();
    const [letter = ''] = await company.letters(customer(1));
    assert.deepEqual(await repair(), [
      `letter/ACME-DE/C-2/${letter.slice(0, 10)}`,
      ...['opening/ACME-DE/OLD-1', 'opening/ACME-DE/OLD-2', 'order/ACME-DE/SO-3', 'order/ACME-DE/SO-4'],
      'payment/ACME-DE/psp/p3',
    ]);
    assert.deepEqual(await repair(), []);
  });

  it('R08: sends the letter that was put off and no other again, and every order ends', async () => {
    await startWork();
    await reaches('SO-3', 'settled');
    await eventually(async () => {
      assert.match((await company.letters(customer(1))).join(), / sent$/);
    }, WITHIN_MS);
    await company.ship(order('SO-4'));
    await reaches('SO-4', 'collection');
    const open = { 'OLD-1': customer(0), 'OLD-2': customer(1), 'SO-4': customer(2) };
    for (const [number, payer] of Object.entries(open)) {
      await company.pay(payer, `pay-${number}`, { amountMinor: PAID, reference: number });
      await client.workflow.getHandle(order(number).workflowId).result();
    }
    // OLD-2's letter and SO-4's invoice; the two that went before stay alone.
    assert.deepEqual(mailed().slice(2), ['c-2@example.org', 'c-3@example.org']);
    await assertAllHolds(db, client);
  });
});

/** As if everything had been stored an hour ago: what is new is left to the doors. */
async function makeOld(ownerUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    for (const table of ['sales_order', 'payment', 'letter'])
      await owner.query(`update ${table} set created_at = created_at - interval '1 hour'`);
  } finally {
    await owner.end();
  }
}
