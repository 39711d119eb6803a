// Two people at the door: what is asked for, listed and decided through HTTP, with the engine behind it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { eventually, openWorld, type World } from '../harness/world.ts';
import { openCompany, openDoor, type Door, type Reply } from './door.ts';
import { openWorldDoor, type WorldDoor } from './world-door.ts';

const EUR = 'EUR';
const money = (amount: string) => ({ amount, currency: EUR });

describe('what needs two people', () => {
  let world: World;
  let door: WorldDoor;
  const keys = new Map<string, string>();

  before(async () => {
    world = await openWorld();
    door = await openWorldDoor(world);
  });
  after(async () => {
    await assertBooksHold(world.db);
    await door.close();
    await world.close();
  });

  async function ask(role: string, method: string, path: string, body?: unknown): Promise<Reply> {
    const key = keys.get(role) ?? (await door.keyFor(role));
    keys.set(role, key);
    return door.ask(method, path, { key, body });
  }

  async function invoiced(number: string): Promise<Order> {
    const customer = await world.company.customer(`C-${number}`);
    const order = await world.company.order(customer, number);
    await world.company.ship(order);
    await eventually(async () => assert.equal(await world.company.stage(order), 'collection'));
    return order;
  }

  async function numberOf(order: Order): Promise<string> {
    return (await world.company.items(order)).find(({ number }) => number.startsWith('INV-'))?.number ?? '';
  }

  it('a credit note is asked for, found in the list, approved by somebody else, and shows what it corrects', async () => {
    const order = await invoiced('SO-1');
    const item = await numberOf(order);
    const body = { item, amount: money('19.00'), reason: 'wrong_price', note: 'The price was wrong.' };
    const made = await ask('collector', 'POST', `/v1/orders/${order.id}/credit-notes`, body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.equal(made.headers.get('location'), `/v1/approvals/${String(made.body['id'])}`);
    assert.deepEqual(
      [made.body['state'], made.body['askedBy'], made.body['itemNumber'], made.body['note'], made.body['creditNote']],
      ['requested', 'key:collector', item, 'The price was wrong.', null],
    );
    const list = await ask('collector', 'GET', '/v1/approvals?state=requested&kind=credit_note&customer=C-SO-1');
    assert.deepEqual(list.body['data'], [made.body]);
    assert.deepEqual((await ask('collector', 'GET', '/v1/approvals?state=requested&customer=C-NONE')).body['data'], []);

    const path = `/v1/approvals/${String(made.body['id'])}/decision`;
    const own = await ask('collector', 'POST', path, { decision: 'approve' });
    assert.deepEqual([own.status, own.body['code']], [403, 'maker_is_checker']);
    const approved = await ask('ar_manager', 'POST', path, { decision: 'approve', note: 'Seen.' });
    assert.equal(approved.status, 200, JSON.stringify(approved.body));
    assert.deepEqual([approved.body['state'], approved.body['decidedBy']], ['approved', 'key:ar_manager']);
    const again = await ask('executive', 'POST', path, { decision: 'approve' });
    assert.deepEqual([again.status, again.body['code']], [409, 'approval_decided']);

    const creditNote = approved.body['creditNote'] as { id: string; number: string };
    const document = await ask('collector', 'GET', `/v1/invoices/${creditNote.id}`);
    assert.deepEqual(
      [document.body['kind'], document.body['gross'], (document.body['corrects'] as { number: string }).number],
      ['credit_note', money('19.00'), item],
    );
  });

  it('a write-off is refused beyond what is open, and withdrawn by who asked alone', async () => {
    const order = await invoiced('SO-2');
    const item = await numberOf(order);
    const path = `/v1/orders/${order.id}/write-offs`;
    const more = await ask('collector', 'POST', path, { item, amount: money('119.01'), reason: 'insolvent' });
    assert.deepEqual([more.status, more.body['code']], [422, 'exceeds_open']);
    const made = await ask('collector', 'POST', path, { item, amount: money('119.00'), reason: 'insolvent' });
    const decision = `/v1/approvals/${String(made.body['id'])}/decision`;
    const other = await ask('ar_manager', 'POST', decision, { decision: 'withdraw' });
    assert.deepEqual([other.status, other.body['code']], [403, 'not_the_asker']);
    assert.equal((await ask('collector', 'POST', decision, { decision: 'withdraw' })).body['state'], 'withdrawn');
    const found = await ask('treasurer', 'GET', `/v1/approvals/${String(made.body['id'])}`);
    assert.deepEqual([found.body['state'], found.body['decidedBy']], ['withdrawn', 'key:collector']);
  });

  it('a refund goes to the bank account that is good now, which another person entered', async () => {
    const order = await invoiced('SO-3');
    await world.company.pay(order.customer, 'p1', { amountMinor: 20_000, reference: 'SO-3' });
    const payments = await ask('treasurer', 'GET', '/v1/payments?customer=C-SO-3');
    const [payment] = payments.body['data'] as { id: string }[];
    const accounts = `/v1/customers/${order.customer.id}/bank-accounts`;
    const account = { iban: 'de89 3704 0044 0532 0130 00', bic: 'COBADEFFXXX', holder: 'Customer' };
    const first = await ask('administrator', 'POST', accounts, account);
    assert.deepEqual([first.status, first.body['iban'], first.body['endedAt']], [201, 'DE89370400440532013000', null]);
    assert.equal((await ask('treasurer', 'POST', accounts, account)).status, 200, 'the same account again');
    const wrong = await ask('administrator', 'POST', accounts, { ...account, iban: 'DE88370400440532013000' });
    assert.deepEqual([wrong.status, wrong.body['code']], [400, 'invalid_input']);
    assert.doesNotMatch(JSON.stringify(wrong.body), /DE88/);
    const second = await ask('treasurer', 'POST', accounts, { ...account, iban: 'GB29NWBK60161331926819' });
    const list = (await ask('executive', 'GET', accounts)).body['data'] as { id: string; endedAt: string | null }[];
    assert.deepEqual(
      list.map(({ id, endedAt }) => [id, endedAt === null]),
      [
        [second.body['id'], true],
        [first.body['id'], false],
      ],
    );

    const body = { payment: payment?.id, amount: money('81.00'), reason: 'overpaid' };
    const ended = await ask('customer_service', 'POST', '/v1/refunds', { ...body, bankAccount: first.body['id'] });
    assert.deepEqual([ended.status, ended.body['code']], [422, 'bank_account_ended']);
    const made = await ask('customer_service', 'POST', '/v1/refunds', { ...body, bankAccount: second.body['id'] });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const decision = `/v1/approvals/${String(made.body['id'])}/decision`;
    const own = await ask('treasurer', 'POST', decision, { decision: 'approve' });
    assert.deepEqual([own.status, own.body['code']], [403, 'duty_conflict']);
    assert.equal((await ask('executive', 'POST', decision, { decision: 'approve' })).body['state'], 'approved');
    const nothing = await ask('customer_service', 'POST', '/v1/refunds', {
      ...body,
      payment: order.id,
      bankAccount: order.id,
    });
    assert.equal(nothing.status, 404);
    const both = await ask('customer_service', 'POST', '/v1/refunds', {
      ...body,
      item: order.id,
      bankAccount: order.id,
    });
    assert.equal(both.status, 400);
  });

  it('a credit limit above one’s own authority is asked for and granted by somebody else', async () => {
    const customer = await world.company.customer('C-LIMIT', { limitMinor: 1_000 });
    const own = await ask('credit_analyst', 'POST', `/v1/customers/${customer.id}/credit`, {
      ...{ creditLimit: money('100000.00'), isBlocked: false },
    });
    assert.deepEqual([own.status, own.body['code']], [403, 'above_authority']);
    const body = {
      ...{ legalEntity: world.company.id, customer: 'C-LIMIT', creditLimit: money('100000.00'), isBlocked: false },
      ...{ limitUntil: '2026-12-31', reason: 'more_business' },
    };
    const made = await ask('credit_analyst', 'POST', '/v1/credit-limit-requests', body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.deepEqual(made.body['limit'], {
      ...{ creditLimit: money('100000.00'), isBlocked: false, limitUntil: '2026-12-31', group: null },
    });
    const decision = `/v1/approvals/${String(made.body['id'])}/decision`;
    assert.equal((await ask('ar_manager', 'POST', decision, { decision: 'approve' })).body['state'], 'approved');
    const shown = await ask('credit_analyst', 'GET', `/v1/customers/${customer.id}`);
    assert.deepEqual(shown.body['creditLimit'], money('100000.00'));
    const unknown = await ask('credit_analyst', 'POST', '/v1/credit-limit-requests', { ...body, customer: 'C-NONE' });
    assert.deepEqual([unknown.status, unknown.body['code']], [422, 'customer_unknown']);
  });
});

describe('a list of approvals', () => {
  let door: Door;
  before(async () => {
    door = await openDoor();
    await openCompany(door, 'OURS');
    await openCompany(door, 'THEIRS');
  });
  after(() => door.close());

  it('is paged and cut to the legal entities of the key', async () => {
    const all = await door.ask('GET', '/v1/approvals?limit=1');
    assert.equal((all.body['data'] as unknown[]).length, 1);
    const next = await door.ask('GET', `/v1/approvals?limit=1&cursor=${String(all.body['nextCursor'])}`);
    assert.equal(next.body['nextCursor'], null);
    const key = await door.keyFor([{ legalEntityId: 'THEIRS', role: 'auditor' }]);
    const theirs = (await door.ask('GET', '/v1/approvals', { key })).body['data'] as { legalEntity: string }[];
    assert.deepEqual(
      theirs.map(({ legalEntity }) => legalEntity),
      ['THEIRS'],
    );
  });
});
