// The lives whose histories are kept: each is played in a world of its own, and the runs it names are recorded.

import assert from 'node:assert/strict';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import {
  adviceWorkflowId,
  approvalStart,
  approvalWorkflowId,
  askApproval,
  askCase,
  cancelOrder,
  changeOrder,
  changeWorkflowId,
  decideApproval,
  givePromise,
  ORDERS_QUEUE,
  payoutStart,
  raiseDispute,
  resolveDispute,
  returnStart,
  statementWorkflowId,
  type ApprovalInput,
} from '../../src/workflows/messages.ts';
import type { Customer, Order } from '../harness/acme.ts';
import { openWorldDoor } from '../api/world-door.ts';
import { camt053 } from '../harness/camt.ts';
import { IBAN, nameAccount, upload } from '../harness/statements.ts';
import { addGroup } from '../harness/company.ts';
import { tellReturn } from '../harness/payments.ts';
import { eventually, type World } from '../harness/world.ts';

/** A run to record: its workflow's folder, the name of the scenario, and its ID. */
export interface Recorded {
  readonly workflow: string;
  readonly scenario: string;
  readonly workflowId: string;
}

/** Ends with the IDs of its runs, each of them closed or waiting. */
export type Scenario = (world: World) => Promise<readonly Recorded[]>;

const PAID = { amountMinor: 11_900, reference: 'SO-1' };

async function stageIs({ company }: World, order: Order, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order), stage);
  });
}

async function stepsAreSent({ company }: World, order: Order, count: number): Promise<void> {
  await eventually(async () => {
    assert.equal((await company.steps(order)).filter((step) => step.endsWith(' sent')).length, count);
  });
}

async function isClosed({ company, client }: World, order: Order): Promise<void> {
  await client.workflow.getHandle(order.workflowId).result();
  assert.equal(await company.runState(order), 'COMPLETED');
}

async function invoiced(world: World): Promise<{ customer: Customer; order: Order }> {
  const customer = await world.company.customer('C-1');
  const order = await world.company.order(customer, 'SO-1');
  await world.company.ship(order);
  await stageIs(world, order, 'collection');
  return { customer, order };
}

function ofOrder(order: Order, scenario: string): Recorded {
  return { workflow: 'order-to-cash', scenario, workflowId: order.workflowId };
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  async happy(world) {
    const { customer, order } = await invoiced(world);
    await world.goTo('2026-01-20T10:00:00Z');
    await world.company.pay(customer, 'p1', PAID);
    await isClosed(world, order);
    const payment = { workflow: 'apply-payment', scenario: 'full', workflowId: 'payment/ACME-DE/psp/p1' };
    return [ofOrder(order, 'happy'), payment];
  },

  async letters(world) {
    const { customer, order } = await invoiced(world);
    await world.goTo('2026-05-01T10:00:00Z');
    await stepsAreSent(world, order, 5);
    await world.company.pay(customer, 'p1', PAID);
    await isClosed(world, order);
    const letter = { workflow: 'letter-of-the-day', scenario: 'sent', workflowId: 'letter/ACME-DE/C-1/2026-02-16' };
    return [ofOrder(order, 'letters'), letter];
  },

  async droppedLetter(world) {
    const { customer, order } = await invoiced(world);
    await world.goTo('2026-02-09T06:50:00Z');
    await world.company.pay(customer, 'p1', PAID);
    await world.goTo('2026-02-09T17:00:00Z');
    const letter = { workflow: 'letter-of-the-day', scenario: 'empty', workflowId: 'letter/ACME-DE/C-1/2026-02-09' };
    await world.client.workflow.getHandle(letter.workflowId).result();
    await isClosed(world, order);
    return [letter, ofOrder(order, 'woken-when-settled')];
  },

  async partialShipments(world) {
    const customer = await world.company.customer('C-1');
    const order = await world.company.order(customer, 'SO-1');
    await world.company.ship(order, '4');
    await world.goTo('2026-02-17T10:00:00Z');
    await world.company.ship(order, '6');
    await stageIs(world, order, 'collection');
    await world.company.pay(customer, 'p1', { amountMinor: 5_000, reference: 'SO-1' });
    await world.goTo('2026-03-17T17:00:00Z');
    await world.company.pay(customer, 'p2', { amountMinor: 10_000, reference: 'SO-1' });
    await isClosed(world, order);
    const payment = { workflow: 'apply-payment', scenario: 'too-much', workflowId: 'payment/ACME-DE/psp/p2' };
    return [ofOrder(order, 'partial-shipments'), payment];
  },

  async holdExpired(world) {
    const customer = await world.company.customer('C-1', { limitMinor: 8_000 });
    const order = await world.company.order(customer, 'SO-1');
    await world.goTo('2026-01-20T10:00:00Z');
    await isClosed(world, order);
    return [ofOrder(order, 'hold-expired')];
  },

  async holdReleased(world) {
    const customer = await world.company.customer('C-1', { limitMinor: 8_000 });
    const order = await world.company.order(customer, 'SO-1');
    await world.company.decide(order, 'release');
    await stageIs(world, order, 'fulfilment');
    return [ofOrder(order, 'hold-released')];
  },

  async openingItem(world) {
    const customer = await world.company.customer('C-1');
    const order = await world.company.opening(customer, 'OLD-1', {
      ...{ dueOn: '2025-12-01', level: 'reminder1', lastLetterOn: '2026-01-09' },
    });
    await world.goTo('2026-02-02T17:00:00Z');
    await stepsAreSent(world, order, 4);
    await world.company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'OLD-1' });
    await isClosed(world, order);
    return [ofOrder(order, 'opening-item')];
  },

  async block(world) {
    const { order } = await invoiced(world);
    await world.goTo('2026-02-12T10:00:00Z');
    const { blockId } = await world.company.block(order);
    await world.goTo('2026-03-05T09:00:00Z');
    await world.company.endBlock(order, blockId);
    await world.goTo('2026-03-05T17:00:00Z');
    await stepsAreSent(world, order, 2);
    return [ofOrder(order, 'block')];
  },

  async changes(world) {
    const { customer, order } = await invoiced(world);
    await world.company.changeCredit(customer, { limitMinor: 1 });
    await world.company.changePolicy(POLICY_V1);
    await stageIs(world, order, 'collection');
    return [
      { workflow: 'change-credit', scenario: 'limit', workflowId: 'change/credit/ACME-DE-request-2' },
      { workflow: 'change-policy', scenario: 'one-page', workflowId: 'change/policy/ACME-DE-request-3' },
    ];
  },

  async takenBack(world) {
    const { company, client, db } = world;
    const { customer, order } = await invoiced(world);
    const [item] = await company.items(order);
    await company.pay(customer, 'p1', PAID);
    await isClosed(world, order);
    const { id: paymentId } = await db.selectFrom('payment').select('id').executeTakeFirstOrThrow();
    const change = async (workflow: 'undoAllocation' | 'allocateCash', kind: 'undo' | 'allocation') => {
      const requestKey = company.requestKey();
      const workflowId = changeWorkflowId({ kind, requestKey });
      const request = { requestKey, actor: 'key:test', requestId: requestKey, roles: ['cash_applier'] };
      await client.workflow.execute<(input: object) => Promise<unknown>>(workflow, {
        workflowId,
        taskQueue: ORDERS_QUEUE,
        args: [{ ...request, paymentId, itemId: item?.id, amountMinor: null }],
      });
      return workflowId;
    };
    const undone = await change('undoAllocation', 'undo');
    const allocated = await change('allocateCash', 'allocation');
    await isClosed(world, order);
    const told = await tellReturn(db, { paymentId, sourceId: 'rt', now: await world.now() });
    assert.ok(told.ok);
    const start = returnStart({ id: told.stored.id, legalEntityId: company.id });
    await client.workflow.execute<(input: object) => Promise<unknown>>('returnPayment', start);
    await stageIs(world, order, 'collection');
    return [
      { workflow: 'undo-allocation', scenario: 'full', workflowId: undone },
      { workflow: 'allocate-cash', scenario: 'full', workflowId: allocated },
      { workflow: 'return-payment', scenario: 'full', workflowId: start.workflowId },
    ];
  },

  async group(world) {
    const { company, client, db } = world;
    const customer = await company.customer('C-1');
    const limit = { number: 'G-1', limitMinor: 8_000, customerIds: [customer.id] };
    const groupId = await addGroup(db, company.id, limit);
    const order = await company.order(customer, 'SO-1');
    await stageIs(world, order, 'held');
    const requestKey = company.requestKey();
    const workflowId = changeWorkflowId({ kind: 'group', requestKey });
    const request = { requestKey, actor: 'key:test', requestId: requestKey, roles: ['ar_manager'] };
    const set = { legalEntityId: company.id, groupId, limitMinor: 11_900, isBlocked: false, limitUntil: null };
    await client.workflow.execute<(input: object) => Promise<unknown>>('changeGroup', {
      workflowId,
      taskQueue: ORDERS_QUEUE,
      args: [{ ...request, ...set }],
    });
    await stageIs(world, order, 'fulfilment');
    return [{ workflow: 'change-group', scenario: 'room', workflowId }, ofOrder(order, 'granted')];
  },

  async disputedAndPromised(world) {
    const { company, goTo } = world;
    const { customer, order } = await invoiced(world);
    const itemId = (await company.items(order))[0]?.id ?? '';
    const told = { itemId, noteId: null };
    await company.ask(order, raiseDispute, {
      ...{ ...told, amountMinor: 1_900, reason: 'damaged', source: 'customer_mail', raisedOn: null },
    });
    await company.ask(order, givePromise, {
      ...{ ...told, amountMinor: 10_000, promisedOn: '2026-02-20', givenOn: null },
    });
    // Past every tier of the dispute, and the promise is broken.
    await goTo('2026-03-02T17:00:00Z');
    const { disputeId } = await world.db.selectFrom('dispute').select('id as disputeId').executeTakeFirstOrThrow();
    const outcome = { disputeId, outcome: 'credit_note', creditMinor: null, noteId: null } as const;
    const { approvalId } = await company.ask(order, resolveDispute, outcome);
    const decided = { approvalId: approvalId ?? '', decision: 'approve', noteId: null } as const;
    await company.ask(order, decideApproval, decided, { actor: 'key:second' });
    await company.pay(customer, 'p1', { amountMinor: 10_000, reference: 'SO-1' });
    await isClosed(world, order);
    return [ofOrder(order, 'disputed-and-promised')];
  },

  async cancelled(world) {
    const order = await world.company.order(await world.company.customer('C-1'), 'SO-1');
    await world.company.ask(order, changeOrder, {
      lines: [{ lineNo: 1, quantity: '8' }],
      reason: 'less',
      noteId: null,
    });
    await world.company.ask(order, cancelOrder, { reason: 'not wanted', noteId: null });
    await isClosed(world, order);
    return [ofOrder(order, 'changed-and-cancelled')];
  },

  async blockedCustomer(world) {
    const { company, client } = world;
    const { customer } = await invoiced(world);
    const requestKey = company.requestKey();
    const workflowId = changeWorkflowId({ kind: 'block', requestKey });
    const request = { requestKey, actor: 'key:test', requestId: requestKey, roles: ['collector'] };
    const set = { from: null, until: null, reason: 'insolvency', noteId: null };
    const asked = { ...request, legalEntityId: company.id, customerId: customer.id, set, endBlockId: null };
    await client.workflow.execute<(input: object) => Promise<unknown>>('changeCustomerBlock', {
      workflowId,
      taskQueue: ORDERS_QUEUE,
      args: [asked],
    });
    return [{ workflow: 'change-customer-block', scenario: 'set', workflowId }];
  },

  async limitApproved(world) {
    const { company, client } = world;
    const customer = await company.customer('C-1', { limitMinor: 8_000 });
    const requestKey = company.requestKey();
    const workflowId = approvalWorkflowId({ legalEntityId: company.id, kind: 'credit_limit', requestKey });
    const startWorkflowOperation = () =>
      new WithStartWorkflowOperation<(input: ApprovalInput) => Promise<void>>('approval', {
        ...approvalStart({ workflowId, legalEntityId: company.id, kind: 'credit_limit', id: null }),
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    const limit = { customerId: customer.id, groupId: null, limitMinor: 90_000, isBlocked: false, limitUntil: null };
    const why = { reason: 'grows', noteId: null };
    const by = { legalEntityId: company.id, actor: 'key:test', requestId: requestKey, roles: ['credit_analyst'] };
    const { approvalId } = await client.workflow.executeUpdateWithStart(askCase, {
      startWorkflowOperation: startWorkflowOperation(),
      updateId: requestKey,
      args: [{ ...by, ...limit, ...why, kind: 'credit_limit', requestKey }],
    });
    const second = { actor: 'key:second', requestId: 'second', requestKey: 'second', roles: ['executive'] };
    await client.workflow.executeUpdateWithStart(decideApproval, {
      startWorkflowOperation: startWorkflowOperation(),
      updateId: 'second',
      args: [{ ...second, approvalId, decision: 'approve', noteId: null }],
    });
    await client.workflow.getHandle(workflowId).result();
    return [{ workflow: 'approval', scenario: 'limit-approved', workflowId }];
  },

  async bankFile(world) {
    const { company, client, db } = world;
    const { order } = await invoiced(world);
    await nameAccount(db, { legalEntityId: company.id, number: IBAN });
    const door = await openWorldDoor(world);
    try {
      const known = { reference: 'A', transactions: [{ amountMinor: 11_900, text: 'INV-000001' }] };
      const unknown = { reference: 'B', transactions: [{ amountMinor: 777, text: 'no number' }] };
      const day = { id: 'S-1', iban: IBAN, on: '2026-01-12', openingMinor: 0 };
      const { file } = await upload(door, camt053({ ...day, entries: [known, unknown] }), { legalEntity: company.id });
      await isClosed(world, order);
      const line = await eventually(() =>
        db.selectFrom('bank_line').select('id').where('state', '=', 'open').executeTakeFirstOrThrow(),
      );
      const workflowId = changeWorkflowId({ kind: 'line', requestKey: company.requestKey() });
      const by = { requestKey: workflowId, actor: 'key:test', requestId: workflowId, roles: ['cash_applier'] };
      await client.workflow.execute<(input: object) => Promise<unknown>>('decideLine', {
        workflowId,
        taskQueue: ORDERS_QUEUE,
        args: [{ ...by, lineId: line.id, decision: { kind: 'not_customer', noteId: null } }],
      });
      const money = { amount: '50.00', currency: 'EUR' };
      const tell = async (path: string, body: object): Promise<void> => {
        const { status, text } = await door.ask('POST', path, { body: { legalEntity: company.id, ...body } });
        assert.ok(status < 300, text);
      };
      await tell('/v1/remittance-advices', {
        advice: { amount: money, trace: 'T-1', lines: [{ reference: 'INV-9', paid: money }] },
      });
      const payment = {
        customer: 'C-1',
        amount: money,
        valueOn: '2026-01-12',
        reference: '',
        source: 'psp',
        sourceId: 'ch-1',
      };
      await tell('/v1/payments', payment);
      const payout = {
        source: 'psp',
        payoutId: 'po-1',
        paidOn: '2026-01-12',
        net: money,
        fee: { ...money, amount: '0.00' },
      };
      await tell('/v1/provider-payouts', { ...payout, payments: [{ sourceId: 'ch-1', amount: money }] });
      const advice = await db.selectFrom('remittance_advice').select('id').executeTakeFirstOrThrow();
      const expected = await db.selectFrom('provider_payout').select('id').executeTakeFirstOrThrow();
      const of = { legalEntityId: company.id };
      return [
        {
          workflow: 'apply-statement',
          scenario: 'one-open',
          workflowId: statementWorkflowId({ ...of, fileId: file.id }),
        },
        { workflow: 'decide-line', scenario: 'not-customer', workflowId },
        { workflow: 'join-advice', scenario: 'parked', workflowId: adviceWorkflowId({ ...of, adviceId: advice.id }) },
        {
          workflow: 'clear-payout',
          scenario: 'expected',
          workflowId: payoutStart({ id: expected.id, ...of }).workflowId,
        },
      ];
    } finally {
      await door.close();
    }
  },

  async creditCleared(world) {
    const { company, client, db } = world;
    const { customer, order } = await invoiced(world);
    await company.pay(customer, 'p1', PAID);
    await isClosed(world, order);
    const [item] = await company.items(order);
    const credit = { itemId: item?.id ?? '', amountMinor: 1_190, reason: 'damaged', noteId: null };
    const { approvalId } = await company.ask(order, askApproval, { kind: 'credit_note', ...credit });
    const decided = { approvalId, decision: 'approve', noteId: null } as const;
    await company.ask(order, decideApproval, decided, { actor: 'key:second' });
    const other = await company.order(customer, 'SO-2');
    await company.ship(other);
    await stageIs(world, other, 'collection');
    const { id: creditItemId } = await db
      .selectFrom('open_item')
      .select('id')
      .where('side', '=', 'credit')
      .executeTakeFirstOrThrow();
    const [debit] = await company.items(other);
    const requestKey = company.requestKey();
    const workflowId = changeWorkflowId({ kind: 'clearing', requestKey });
    const request = { requestKey, actor: 'key:test', requestId: requestKey, roles: ['cash_applier'] };
    const asked = { legalEntityId: company.id, creditItemId, debitItemId: debit?.id, amountMinor: null };
    await client.workflow.execute<(input: object) => Promise<unknown>>('clearCredit', {
      workflowId,
      taskQueue: ORDERS_QUEUE,
      args: [{ ...request, ...asked }],
    });
    return [{ workflow: 'clear-credit', scenario: 'full', workflowId }];
  },

  async sweep(world) {
    await world.company.store(await world.company.customer('C-1'), 'SO-1');
    const workflowId = await world.company.sweepNow();
    return [{ workflow: 'sweep', scenario: 'one-order', workflowId }];
  },
};
