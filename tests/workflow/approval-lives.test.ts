// Lives with two people in them: credit notes, write-offs, refunds and credit limits, asked by one and decided by another.
// Every world starts on Monday, 12 January 2026, at 9 in Berlin; what is asked then lapses on Monday, 26 January, at 18:00.

import { WithStartWorkflowOperation } from '@temporalio/client';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { storeBankAccount } from '../../src/database/queries/bank-accounts.ts';
import { verifyWork } from '../../src/database/verify/verify-work.ts';
import {
  approvalStart,
  approvalWorkflowId,
  askApproval,
  askCase,
  decideApproval,
  type ApprovalInput,
  type ApprovalReport,
  type CaseRequest,
} from '../../src/workflows/messages.ts';
import type { Customer, Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { refusalOf } from '../harness/refusal-of.ts';
import { eventually, inWorld, type World, type WorldOptions } from '../harness/world.ts';

const WHOLE = 11_900;
const COLLECTOR = { actor: 'key:collector', roles: ['collector'] };
const MANAGER = { actor: 'key:manager', roles: ['ar_manager'] };
const CHIEF = { actor: 'key:chief', roles: ['executive'] };
const TREASURER = { actor: 'key:treasurer', roles: ['treasurer'] };

interface Debtor {
  readonly customer: Customer;
  readonly order: Order;
  readonly itemId: string;
}

/** A life in a world of its own; whatever happened in it, books and work hold at its end. */
function life(act: (world: World) => Promise<void>, options: WorldOptions = {}): Promise<void> {
  return inWorld(options, async (world) => {
    await act(world);
    await assertBooksHold(world.db);
    const late = (await verifyWork(world.db, await world.now())).filter((proof) => !proof.ok);
    assert.deepEqual(late, []);
  });
}

async function stageIs({ company }: World, order: Order, stage: string): Promise<void> {
  await eventually(async () => assert.equal(await company.stage(order), stage));
}

async function isClosed(world: World, order: Order): Promise<void> {
  await stageIs(world, order, 'settled');
  await eventually(async () => assert.equal(await world.company.runState(order), 'COMPLETED'));
}

async function invoiced(world: World, number = 'SO-1'): Promise<Debtor> {
  const { company } = world;
  const customer = await company.customer(`C-${number}`);
  const order = await company.order(customer, number);
  await company.ship(order);
  await stageIs(world, order, 'collection');
  return { customer, order, itemId: (await company.items(order))[0]?.id ?? '' };
}

type By = { actor: string; roles: string[] };

async function ask(
  { company }: World,
  { order, itemId }: Debtor,
  asked: { kind: 'credit_note' | 'write_off'; amountMinor?: number; by?: By },
): Promise<string> {
  const { kind, amountMinor = WHOLE, by = COLLECTOR } = asked;
  const body = { kind, itemId, amountMinor, reason: 'goodwill', noteId: null };
  return (await company.ask(order, askApproval, body, by)).approvalId;
}

function decide(
  { company }: World,
  { order }: Debtor,
  decided: { approvalId: string; by: By; decision?: 'approve' | 'reject' | 'withdraw' },
): Promise<ApprovalReport> {
  const { approvalId, by, decision = 'approve' } = decided;
  return company.ask(order, decideApproval, { approvalId, decision, noteId: null }, by);
}

/** A case that no order waits for, asked as the door asks it. */
async function askACase(
  { client, company }: World,
  request: Record<string, unknown> & { kind: 'refund' | 'credit_limit' },
  by: By,
): Promise<{ approvalId: string; start: Parameters<typeof approvalStart>[0] }> {
  const requestKey = company.requestKey();
  const { kind } = request;
  const workflowId = approvalWorkflowId({ legalEntityId: company.id, kind, requestKey });
  const start = { workflowId, legalEntityId: company.id, kind, id: null };
  const whole = { legalEntityId: company.id, reason: 'overpaid', noteId: null, ...request, ...by };
  const { approvalId } = await client.workflow.executeUpdateWithStart(askCase, {
    startWorkflowOperation: startOf(start),
    updateId: requestKey,
    args: [{ ...whole, requestKey, requestId: requestKey } as unknown as CaseRequest],
  });
  return { approvalId, start: { ...start, id: approvalId } };
}

function decideCase(
  { client, company }: World,
  { approvalId, start }: { approvalId: string; start: Parameters<typeof approvalStart>[0] },
  by: By & { decision?: 'approve' | 'reject' | 'withdraw' },
): Promise<ApprovalReport> {
  const requestKey = company.requestKey();
  const { decision = 'approve', ...who } = by;
  return client.workflow.executeUpdateWithStart(decideApproval, {
    startWorkflowOperation: startOf(start),
    updateId: requestKey,
    args: [{ ...who, approvalId, decision, noteId: null, requestKey, requestId: requestKey }],
  });
}

/** Good for one call. */
function startOf(of: Parameters<typeof approvalStart>[0]) {
  return new WithStartWorkflowOperation<(input: ApprovalInput) => Promise<void>>('approval', {
    ...approvalStart(of),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

async function bankAccount({ db, company, now }: World, customer: Customer, actor = 'key:admin'): Promise<string> {
  const { row } = await storeBankAccount(
    db,
    { legalEntityId: company.id, customerId: customer.id, iban: 'DE89370400440532013000', bic: null, holder: actor },
    { actor, requestId: 'test', now: await now() },
  );
  return row.id;
}

async function stateOf({ db }: World, approvalId: string): Promise<string> {
  const { rows } = await sql<{ text: string }>`select a.state || ', task ' || k.state as text from approval a
    join task k on k.approval_id = a.id where a.id = ${approvalId}`.execute(db);
  return rows.map((row) => row.text).join('; ');
}

async function stateIs(world: World, approvalId: string, state: string): Promise<void> {
  await eventually(async () => assert.equal(await stateOf(world, approvalId), state));
}

async function runEnds({ client }: World, workflowId: string): Promise<void> {
  await eventually(async () => {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    assert.equal(status.name, 'COMPLETED');
  });
}

async function itemsOf({ company }: World, order: Order): Promise<string[]> {
  return (await company.items(order)).map((item) => `${item.number} ${String(item.openMinor)}`);
}

describe('a credit note', () => {
  it('over a part is delivered, and the payment of the rest closes the order', () =>
    life(async (world) => {
      const { company } = world;
      const one = await invoiced(world);
      const approvalId = await ask(world, one, { kind: 'credit_note', amountMinor: 1_190 });
      const report = await decide(world, one, { approvalId, by: MANAGER });
      assert.equal(report.creditNote, 'CN-000001');
      await eventually(async () => assert.equal((await company.audit(one.order)).at(-1), 'credit_note.sent'));
      assert.deepEqual(await itemsOf(world, one.order), ['CN-000001 0', 'INV-000001 10710']);
      await company.pay(one.customer, 'p1', { amountMinor: 10_710, reference: 'INV-000001' });
      await isClosed(world, one.order);
    }));

  it('over the whole closes the order without a letter', () =>
    life(async (world) => {
      const one = await invoiced(world);
      const approvalId = await ask(world, one, { kind: 'credit_note' });
      await decide(world, one, { approvalId, by: MANAGER });
      await isClosed(world, one.order);
      await world.goTo('2026-04-01T10:00:00Z');
      assert.deepEqual(await world.company.steps(one.order), []);
    }));

  it('carries its document by mail, under its own words', () =>
    life(
      async (world) => {
        const one = await invoiced(world);
        await decide(world, one, { approvalId: await ask(world, one, { kind: 'credit_note' }), by: MANAGER });
        await isClosed(world, one.order);
        const mails = (world.mail?.messages() ?? []).map(({ subject, text }) => ({ subject, text }));
        assert.deepEqual(
          mails.map(({ subject }) => subject),
          ['Invoice INV-000001 (Acme GmbH)', 'Credit note CN-000001 (Acme GmbH)'],
        );
        assert.match(mails[1]?.text ?? '', /credit note CN-000001 for invoice INV-000001, order SO-1/);
      },
      { delivery: 'smtp' },
    ));

  it('after the payment wakes the order, whose credit another person refunds; then it closes again', () =>
    life(async (world) => {
      const { company } = world;
      const one = await invoiced(world);
      await company.pay(one.customer, 'p1', { amountMinor: WHOLE, reference: 'SO-1' });
      await isClosed(world, one.order);
      await world.goTo('2026-02-20T10:00:00Z');
      const approvalId = await ask(world, one, { kind: 'credit_note', amountMinor: 5_000 });
      await decide(world, one, { approvalId, by: MANAGER });
      await stageIs(world, one.order, 'collection');
      assert.deepEqual(await itemsOf(world, one.order), ['CN-000001 5000', 'INV-000001 0']);
      const credit = (await company.items(one.order)).find((item) => item.number === 'CN-000001');
      const refund = await askACase(
        world,
        {
          ...{ kind: 'refund', paymentId: null, itemId: credit?.id, amountMinor: 5_000 },
          bankAccountId: await bankAccount(world, one.customer),
        },
        { actor: 'key:service', roles: ['customer_service'] },
      );
      await decideCase(world, refund, TREASURER);
      await isClosed(world, one.order);
      await runEnds(world, refund.start.workflowId);
      assert.equal((await company.tasks(one.order)).includes('open_credit open'), false);
    }));

  it('frees room for the order that waits for it', () =>
    life(async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1', { limitMinor: 20_000 });
      const first = await company.order(customer, 'SO-1');
      await company.ship(first);
      await stageIs(world, first, 'collection');
      const second = await company.order(customer, 'SO-2');
      await stageIs(world, second, 'held');
      const one = { customer, order: first, itemId: (await company.items(first))[0]?.id ?? '' };
      await decide(world, one, { approvalId: await ask(world, one, { kind: 'credit_note' }), by: MANAGER });
      await stageIs(world, second, 'fulfilment');
      await isClosed(world, first);
    }));
});

describe('a write-off', () => {
  it('closes the order, in the middle of its letters', () =>
    life(async (world) => {
      const one = await invoiced(world);
      await world.goTo('2026-02-20T10:00:00Z');
      const approvalId = await ask(world, one, { kind: 'write_off' });
      await decide(world, one, { approvalId, by: MANAGER });
      await isClosed(world, one.order);
      await world.goTo('2026-04-01T10:00:00Z');
      assert.deepEqual(await world.company.steps(one.order), ['notice 2026-02-09 sent', 'reminder1 2026-02-16 sent']);
    }));

  it('that is rejected, and one that is withdrawn, leave the item as open as it was', () =>
    life(async (world) => {
      const one = await invoiced(world);
      const rejected = await ask(world, one, { kind: 'write_off' });
      await decide(world, one, { approvalId: rejected, by: MANAGER, decision: 'reject' });
      const withdrawn = await ask(world, one, { kind: 'write_off' });
      await decide(world, one, { approvalId: withdrawn, by: COLLECTOR, decision: 'withdraw' });
      assert.deepEqual(
        [await stateOf(world, rejected), await stateOf(world, withdrawn)],
        ['rejected, task done', 'withdrawn, task done'],
      );
      await world.goTo('2026-02-10T10:00:00Z');
      assert.deepEqual(await world.company.steps(one.order), ['notice 2026-02-09 sent']);
    }));

  it('that nobody decides goes on from role to role and lapses at its deadline', () =>
    life(async (world) => {
      const one = await invoiced(world);
      const approvalId = await ask(world, one, { kind: 'write_off' });
      await world.goTo('2026-01-26T16:59:00Z');
      assert.equal(await stateOf(world, approvalId), 'requested, task open');
      const { rows } = await sql<{ text: string }>`select owner_role || ' ' || tier as text from task
        where approval_id = ${approvalId}`.execute(world.db);
      assert.deepEqual(rows, [{ text: 'executive 2' }]);
      await world.goTo('2026-01-26T17:01:00Z');
      await stateIs(world, approvalId, 'lapsed, task done');
      assert.equal(await refusalOf(decide(world, one, { approvalId, by: MANAGER })), 'approval_decided');
    }));

  it('of what was paid meanwhile is refused with what is open, and asked for anew', () =>
    life(async (world) => {
      const { company } = world;
      const one = await invoiced(world);
      const approvalId = await ask(world, one, { kind: 'write_off' });
      await company.pay(one.customer, 'p1', { amountMinor: 11_000, reference: 'SO-1' });
      assert.equal(await refusalOf(decide(world, one, { approvalId, by: MANAGER })), 'exceeds_open');
      await decide(world, one, { approvalId, by: COLLECTOR, decision: 'withdraw' });
      const rest = await ask(world, one, { kind: 'write_off', amountMinor: 900 });
      await decide(world, one, { approvalId: rest, by: MANAGER });
      await isClosed(world, one.order);
    }));

  it('that waits keeps a paid order open until it is decided', () =>
    life(async (world) => {
      const { company } = world;
      const one = await invoiced(world);
      const approvalId = await ask(world, one, { kind: 'write_off' });
      await company.pay(one.customer, 'p1', { amountMinor: WHOLE, reference: 'SO-1' });
      await world.goTo('2026-01-20T10:00:00Z');
      assert.equal(await company.runState(one.order), 'RUNNING');
      await decide(world, one, { approvalId, by: MANAGER, decision: 'reject' });
      await isClosed(world, one.order);
    }));
});

describe('two people', () => {
  it('who approve at once make one credit note, and the other is told', () =>
    life(async (world) => {
      const one = await invoiced(world);
      const approvalId = await ask(world, one, { kind: 'credit_note' });
      const outcomes = await Promise.all([
        refusalOf(decide(world, one, { approvalId, by: CHIEF })),
        refusalOf(decide(world, one, { approvalId, by: MANAGER })),
      ]);
      assert.deepEqual(outcomes.sort(), ['accepted', 'approval_decided']);
      await isClosed(world, one.order);
    }));
});

describe('a refund', () => {
  async function overpaid(world: World): Promise<Debtor & { paymentId: string }> {
    const one = await invoiced(world);
    await world.company.pay(one.customer, 'p1', { amountMinor: 20_000, reference: 'SO-1' });
    await isClosed(world, one.order);
    const { rows } = await sql<{ id: string }>`select id from payment`.execute(world.db);
    return { ...one, paymentId: rows[0]?.id ?? '' };
  }

  const SERVICE = { actor: 'key:service', roles: ['customer_service'] };
  const MONEY = { kind: 'refund', itemId: null, amountMinor: 8_100 } as const;

  it('of money that was too much is paid back, once', () =>
    life(async (world) => {
      const { customer, paymentId } = await overpaid(world);
      const asked = { ...MONEY, paymentId, bankAccountId: await bankAccount(world, customer) };
      const refund = await askACase(world, asked, SERVICE);
      const outcomes = await Promise.all([
        refusalOf(decideCase(world, refund, TREASURER)),
        refusalOf(decideCase(world, refund, CHIEF)),
      ]);
      assert.deepEqual(outcomes.sort(), ['accepted', 'approval_decided']);
      await runEnds(world, refund.start.workflowId);
      assert.equal(await refusalOf(decideCase(world, refund, CHIEF)), 'approval_decided');
      assert.equal(await refusalOf(askACase(world, asked, SERVICE)), 'exceeds_open');
    }));

  it('to bank details that its approver changed is refused, and another treasurer approves it', () =>
    life(async (world) => {
      const { customer, paymentId } = await overpaid(world);
      const bankAccountId = await bankAccount(world, customer, TREASURER.actor);
      const refund = await askACase(world, { ...MONEY, paymentId, bankAccountId }, SERVICE);
      assert.equal(await refusalOf(decideCase(world, refund, TREASURER)), 'duty_conflict');
      await decideCase(world, refund, { ...TREASURER, actor: 'key:second-treasurer' });
      assert.equal(await stateOf(world, refund.approvalId), 'approved, task done');
    }));

  it('that is refused when it is asked for leaves no run behind', () =>
    life(async (world) => {
      const { customer, paymentId } = await overpaid(world);
      const asked = { ...MONEY, amountMinor: 8_101, paymentId, bankAccountId: await bankAccount(world, customer) };
      const key = world.company.requestKey();
      assert.equal(await refusalOf(askACase(world, asked, SERVICE)), 'exceeds_open');
      const next = Number(/\d+$/.exec(key)?.[0]) + 1;
      await runEnds(world, `approval/ACME-DE/refund/ACME-DE-request-${String(next)}`);
    }));

  it('that nobody decides is told from role to role by its own run, and lapses', () =>
    life(async (world) => {
      const { db, company } = world;
      const { customer, paymentId } = await overpaid(world);
      await sql`insert into role_mailbox (legal_entity_id, role, email, changed_by)
        select ${company.id}, role, role || '@acme.example', 'test' from unnest(array['ar_manager', 'treasurer']) role`.execute(
        db,
      );
      const asked = { ...MONEY, paymentId, bankAccountId: await bankAccount(world, customer) };
      const refund = await askACase(world, asked, SERVICE);
      await world.goTo('2026-01-26T17:01:00Z');
      await stateIs(world, refund.approvalId, 'lapsed, task done');
      await runEnds(world, refund.start.workflowId);
      const { rows } = await sql<{
        action: string;
      }>`select e.action from audit_entry e join task k on e.subject = k.id::text
        where k.approval_id = ${refund.approvalId} order by e.id`.execute(db);
      assert.deepEqual(
        rows.map((row) => row.action),
        ['task.told', 'task.escalated', 'task.told', 'task.escalated'],
      );
    }));
});

describe('a credit limit', () => {
  it('above what its asker may give is granted by somebody else, and lets go who waited', () =>
    life(async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1', { limitMinor: 8_000 });
      const order = await company.order(customer, 'SO-1');
      await stageIs(world, order, 'held');
      const limit = await askACase(
        world,
        {
          ...{ kind: 'credit_limit', customerId: customer.id, groupId: null, limitMinor: 10_000_000 },
          ...{ isBlocked: false, limitUntil: null, reason: 'more_business' },
        },
        { actor: 'key:analyst', roles: ['credit_analyst'] },
      );
      const analyst = { actor: 'key:second-analyst', roles: ['credit_analyst'] };
      assert.equal(await refusalOf(decideCase(world, limit, analyst)), 'above_authority');
      await decideCase(world, limit, MANAGER);
      await stageIs(world, order, 'fulfilment');
      const { rows } = await sql<{ limit: number }>`select limit_minor as limit from credit_account`.execute(world.db);
      assert.deepEqual(rows, [{ limit: 10_000_000 }]);
    }));

  it('that ends is for an executive, and a second one waits for the first', () =>
    life(async (world) => {
      const customer = await world.company.customer('C-1');
      const asked = {
        kind: 'credit_limit' as const,
        ...{ customerId: customer.id, groupId: null, limitMinor: null },
        ...{ isBlocked: false, limitUntil: null, reason: 'more_business' },
      };
      const limit = await askACase(world, asked, { actor: 'key:analyst', roles: ['credit_analyst'] });
      assert.equal(await refusalOf(askACase(world, asked, MANAGER)), 'limit_asked_already');
      assert.equal(await refusalOf(decideCase(world, limit, MANAGER)), 'above_authority');
      await decideCase(world, limit, CHIEF);
      await runEnds(world, limit.start.workflowId);
    }));
});
