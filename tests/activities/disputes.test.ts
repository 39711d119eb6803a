// Disputes under the order's lock: what may be disputed, whose it is, until when, and how it ends.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { settleDispute } from '../../src/activities/orders/settle-dispute.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { disputeById, type DisputeRow } from '../../src/database/queries/disputes.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import type { DisputeOutcomeRequest, DisputeReport, DisputeRequest } from '../../src/workflows/messages.ts';
import { callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';

const MS_PER_DAY = 86_400_000;

let database: TestDatabase;
let db: Db;
let company: Company;
let count = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  company = await makeCompany(db);
});

after(async () => {
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

/** An order of 119.00 EUR that was shipped and invoiced on Monday. */
async function invoiced(of = company): Promise<{ order: OrderHead; itemId: string }> {
  count += 1;
  const order = await makeOrder(db, of, { number: `SO-${count}` });
  await runDueSteps(db, order);
  await ship(db, order, { 1: '10' }, `ship/${count}`);
  await runDueSteps(db, order);
  const { id } = await db
    .selectFrom('open_item')
    .select('id')
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  return { order, itemId: id };
}

function raise(
  { order, itemId }: { order: OrderHead; itemId: string },
  asked: Partial<DisputeRequest> = {},
  now = MONDAY,
): Promise<DisputeReport> {
  count += 1;
  const { reason = 'pricing', raisedOn = null, amountMinor = 4_000 } = asked;
  const request = {
    ...requestOf(asked.requestKey ?? `raise/${count}`),
    ...{
      itemId: asked.itemId ?? itemId,
      amountMinor,
      reason,
      source: 'customer_mail' as const,
      raisedOn,
      noteId: null,
    },
  };
  return callOrder(db, order, { step: 'raiseDispute', input: { now, request } });
}

function resolve(
  order: OrderHead,
  disputeId: string,
  asked: Partial<DisputeOutcomeRequest> = {},
): Promise<DisputeReport> {
  count += 1;
  const { outcome = 'rejected', creditMinor = null, roles = ['sales'], actor = 'key:sales' } = asked;
  const request = { ...requestOf(asked.requestKey ?? `resolve/${count}`, { actor, roles }), disputeId, outcome };
  const input = { now: MONDAY, request: { ...request, creditMinor, noteId: null } };
  return callOrder(db, order, { step: 'resolveDispute', input });
}

async function disputeOf(id: string): Promise<DisputeRow> {
  const dispute = await disputeById(db, id);
  if (dispute === null) throw new Error('there is no such dispute');
  return dispute;
}

async function taskOf(disputeId: string): Promise<Record<string, unknown>> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select key, kind, owner_role as owner, state, done_by as "doneBy", tier,
    deadline_at as "deadlineAt", escalations, ends_with as "endsWith" from task where dispute_id = ${disputeId}`.execute(
    db,
  );
  assert.equal(rows.length, 1);
  return rows[0] ?? {};
}

async function refusals(order: OrderHead, action: string): Promise<string[]> {
  const { rows } = await sql<{ code: string }>`select details ->> 'code' as code from audit_entry
    where order_id = ${order.id} and action = ${action} order by id`.execute(db);
  return rows.map((row) => row.code);
}

describe('a dispute', () => {
  it('goes to the owner of its reason with the clock of the legal entity', async () => {
    const { disputeId, state } = await raise(await invoiced());
    assert.equal(state, 'open');
    const at = (day: string): number => Date.parse(`${day}T17:00:00Z`);
    assert.deepEqual(await taskOf(disputeId), {
      ...{ key: `dispute/${disputeId}`, kind: 'dispute', owner: 'sales', state: 'open', doneBy: null, tier: 0 },
      // Ten working days after Monday, 5 January; Epiphany is no holiday in all of Germany.
      deadlineAt: at('2026-01-19'),
      escalations: [
        { role: 'ar_manager', at: at('2026-01-12') },
        { role: 'treasurer', at: at('2026-01-19') },
        { role: 'executive', at: at('2026-01-26') },
      ],
      endsWith: `POST /v1/disputes/${disputeId}/outcome`,
    });
    const { ownerRole, dueAt, raisedOn, task } = await disputeOf(disputeId);
    assert.deepEqual([ownerRole, dueAt, raisedOn], ['sales', at('2026-01-19'), '2026-01-05']);
    assert.deepEqual([task?.tier, task?.ownerRole], [0, 'sales']);
  });

  it('that lies back counts from the day on which it was told, over the holidays of the year before', async () => {
    const { disputeId } = await raise(await invoiced(), { raisedOn: '2025-12-19', reason: 'damaged' });
    // Ten working days from Friday, 19 December, without Christmas and New Year.
    assert.equal((await taskOf(disputeId))['deadlineAt'], Date.parse('2026-01-07T17:00:00Z'));
    assert.equal((await taskOf(disputeId))['owner'], 'customer_service');
  });

  it('takes its part out of dunning at once, and all of the item pauses it', async () => {
    const item = await invoiced();
    const part = await raise(item);
    assert.equal((await runDueSteps(db, item.order)).step, 'escalateTask');
    await raise(item, { amountMinor: 7_900 });
    const plan = await callOrder(db, item.order, { step: 'plan', input: { now: MONDAY } });
    assert.equal(plan.next.stage, 'disputed');
    assert.notEqual(plan.next.step, 'remind');
    await resolve(item.order, part.disputeId);
    const { rows } = await sql<{ disputed: number }>`select sum(amount_minor)::bigint as disputed from dispute
      where item_id = ${item.itemId} and state = 'open'`.execute(db);
    assert.equal(rows[0]?.disputed, 7_900);
  });

  it('that cannot be is refused with its figures, and each refusal is in the audit', async () => {
    const item = await invoiced();
    const { itemId: foreign } = await invoiced();
    await assert.rejects(raise(item, { itemId: foreign }), { type: 'item_unknown' });
    await assert.rejects(raise(item, { reason: 'whim' }), { type: 'dispute_reason_unknown' });
    await assert.rejects(raise(item, { amountMinor: 0 }), { type: 'dispute_amount_invalid' });
    await assert.rejects(raise(item, { raisedOn: '2026-01-06' }), { type: 'raised_in_the_future' });
    await assert.rejects(raise(item, { raisedOn: '2025-01-04' }), { type: 'raised_too_long_ago' });
    await raise(item, { amountMinor: 10_000 });
    await assert.rejects(raise(item, { amountMinor: 1_901 }), { type: 'dispute_exceeds_item' });
    await raise(item, { amountMinor: 1_900 });
    assert.deepEqual(await refusals(item.order, 'dispute.refused'), [
      ...['item_unknown', 'dispute_reason_unknown', 'dispute_amount_invalid', 'raised_in_the_future'],
      ...['raised_too_long_ago', 'dispute_exceeds_item'],
    ]);
  });

  it('over all of an item is one, however many come at once', async () => {
    const item = await invoiced();
    const raised = await Promise.allSettled([1, 2, 3, 4].map(() => raise(item, { amountMinor: 11_900 })));
    assert.equal(raised.filter((one) => one.status === 'fulfilled').length, 1);
  });

  it('asked for twice under one key is one', async () => {
    const item = await invoiced();
    const reports = await Promise.all([1, 2, 3].map(() => raise(item, { requestKey: 'twice' })));
    assert.deepEqual(reports[1], reports[0]);
    assert.deepEqual(reports[2], reports[0]);
  });

  it('may be about an open invoice from elsewhere, and about what was paid', async () => {
    count += 1;
    const dates = { invoicedOn: '2025-12-05', dueOn: '2026-01-30' };
    const order = await makeOpening(db, company, { number: `OLD-${count}`, amountMinor: 5_000, ...dates });
    await runDueSteps(db, order);
    const { id: itemId } = await db
      .selectFrom('open_item')
      .select('id')
      .where('order_id', '=', order.id)
      .executeTakeFirstOrThrow();
    await postPayment(
      db,
      await makePayment(db, company, { sourceId: 'all', amountMinor: 5_000, reference: order.number }),
    );
    assert.equal((await runDueSteps(db, order)).step, 'closed');
    const { disputeId } = await raise({ order, itemId }, { amountMinor: 5_000 });
    const { next } = await callOrder(db, order, { step: 'plan', input: { now: MONDAY } });
    assert.deepEqual([next.stage, next.step], ['disputed', 'escalateTask']);
    await resolve(order, disputeId);
    assert.equal((await runDueSteps(db, order)).step, 'closed');
  });

  it('of a policy without tiers goes on to the manager after its deadline', async () => {
    const disputes = { ...POLICY_V1.disputes, tiers: [] };
    const other = await makeCompany(db, { legalEntityId: 'FLAT-DE', policy: { ...POLICY_V1, disputes } });
    const { disputeId } = await raise(await invoiced(other));
    const { escalations, deadlineAt } = await taskOf(disputeId);
    assert.deepEqual(escalations, [{ role: 'ar_manager', at: deadlineAt }]);
  });
});

describe('the outcome of a dispute', () => {
  it('is told by the owner, by whom it went on to, and by the managers above alone', async () => {
    const item = await invoiced();
    const { disputeId } = await raise(item);
    for (const roles of [[], ['collector'], ['treasurer'], ['customer_service', 'auditor']]) {
      await assert.rejects(resolve(item.order, disputeId, { roles }), { type: 'not_the_owner' });
    }
    for (const role of ['sales', 'ar_manager', 'executive']) {
      const { disputeId: other } = await raise(item, { amountMinor: 100 });
      assert.equal((await resolve(item.order, other, { roles: [role] })).state, 'resolved');
    }
    const late = MONDAY + 15 * MS_PER_DAY;
    for (let tier = 1; tier <= 2; tier += 1) {
      const { next } = await callOrder(db, item.order, { step: 'plan', input: { now: late } });
      const input = { subject: next.subject, level: next.level, now: late };
      await callOrder(db, item.order, { step: 'escalateTask', input });
      assert.equal((await taskOf(disputeId))['tier'], tier);
    }
    assert.equal((await resolve(item.order, disputeId, { roles: ['treasurer'] })).state, 'resolved');
  });

  it('rejected or withdrawn ends it with its task, once', async () => {
    const item = await invoiced();
    for (const outcome of ['rejected', 'withdrawn'] as const) {
      const { disputeId } = await raise(item);
      const state = outcome === 'rejected' ? 'resolved' : 'withdrawn';
      const report = await resolve(item.order, disputeId, { outcome });
      assert.deepEqual([report.state, report.approvalId], [state, null]);
      const dispute = await disputeOf(disputeId);
      assert.equal(dispute.outcome, outcome === 'rejected' ? 'rejected' : null);
      assert.deepEqual([dispute.resolvedBy, dispute.resolvedAt], ['key:sales', MONDAY]);
      const { state: taskState, doneBy } = await taskOf(disputeId);
      assert.deepEqual([taskState, doneBy], ['done', 'key:sales']);
      await assert.rejects(resolve(item.order, disputeId, { outcome }), { type: 'dispute_ended_already' });
    }
    await assert.rejects(resolve(item.order, item.itemId), { type: 'dispute_unknown' });
  });

  it('that does not fit its amount is refused', async () => {
    const item = await invoiced();
    const { disputeId } = await raise(item);
    for (const creditMinor of [null, 0, 4_000, 4_001]) {
      const asked = { outcome: 'partly' as const, creditMinor };
      await assert.rejects(resolve(item.order, disputeId, asked), { type: 'dispute_credit_invalid' });
    }
    await assert.rejects(resolve(item.order, disputeId, { creditMinor: 1 }), { type: 'dispute_credit_invalid' });
    assert.equal((await disputeOf(disputeId)).state, 'open');
  });

  it('with a credit note waits for its approval, with its task open, and ends with it', async () => {
    const item = await invoiced();
    const { disputeId } = await raise(item);
    const asked = await resolve(item.order, disputeId, { outcome: 'partly', creditMinor: 1_500 });
    assert.equal(asked.state, 'awaiting_approval');
    const { rows } = await sql`select id, kind, amount_minor as "amountMinor", state from approval
      where item_id = ${item.itemId}`.execute(db);
    assert.deepEqual(rows, [{ id: asked.approvalId, kind: 'credit_note', amountMinor: 1_500, state: 'requested' }]);
    assert.equal((await taskOf(disputeId))['state'], 'open');
    await assert.rejects(resolve(item.order, disputeId), { type: 'dispute_awaits_approval' });
    const settled = { disputeId, approved: true, creditedMinor: 1_500, actor: 'key:manager', now: MONDAY };
    await db.transaction().execute((tx) => settleDispute(tx, settled));
    const dispute = await disputeOf(disputeId);
    assert.deepEqual([dispute.state, dispute.outcome, dispute.creditedMinor], ['resolved', 'partly', 1_500]);
    assert.equal((await taskOf(disputeId))['state'], 'done');
  });

  it('that is not approved opens it again with its clock running, and settles nothing that does not wait', async () => {
    const item = await invoiced();
    const { disputeId } = await raise(item);
    await resolve(item.order, disputeId, { outcome: 'credit_note' });
    const refused = { disputeId, approved: false, creditedMinor: 0, actor: 'key:manager', now: MONDAY };
    await db.transaction().execute((tx) => settleDispute(tx, refused));
    const reopened = await disputeOf(disputeId);
    assert.deepEqual([reopened.state, reopened.outcome, reopened.approvalId], ['open', null, null]);
    assert.deepEqual((await taskOf(disputeId))['state'], 'open');
    await db.transaction().execute((tx) => settleDispute(tx, { ...refused, approved: true, creditedMinor: 4_000 }));
    assert.equal((await disputeOf(disputeId)).state, 'open');
    assert.equal((await resolve(item.order, disputeId)).state, 'resolved');
  });

  it('is one, whichever of several at once comes first', async () => {
    const item = await invoiced();
    const { disputeId } = await raise(item);
    const outcomes = ['rejected', 'withdrawn', 'credit_note', 'rejected'] as const;
    const told = await Promise.allSettled(outcomes.map((outcome) => resolve(item.order, disputeId, { outcome })));
    const won = told.flatMap((one) => (one.status === 'fulfilled' ? [one.value.state] : []));
    assert.equal(won.length, 1);
    assert.equal((await disputeOf(disputeId)).state, won[0]);
  });
});
