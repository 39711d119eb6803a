// Temporal's store can be lost: `verify` names what is missing, `repair` starts it, and every order goes on to its end.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { startMissing } from '../../src/cli/runs/start-missing.ts';
import { verifyRuns } from '../../src/cli/runs/verify-runs.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { verifyWork } from '../../src/database/verify/verify-work.ts';
import { POLICY_V1, type Policy } from '../../src/domain/policy.ts';
import { startTemporalDevServer, type RunningTemporalDevServer } from '../../src/local/temporal.ts';
import { startWorker, type RunningWorker } from '../../src/worker/start-worker.ts';
import {
  approvalStart,
  askCase,
  awaitCredit,
  decideApproval,
  orderStart,
  paymentStart,
  recordShipment,
  searchAttributes,
} from '../../src/workflows/messages.ts';
import { requestOf } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';

const untilMs = 60_000;
const orderMinor = 11_900;
/** Letters are handed in at any hour of any day and never leave before the day's last minute. */
const policy: Policy = {
  ...POLICY_V1,
  sendWindow: { days: 'every', opens: '23:58', closes: '24:00', spreadMinutes: 1 },
  credit: { ...POLICY_V1.credit, rejectAbovePercent: null, holdWorkingDays: 5 },
};

let database: TestDatabase;
let db: Db;
let folder: string;
let server: RunningTemporalDevServer;
let client: Client;
let worker: RunningWorker;
let company: Company;
const orders: OrderHead[] = [];
let approvalId: string;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl, { connectionsMax: 20 });
  folder = await mkdtemp(join(tmpdir(), 'quittance-repair-'));
  await startServer();
  await startWork();
});

after(async () => {
  await stopWork();
  await server.stop();
  await db.destroy();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function startServer(): Promise<void> {
  server = await startTemporalDevServer({
    folder: join(folder, 'temporal'),
    searchAttributes: Object.values(searchAttributes),
    logLevel: 'error',
  });
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
}

async function startWork(): Promise<void> {
  const { address: temporalAddress, namespace } = server;
  worker = await startWorker({
    temporalAddress,
    namespace,
    db,
    delivery: { kind: 'record' },
    businessOffsetMs: 0,
  });
}

async function stopWork(): Promise<void> {
  await worker.stop();
  await client.connection.close();
}

function operation(order: OrderHead) {
  return new WithStartWorkflowOperation<(input: { orderId: string }) => Promise<void>>('orderToCash', {
    ...orderStart(order),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

async function assess(order: OrderHead): Promise<string> {
  const { state } = await client.workflow.executeUpdateWithStart(awaitCredit, {
    startWorkflowOperation: operation(order),
    args: [{}],
  });
  return state;
}

async function shipOrder(order: OrderHead, quantity = '10'): Promise<void> {
  const lines = [{ lineNo: 1, quantity, lots: [] }];
  const request = {
    ...requestOf(`ship/${order.number}/${quantity}`),
    lines,
    carrier: null,
    tracking: null,
    shippedOn: null,
  };
  await client.workflow.executeUpdateWithStart(recordShipment, {
    startWorkflowOperation: operation(order),
    args: [request],
  });
}

async function pay(reference: string, amountMinor: number, sourceId = reference): Promise<void> {
  const id = await makePayment(db, company, { sourceId, amountMinor, reference });
  await client.workflow.execute('applyPayment', paymentStart({ id, ...namesOf(sourceId) }));
}

function namesOf(sourceId: string): { legalEntityId: string; source: string; sourceId: string } {
  return { legalEntityId: company.legalEntityId, source: 'psp', sourceId };
}

/** Asks for a higher limit of the company's customer; its run waits for a second person. */
async function askLimit(): Promise<string> {
  const { legalEntityId, customerId } = company;
  const { approvalId } = await client.workflow.executeUpdateWithStart(askCase, {
    startWorkflowOperation: approvalOperation(null),
    args: [
      {
        ...requestOf('limit'),
        ...{ kind: 'credit_limit', legalEntityId, customerId, groupId: null, limitMinor: 8 * orderMinor },
        ...{ isBlocked: false, limitUntil: null, reason: 'more_business', noteId: null },
      },
    ],
  });
  return approvalId;
}

function approvalOperation(id: string | null) {
  const { legalEntityId } = company;
  const of = {
    workflowId: `approval/${legalEntityId}/credit_limit/limit`,
    legalEntityId,
    kind: 'credit_limit' as const,
    id,
  };
  return new WithStartWorkflowOperation<(input: { approvalId: string | null }) => Promise<void>>('approval', {
    ...approvalStart(of),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

async function stageOf(order: OrderHead): Promise<string> {
  const row = await db.selectFrom('sales_order').select('stage').where('id', '=', order.id).executeTakeFirstOrThrow();
  return row.stage;
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + untilMs;
  while (!(await isTrue())) {
    if (Date.now() > giveUpAt) throw new Error(`never came true: ${what}`);
    await pause(100);
  }
}

const reachesStage = (order: OrderHead, stage: string) =>
  until(`order ${order.number} reaches ${stage}`, async () => (await stageOf(order)) === stage);

/** Names of the broken proofs, with how many rows break each. */
async function broken(): Promise<Record<string, number>> {
  const proofs = [...(await verifyWork(db, Date.now())), ...(await verifyRuns({ db, temporal: client }))];
  return Object.fromEntries(proofs.filter((proof) => !proof.ok).map(({ name, failures }) => [name, failures]));
}

/** Makes rows look as if they had been stored a while ago: verify and repair leave to the doors what is new. */
async function age(table: 'payment' | 'letter' | 'sales_order', interval: string): Promise<void> {
  const { default: pg } = await import('pg');
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query(`update ${table} set created_at = created_at - interval '${interval}'`);
  await owner.end();
}

describe('the loss of Temporal’s store', () => {
  it('finds ten orders at different stages, each with its run', async () => {
    company = await makeCompany(db, { policy, limitMinor: 8 * orderMinor });
    for (let index = 1; index <= 8; index += 1) orders.push(await makeOrder(db, company, { number: `SO-${index}` }));
    const [so1, so2, so3, so4, so5, , , so8] = orders as [
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
    ];
    // Eight fill the limit; the ninth is held; the tenth is an open invoice from elsewhere, overdue.
    for (const order of orders) assert.equal(await assess(order), 'approved');
    const held = await makeOrder(db, company, { number: 'SO-9' });
    assert.equal(await assess(held), 'held');
    for (const order of [so1, so2, so3]) await shipOrder(order);
    await shipOrder(so4, '4');
    await Promise.all([so1, so2, so3, so4].map((order) => reachesStage(order, 'collection')));
    await pay('SO-2', 5_000);
    await pay('SO-8', 100);
    await pay('SO-3', orderMinor);
    await reachesStage(so3, 'settled');
    const opening = await makeOpening(db, company, {
      number: 'OLD-1',
      amountMinor: 7_000,
      invoicedOn: '2026-01-01',
      dueOn: '2026-01-31',
    });
    await client.workflow.start('orderToCash', orderStart(opening));
    await reachesStage(opening, 'collection');
    orders.push(held, opening);
    approvalId = await askLimit();
    assert.equal(await stageOf(so5), 'fulfilment');
    assert.equal(await stageOf(so8), 'fulfilment');
    assert.deepEqual(await broken(), {});
  });

  it('is told by verify: nine orders, a payment, a letter and an approval without a run', async () => {
    await stopWork();
    await server.stop();
    await rm(join(folder, 'temporal'), { recursive: true });
    // What came in while nobody worked.
    const paymentId = await makePayment(db, company, { sourceId: 'lost', amountMinor: 1_000, reference: 'SO-2' });
    assert.ok(paymentId);
    await db
      .insertInto('letter')
      .values({
        legal_entity_id: company.legalEntityId,
        customer_id: company.customerId,
        letter_on: '2099-12-31',
      })
      .execute();
    await age('payment', '5 minutes');
    await age('letter', '5 minutes');
    await startServer();
    const letters = await db.selectFrom('letter').select('id').where('state', '=', 'open').execute();
    assert.deepEqual(await broken(), {
      ...{ orders_have_runs: 9, payments_have_runs: 1, letters_have_runs: letters.length },
      approvals_have_runs: 1,
    });
    await assertBooksHold(db);
  });

  it('is shown by a dry run, which starts nothing', async () => {
    const told: string[] = [];
    const tell = (workflowId: string) => void told.push(workflowId);
    const counted = await startMissing({ db, temporal: client }, { isDry: true, tell });
    assert.equal(counted.orders, 9);
    assert.equal(counted.payments, 1);
    assert.ok(told.includes('order/ACME-DE/SO-9'));
    assert.ok(told.includes('opening/ACME-DE/OLD-1'));
    assert.ok(told.includes('payment/ACME-DE/psp/lost'));
    assert.ok(told.includes('approval/ACME-DE/credit_limit/limit'));
    assert.ok(!told.includes('order/ACME-DE/SO-3'));
    assert.equal((await broken()).orders_have_runs, 9);
  });

  it('is repaired at once, and a second repair finds nothing to do', async () => {
    await startWork();
    const tell = () => undefined;
    assert.equal((await startMissing({ db, temporal: client }, { isDry: false, tell })).orders, 9);
    await until('the payment is posted', async () => {
      const row = await db
        .selectFrom('payment')
        .select('state')
        .where('source_id', '=', 'lost')
        .executeTakeFirstOrThrow();
      return row.state === 'posted';
    });
    assert.deepEqual(await startMissing({ db, temporal: client }, { isDry: false, tell }), {
      orders: 0,
      payments: 0,
      returns: 0,
      files: 0,
      letters: 0,
      approvals: 0,
    });
    assert.deepEqual(await broken(), {});
  });

  it('leaves no trace: every order is shipped and paid to its end', async () => {
    const [so1, so2, , so4, so5, so6, so7, so8, so9, opening] = orders as [
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
      OrderHead,
    ];
    // The payment of the third had made room for the ninth.
    await reachesStage(so9, 'fulfilment');
    await shipOrder(so4, '6');
    for (const order of [so5, so6, so7, so8, so9]) await shipOrder(order);
    await Promise.all([so4, so5, so6, so7, so8, so9].map((order) => reachesStage(order, 'collection')));
    for (const order of [so1, so4, so5, so6, so7, so8, so9])
      await pay(order.number, orderMinor, `last/${order.number}`);
    await pay('SO-2 OLD-1', 5_900 + 7_000);
    await Promise.all([...orders].map((order) => reachesStage(order, 'settled')));
    const { state } = await client.workflow.executeUpdateWithStart(decideApproval, {
      startWorkflowOperation: approvalOperation(approvalId),
      args: [{ ...requestOf('granted', { actor: 'key:other' }), approvalId, decision: 'approve', noteId: null }],
    });
    assert.equal(state, 'approved');
    assert.equal(await stageOf(so2), 'settled');
    assert.equal(await stageOf(opening), 'settled');
    assert.deepEqual(await broken(), {});
    await assertBooksHold(db);
  });

  it('tells a run whose order is not there', async () => {
    const ghost: OrderHead = {
      id: '00000000-0000-7000-8000-0000000000ff',
      kind: 'order',
      number: 'GHOST',
      legalEntityId: 'ACME-DE',
      customerNumber: 'C-1',
    };
    // On a queue where nobody works, so that nobody stumbles over it.
    const handle = await client.workflow.start('orderToCash', { ...orderStart(ghost), taskQueue: 'nobody' });
    await until('the list shows the run', async () => (await broken()).runs_have_orders === 1);
    await handle.terminate('the test is over');
  });
});
