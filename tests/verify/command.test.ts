// `quittance verify` and `quittance repair` as a person or a script calls them: their words, documents and exit codes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { startTemporalDevServer, type RunningTemporalDevServer } from '../../src/local/temporal.ts';
import { freePort } from '../../src/local/ports.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { runDueSteps, ship } from '../harness/activities.ts';
import { makeCompany } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOrder } from '../harness/order.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

let database: TestDatabase;
let db: Db;
let owner: pg.Client;
let server: RunningTemporalDevServer;
let away = '';

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl, { connectionsMax: 4 });
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  // A server of its own: on the shared one, other tests' runs would count as runs without an order.
  server = await startTemporalDevServer({ searchAttributes: Object.values(searchAttributes), logLevel: 'error' });
  away = `127.0.0.1:${await freePort()}`;
  const company = await makeCompany(db);
  const order = await makeOrder(db, company, { number: 'SO-1' });
  await runDueSteps(db, order, Date.now());
  await ship(db, order, { 1: '10' }, 'all', Date.now());
  await runDueSteps(db, order, Date.now());
});

after(async () => {
  await server.stop();
  await owner.end();
  await db.destroy();
  await database.drop();
});

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function quittance(args: readonly string[], changes: Record<string, string> = {}): Promise<Answer> {
  const env = { ...process.env, DATABASE_URL: database.appUrl, TEMPORAL_ADDRESS: server.address, ...changes };
  return new Promise((answer) => {
    execFile(process.execPath, [main, ...args], { env }, (error, out, err) => {
      answer({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

/** The names of the broken proofs in a JSON report. */
function brokenIn(answer: Answer): string[] {
  const { proofs } = JSON.parse(answer.out) as { proofs: { name: string; ok: boolean }[] };
  return proofs.filter((proof) => !proof.ok).map((proof) => proof.name);
}

describe('quittance verify', () => {
  it('ends with 4 and names the order without its run', async () => {
    const answer = await quittance(['verify', '--json']);
    assert.equal(answer.code, 4, answer.err);
    assert.deepEqual(brokenIn(answer), ['orders_have_runs']);
    const told = await quittance(['verify']);
    assert.match(told.out, /✗ orders_have_runs[^]*order\/ACME-DE\/SO-1: order .* has no open run[^]*quittance repair/);
    assert.match(told.out, /1 of \d+ proofs failed/);
  });

  it('ends with 5 without Temporal, after it has proved the books all the same', async () => {
    const answer = await quittance(['verify'], { TEMPORAL_ADDRESS: away });
    assert.equal(answer.code, 5, answer.out);
    assert.match(answer.out, /✓ receivable_control/);
    assert.match(answer.err, /Temporal at .* cannot be reached/);
  });

  it('ends with 5 without a database', async () => {
    const url = new URL(database.appUrl);
    url.port = away.split(':')[1] ?? '';
    assert.equal((await quittance(['verify', '--books-only'], { DATABASE_URL: url.href })).code, 5);
  });

  it('ends with 0 for books that hold, and needs no Temporal for them', async () => {
    const answer = await quittance(['verify', '--books-only', '--json'], { TEMPORAL_ADDRESS: away });
    assert.equal(answer.code, 0, answer.err);
    assert.equal((JSON.parse(answer.out) as { ok: boolean }).ok, true);
  });

  it('ends with 4 when the books are wrong, also without Temporal', async () => {
    await owner.query(`set session_replication_role = replica`);
    await owner.query(`update open_item set open_minor = open_minor - 1`);
    const answer = await quittance(['verify', '--json'], { TEMPORAL_ADDRESS: away });
    await owner.query(`update open_item set open_minor = open_minor + 1`);
    await owner.query(`set session_replication_role = origin`);
    assert.equal(answer.code, 4);
    assert.deepEqual(brokenIn(answer), ['items_match_postings']);
  });

  it('tells late steps, stuck messages, letters of past days, unassessed and wrongly closed orders', async () => {
    const company = await db.selectFrom('customer').select(['id', 'legal_entity_id']).executeTakeFirstOrThrow();
    const place = { legalEntityId: company.legal_entity_id, customerId: company.id, customerNumber: 'C-1' };
    const late = await makeOrder(db, place, { number: 'LATE' });
    const closed = await makeOrder(db, place, { number: 'CLOSED' });
    await makeOrder(db, place, { number: 'NEW' });
    await runDueSteps(db, closed, Date.now());
    await ship(db, closed, { 1: '1' }, 'closed', Date.now());
    const changes = [
      `update sales_order set stage = 'settled' where id = '${closed.id}'`,
      `update sales_order set created_at = now() - interval '2 hours', changed_at = now() - interval '2 hours' where id = '${late.id}'`,
      `update policy set created_at = now() - interval '1 day'`,
      `insert into mail_message (key, legal_entity_id, state, changed_at) values ('invoice/x', 'ACME-DE', 'sending', now() - interval '11 minutes')`,
      `insert into letter (legal_entity_id, customer_id, letter_on) values ('ACME-DE', '${company.id}', current_date - 3)`,
    ];
    for (const change of changes) await owner.query(change);
    const answer = await quittance(['verify', '--json'], { TEMPORAL_ADDRESS: away });
    assert.equal(answer.code, 4, answer.err);
    assert.deepEqual(brokenIn(answer), [
      'orders_assessed',
      'closed_orders_are_done',
      'next_steps_on_time',
      'letters_of_past_days',
      'messages_settled',
    ]);
    assert.match(answer.out, /order\/ACME-DE\/LATE[^]*assessCredit due since/);
    assert.doesNotMatch(answer.out, /ACME-DE\/NEW/);
    const undone = [
      `update sales_order set stage = 'fulfilment' where id = '${closed.id}'`,
      `delete from mail_message`,
      `delete from letter`,
    ];
    for (const change of undone) await owner.query(change);
  });
});

describe('quittance repair', () => {
  it('tells what it would start, starts it, and then has nothing to do', async () => {
    // On a slow machine the order that was just stored has become one that is left over.
    await owner.query(`update sales_order set created_at = clock_timestamp() + interval '1 hour' where number = 'NEW'`);
    const dry = await quittance(['repair', '--dry-run']);
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, /would start order\/ACME-DE\/SO-1/);
    const real = JSON.parse((await quittance(['repair', '--json'])).out) as { orders: number; runs: string[] };
    assert.deepEqual(real.runs.includes('order/ACME-DE/SO-1'), true);
    assert.equal(real.orders, real.runs.length);
    const again = await quittance(['repair']);
    assert.match(again.out, /0 orders, 0 payments, 0 returns, 0 bank files, 0 letters and 0 approvals were started/);
    const verified = await quittance(['verify', '--json']);
    assert.ok(!brokenIn(verified).includes('orders_have_runs'), verified.out);
  });

  it('ends with 5 when Temporal is away', async () => {
    assert.equal((await quittance(['repair'], { TEMPORAL_ADDRESS: away })).code, 5);
  });
});
