// Credit notes, write-offs and refunds: who may ask, who may approve how much, and what an approval does to the books.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { storeBankAccount } from '../../src/database/queries/bank-accounts.ts';
import type { ApprovalReport } from '../../src/workflows/messages.ts';
import { callCase, callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type LineOptions, type OrderHead } from '../harness/order.ts';
import { refusalOf } from '../harness/refusal-of.ts';

const MS_PER_DAY = 86_400_000;
const WHOLE = 11_900;
const ASKER = { actor: 'key:collector', roles: ['collector'] };
const MANAGER = { actor: 'key:manager', roles: ['ar_manager'] };
const CHIEF = { actor: 'key:chief', roles: ['executive'] };

let database: TestDatabase;
let db: Db;
let company: Company;
let count = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  company = await makeCompany(db, { limitMinor: null });
});

after(async () => {
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

interface Debtor {
  readonly company: Company;
  readonly order: OrderHead;
  readonly itemId: string;
  readonly number: string;
}

function unique(prefix: string): string {
  count += 1;
  return `${prefix}-${String(count)}`;
}

/** A customer of its own with an invoice over 119.00 EUR, or over the lines. */
async function debtor(lines?: readonly LineOptions[]): Promise<Debtor> {
  const customerNumber = unique('D');
  const customerId = await addCustomer(db, company.legalEntityId, { number: customerNumber, limitMinor: null });
  const own = { ...company, customerId, customerNumber };
  const order = await makeOrder(db, own, { number: unique('SO'), ...(lines === undefined ? {} : { lines }) });
  await runDueSteps(db, order);
  const quantities = Object.fromEntries(
    (lines ?? [{ quantity: '10' }]).map((line, index) => [index + 1, line.quantity]),
  );
  await ship(db, order, quantities, unique('ship'));
  await runDueSteps(db, order);
  const { rows } = await sql<{
    id: string;
    number: string;
  }>`select id, number from open_item where order_id = ${order.id}`.execute(db);
  const [item] = rows;
  assert.ok(item);
  return { company: own, order, itemId: item.id, number: item.number };
}

type By = { actor: string; roles: string[] };
type Asked = { kind?: 'credit_note' | 'write_off'; amountMinor?: number; by?: By; now?: number; key?: string };

async function ask(one: Debtor, asked: Asked = {}): Promise<string> {
  const { kind = 'credit_note', amountMinor = WHOLE, by = ASKER, now = MONDAY } = asked;
  const request = {
    ...requestOf(asked.key ?? unique('ask'), by),
    ...{ kind, itemId: one.itemId, amountMinor, reason: 'goodwill', noteId: null },
  };
  const report = await callOrder(db, one.order, { step: 'askApproval', input: { now, request } });
  assert.equal(report.state, 'requested');
  return report.approvalId;
}

function decide(
  one: Debtor,
  approvalId: string,
  by: By & { decision?: 'approve' | 'reject' | 'withdraw'; now?: number; key?: string } = MANAGER,
): Promise<ApprovalReport> {
  const request = {
    ...requestOf(by.key ?? unique('decide'), by),
    ...{ approvalId, decision: by.decision ?? 'approve', noteId: null },
  };
  return callOrder(db, one.order, { step: 'decideApproval', input: { now: by.now ?? MONDAY, request } });
}

async function pay(one: Debtor, amountMinor: number, reference = one.number, source = 'psp'): Promise<string> {
  const paymentId = await makePayment(db, one.company, { sourceId: unique('p'), amountMinor, reference, source });
  await postPayment(db, paymentId, MONDAY + MS_PER_DAY);
  return paymentId;
}

/** Items of the order as `NUMBER SIDE ORIGINAL OPEN`, in the order in which they came. */
async function items({ order }: Debtor): Promise<string[]> {
  const { rows } = await sql<{
    text: string;
  }>`select kind || ' ' || side || ' ' || original_minor || ' ' || open_minor as text
    from open_item where order_id = ${order.id} order by created_at, id`.execute(db);
  return rows.map((row) => row.text);
}

async function stateOf(approvalId: string): Promise<string> {
  const { rows } = await sql<{ text: string }>`select a.state || ', task ' || k.state as text from approval a
    join task k on k.approval_id = a.id where a.id = ${approvalId}`.execute(db);
  return rows.map((row) => row.text).join('; ');
}

/** The lines of an entry as `ACCOUNT AMOUNT`. */
async function entry(key: string): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select l.account || ' ' || l.amount_minor as text from journal_entry e
    join journal_line l on l.entry_id = e.id where e.key = ${key} order by l.line_no`.execute(db);
  return rows.map((row) => row.text);
}

async function audit({ order }: Debtor, last: number): Promise<string[]> {
  const { rows } = await sql<{
    action: string;
  }>`select action from audit_entry where order_id = ${order.id} order by id`.execute(db);
  return rows.map((row) => row.action).slice(-last);
}

describe('a credit note', () => {
  it('over a part lowers the invoice by it, bears a number of its own series, and is delivered', async () => {
    const one = await debtor();
    const approvalId = await ask(one, { amountMinor: 1_190 });
    assert.equal(await stateOf(approvalId), 'requested, task open');
    const report = await decide(one, approvalId);
    assert.match(report.creditNote ?? '', /^CN-\d{6}$/);
    assert.equal(await stateOf(approvalId), 'approved, task done');
    assert.deepEqual(await items(one), ['invoice debit 11900 10710', 'credit_note credit 1190 0']);
    assert.deepEqual(await entry(`credit_note/${String(report.creditNote)}`), [
      'revenue 1000',
      'tax_payable 190',
      'receivable -1190',
    ]);
    assert.deepEqual(await entry(`clearing/${String(report.creditNote)}/${one.number}`), [
      'receivable 1190',
      'receivable -1190',
    ]);
    await runDueSteps(db, one.order);
    assert.deepEqual(await audit(one, 4), [
      'approval.requested',
      'credit_note.issued',
      'approval.approved',
      'credit_note.sent',
    ]);
  });

  it('over the whole settles the order', async () => {
    const one = await debtor();
    await decide(one, await ask(one), CHIEF);
    assert.equal((await runDueSteps(db, one.order)).stage, 'settled');
    assert.deepEqual(await items(one), ['invoice debit 11900 0', 'credit_note credit 11900 0']);
  });

  it('after the payment leaves its rest as credit, which is the cash applier’s task', async () => {
    const one = await debtor();
    await pay(one, 10_000);
    await decide(one, await ask(one, { amountMinor: 5_000 }), CHIEF);
    assert.deepEqual(await items(one), ['invoice debit 11900 0', 'credit_note credit 5000 3100']);
    const next = await runDueSteps(db, one.order);
    assert.deepEqual([next.step, next.stage, next.openMinor], ['escalateTask', 'collection', -3_100]);
    const { rows } = await sql<{ text: string }>`select kind || ' ' || owner_role || ' ' || ends_with as text from task
      where order_id = ${one.order.id} and state = 'open'`.execute(db);
    assert.deepEqual(rows, [{ text: 'open_credit cash_applier POST /v1/refunds' }]);
  });

  it('keeps each tax rate its share, over several of them, to the last cent of the invoice', async () => {
    const lines = [
      { quantity: '3', netMinor: 9_999, taxMinor: 1_900 },
      { quantity: '1', netMinor: 1, taxMinor: 0 },
      { quantity: '7', netMinor: 7_777, taxMinor: 1_478 },
    ];
    const one = await debtor(lines);
    for (const amountMinor of [1, 3_333, 10_000, 7_821]) await decide(one, await ask(one, { amountMinor }), CHIEF);
    assert.equal((await runDueSteps(db, one.order)).stage, 'settled');
    assert.equal(await refusalOf(ask(one, { amountMinor: 1 })), 'credit_exceeds_invoice');
  });

  it('is refused beyond the invoice, what waits counted in', async () => {
    const one = await debtor();
    await ask(one, { amountMinor: 10_000 });
    assert.equal(await refusalOf(ask(one, { amountMinor: 1_901 })), 'credit_exceeds_invoice');
    assert.match(await ask(one, { amountMinor: 1_900 }), /-/);
    assert.deepEqual((await audit(one, 3)).sort(), ['approval.refused', 'approval.requested', 'approval.requested']);
  });

  it('is not for what was written off: nobody paid it, and it would be paid back', async () => {
    const one = await debtor();
    const waits = await ask(one, { amountMinor: 1_000 });
    await decide(one, await ask(one, { kind: 'write_off', amountMinor: 11_900 }));
    assert.equal(await refusalOf(ask(one, { amountMinor: 1 })), 'credit_exceeds_invoice');
    assert.equal(await refusalOf(decide(one, waits)), 'credit_exceeds_invoice');
    assert.equal(await stateOf(waits), 'requested, task open');
  });

  it('is for what was invoiced here: not for an open invoice from elsewhere, nor for another order’s item', async () => {
    const one = await debtor();
    const opening = await makeOpening(db, one.company, {
      ...{ number: unique('OLD'), amountMinor: 5_000, invoicedOn: '2025-12-01', dueOn: '2026-01-31' },
    });
    await runDueSteps(db, opening);
    const { rows } = await sql<{ id: string }>`select id from open_item where order_id = ${opening.id}`.execute(db);
    const foreign = { ...one, itemId: rows[0]?.id ?? '' };
    assert.equal(await refusalOf(ask(foreign)), 'item_unknown');
    assert.equal(await refusalOf(ask({ ...foreign, order: opening }, { amountMinor: 1 })), 'not_an_invoice');
  });
});

describe('a write-off', () => {
  it('takes an amount out of the receivables, and the collector’s task with the last cent', async () => {
    const one = await debtor();
    const approvalId = await ask(one, { kind: 'write_off' });
    await decide(one, approvalId);
    assert.deepEqual(await entry(`write_off/${approvalId}`), ['bad_debt 11900', 'receivable -11900']);
    assert.equal((await runDueSteps(db, one.order)).stage, 'settled');
  });

  it('is refused beyond what is open, with what is asked for already', async () => {
    const one = await debtor();
    await pay(one, 1_900);
    await ask(one, { kind: 'write_off', amountMinor: 9_000 });
    assert.equal(await refusalOf(ask(one, { kind: 'write_off', amountMinor: 1_001 })), 'exceeds_open');
    await ask(one, { kind: 'write_off', amountMinor: 1_000 });
  });

  it('stays requested when a payment came in between and less is open', async () => {
    const one = await debtor();
    const approvalId = await ask(one, { kind: 'write_off' });
    await pay(one, 1);
    assert.equal(await refusalOf(decide(one, approvalId)), 'exceeds_open');
    assert.equal(await stateOf(approvalId), 'requested, task open');
    await decide(one, approvalId, { ...ASKER, decision: 'withdraw' });
    assert.equal(await stateOf(approvalId), 'withdrawn, task done');
  });

  it('is neither asked for nor approved by who applied the cash', async () => {
    const one = await debtor();
    await pay(one, 1_900);
    const applier = { actor: 'test', roles: ['ar_manager'] };
    assert.equal(await refusalOf(ask(one, { kind: 'write_off', amountMinor: 1, by: applier })), 'duty_conflict');
    const approvalId = await ask(one, { kind: 'write_off', amountMinor: 10_000 });
    assert.equal(await refusalOf(decide(one, approvalId, applier)), 'duty_conflict');
    await decide(one, approvalId);
  });
});

describe('two people', () => {
  it('are two: who asked neither approves nor rejects, only withdraws; nobody else withdraws', async () => {
    const one = await debtor();
    const approvalId = await ask(one, { by: CHIEF });
    assert.equal(await refusalOf(decide(one, approvalId, CHIEF)), 'maker_is_checker');
    assert.equal(await refusalOf(decide(one, approvalId, { ...CHIEF, decision: 'reject' })), 'maker_is_checker');
    assert.equal(await refusalOf(decide(one, approvalId, { ...MANAGER, decision: 'withdraw' })), 'not_the_asker');
    await decide(one, approvalId, { ...CHIEF, decision: 'withdraw' });
    assert.equal(await refusalOf(decide(one, approvalId)), 'approval_decided');
  });

  it('may reject whatever the amount, with a role that decides the kind at all', async () => {
    const one = await debtor([{ quantity: '1', netMinor: 5_000_000, taxMinor: 950_000 }]);
    const approvalId = await ask(one, { amountMinor: 5_950_000 });
    assert.equal(await refusalOf(decide(one, approvalId, { ...ASKER, actor: 'key:other' })), 'above_authority');
    const reject = { decision: 'reject' as const };
    assert.equal(
      await refusalOf(decide(one, approvalId, { ...ASKER, actor: 'key:other', ...reject })),
      'above_authority',
    );
    assert.equal(await refusalOf(decide(one, approvalId, MANAGER)), 'above_authority');
    assert.equal((await decide(one, approvalId, { ...MANAGER, ...reject })).state, 'rejected');
    assert.deepEqual(await items(one), ['invoice debit 5950000 5950000']);
  });

  it('do not split a case below the limit: what was asked for the customer in thirty days counts together', async () => {
    const one = await debtor([{ quantity: '1', netMinor: 5_000_000, taxMinor: 950_000 }]);
    const first = await ask(one, { amountMinor: 600_000 });
    await decide(one, first);
    const second = await ask(one, { amountMinor: 600_000, now: MONDAY + 29 * MS_PER_DAY });
    const { rows } = await sql<{
      role: string;
    }>`select owner_role as role from task where approval_id = ${second}`.execute(db);
    assert.deepEqual(rows, [{ role: 'executive' }]);
    const later = { ...MANAGER, now: MONDAY + 35 * MS_PER_DAY };
    assert.equal(await refusalOf(decide(one, second, later)), 'above_authority');
    await decide(one, second, { ...CHIEF, decision: 'reject' });
    const third = await ask(one, { amountMinor: 600_000, now: MONDAY + 31 * MS_PER_DAY });
    await decide(one, third, { ...MANAGER, now: MONDAY + 31 * MS_PER_DAY });
  });

  it('find a decision made once, and give its answer again under its key', async () => {
    const one = await debtor();
    const approvalId = await ask(one, { key: `again-${one.number}` });
    assert.equal(await ask(one, { key: `again-${one.number}` }), approvalId);
    const key = unique('decide');
    const answers = [
      await decide(one, approvalId, { ...CHIEF, key }),
      await decide(one, approvalId, { ...CHIEF, key }),
    ];
    assert.deepEqual(answers[0], answers[1]);
    assert.equal(await refusalOf(decide(one, one.order.id, CHIEF)), 'approval_unknown');
  });

  it('let what nobody decided lapse at its deadline', async () => {
    const one = await debtor();
    const approvalId = await ask(one, { kind: 'write_off' });
    const deadline = Date.UTC(2026, 0, 19, 17);
    const { rows } = await sql<{
      at: number;
      escalations: { role: string }[];
    }>`select a.deadline_at as at, k.escalations
      from approval a join task k on k.approval_id = a.id where a.id = ${approvalId}`.execute(db);
    assert.deepEqual(
      [rows[0]?.at, rows[0]?.escalations.map(({ role }) => role)],
      [deadline, ['ar_manager', 'executive']],
    );
    await runDueSteps(db, one.order, deadline - 1);
    assert.equal(await stateOf(approvalId), 'requested, task open');
    await runDueSteps(db, one.order, deadline);
    assert.equal(await stateOf(approvalId), 'lapsed, task done');
    assert.equal(await refusalOf(decide(one, approvalId)), 'approval_decided');
  });
});

describe('a refund', () => {
  const TREASURER = { actor: 'key:treasurer', roles: ['treasurer'] };
  const SERVICE = { actor: 'key:service', roles: ['customer_service'] };

  /** Another account of the customer, which ends the one before. */
  async function account(one: Debtor, actor = 'key:bank'): Promise<string> {
    const { legalEntityId, customerId } = one.company;
    const { row } = await storeBankAccount(
      db,
      { legalEntityId, customerId, iban: unique('DE'), bic: null, holder: 'Kunde GmbH' },
      { actor, requestId: 'test', now: MONDAY },
    );
    return row.id;
  }

  async function askRefund(from: {
    paymentId?: string;
    itemId?: string;
    amountMinor: number;
    bankAccountId: string;
    by?: By;
  }): Promise<{ approvalId: string; workflowId: string }> {
    const workflowId = `approval/${unique('refund')}`;
    const request = {
      ...requestOf(workflowId, from.by ?? SERVICE),
      ...{ kind: 'refund' as const, legalEntityId: company.legalEntityId },
      ...{ paymentId: from.paymentId ?? null, itemId: from.itemId ?? null, amountMinor: from.amountMinor },
      ...{ bankAccountId: from.bankAccountId, reason: 'overpaid', noteId: null },
    };
    const { approvalId } = await callCase(db, workflowId, { step: 'askCase', input: { request, now: MONDAY } });
    return { approvalId, workflowId };
  }

  function decideRefund(
    { approvalId, workflowId }: { approvalId: string; workflowId: string },
    by: By & { decision?: 'approve' | 'reject' | 'withdraw' } = TREASURER,
  ): Promise<ApprovalReport> {
    const request = {
      ...requestOf(unique('decide'), by),
      ...{ approvalId, decision: by.decision ?? 'approve', noteId: null },
    };
    return callCase(db, workflowId, { step: 'decideCase', input: { request, now: MONDAY + MS_PER_DAY } });
  }

  it('pays back money that nobody used', async () => {
    const one = await debtor();
    const paymentId = await pay(one, 20_000);
    const asked = await askRefund({ paymentId, amountMinor: 8_100, bankAccountId: await account(one) });
    await decideRefund(asked);
    assert.deepEqual(await entry(`refund/${asked.approvalId}`), ['unapplied_cash 8100', 'clearing:refund -8100']);
    const { rows } = await sql<{ text: string }>`select unapplied_minor || ' ' || refunded_minor as text from payment
      where id = ${paymentId}`.execute(db);
    assert.deepEqual(rows, [{ text: '0 8100' }]);
    assert.equal(await stateOf(asked.approvalId), 'approved, task done');
  });

  it('pays back what a credit note left over, and tells its order, which closes', async () => {
    const one = await debtor();
    await pay(one, WHOLE);
    await decide(one, await ask(one), CHIEF);
    await runDueSteps(db, one.order);
    const { rows } = await sql<{
      id: string;
    }>`select id from open_item where order_id = ${one.order.id} and side = 'credit'`.execute(db);
    const itemId = rows[0]?.id ?? '';
    const asked = await askRefund({ itemId, amountMinor: WHOLE, bankAccountId: await account(one) });
    assert.deepEqual((await decideRefund(asked)).tell, [one.order.id]);
    assert.deepEqual(await entry(`refund/${asked.approvalId}`), ['receivable 11900', 'clearing:refund -11900']);
    assert.equal((await runDueSteps(db, one.order)).stage, 'settled');
    const open = await sql`select 1 from task where order_id = ${one.order.id} and state = 'open'`.execute(db);
    assert.equal(open.rows.length, 0);
  });

  it('is refused beyond what nobody used, to a foreign or an ended account, and of what is not there', async () => {
    const one = await debtor();
    const other = await debtor();
    const paymentId = await pay(one, 20_000);
    const bankAccountId = await account(one);
    const more = { paymentId, amountMinor: 8_101, bankAccountId };
    assert.equal(await refusalOf(askRefund(more)), 'exceeds_open');
    await askRefund({ ...more, amountMinor: 8_000 });
    assert.equal(await refusalOf(askRefund({ ...more, amountMinor: 101 })), 'exceeds_open');
    const small = { ...more, amountMinor: 1 };
    assert.equal(await refusalOf(askRefund({ ...small, bankAccountId: await account(other) })), 'bank_account_unknown');
    await account(one);
    assert.equal(await refusalOf(askRefund(small)), 'bank_account_ended');
    assert.equal(await refusalOf(askRefund({ ...small, paymentId: one.order.id })), 'refund_source_unknown');
    const received = await makePayment(db, one.company, { sourceId: unique('p'), amountMinor: 1, reference: 'x' });
    assert.equal(await refusalOf(askRefund({ ...small, paymentId: received })), 'payment_not_posted');
    assert.equal(
      await refusalOf(askRefund({ itemId: one.itemId, amountMinor: 1, bankAccountId })),
      'refund_source_unknown',
    );
  });

  it('is neither asked for nor approved by who changed the bank details', async () => {
    const one = await debtor();
    const paymentId = await pay(one, 20_000);
    const bankAccountId = await account(one, TREASURER.actor);
    const asked = { paymentId, amountMinor: 8_100, bankAccountId };
    assert.equal(await refusalOf(askRefund({ ...asked, by: TREASURER })), 'duty_conflict');
    const refund = await askRefund(asked);
    assert.equal(await refusalOf(decideRefund(refund)), 'duty_conflict');
    await decideRefund(refund, { ...TREASURER, actor: 'key:second-treasurer' });
  });

  it('is looked at again when it is approved: the account may have ended', async () => {
    const one = await debtor();
    const paymentId = await pay(one, 20_000);
    const refund = await askRefund({ paymentId, amountMinor: 8_100, bankAccountId: await account(one) });
    await account(one);
    assert.equal(await refusalOf(decideRefund(refund)), 'bank_account_ended');
    assert.equal(await stateOf(refund.approvalId), 'requested, task open');
    await decideRefund(refund, { ...SERVICE, decision: 'withdraw' });
    assert.equal(await stateOf(refund.approvalId), 'withdrawn, task done');
  });
});

describe('at the same moment', () => {
  const ROUNDS = 20;

  it('two approvers decide once: one wins, the other is told', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = await debtor();
      const approvalId = await ask(one, { kind: round % 2 === 0 ? 'credit_note' : 'write_off', amountMinor: 1_000 });
      const reject = round % 4 < 2 ? 'approve' : 'reject';
      const outcomes = await Promise.all([
        refusalOf(decide(one, approvalId, CHIEF)),
        refusalOf(decide(one, approvalId, { ...MANAGER, decision: reject })),
      ]);
      assert.deepEqual(outcomes.sort(), ['accepted', 'approval_decided']);
    }
  });

  it('a payment and a write-off over the same cents settle the item once, in either order', async () => {
    const outcomes = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = await debtor();
      const approvalId = await ask(one, { kind: 'write_off' });
      const isFirst = round % 2 === 0;
      const paying = async () => pay(one, WHOLE);
      const deciding = async () => refusalOf(decide(one, approvalId));
      const both = isFirst ? [paying(), deciding()] : [deciding(), paying()];
      const done = await Promise.all(both);
      const outcome = done.find((each) => each === 'accepted' || each === 'exceeds_open') ?? '';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      assert.deepEqual(await items(one), ['invoice debit 11900 0']);
      const { rows } = await sql<{ unapplied: number }>`select unapplied_minor as unapplied from payment
        where customer_id = ${one.company.customerId}`.execute(db);
      assert.equal(rows[0]?.unapplied, outcome === 'accepted' ? WHOLE : 0);
      assert.equal(await stateOf(approvalId), outcome === 'accepted' ? 'approved, task done' : 'requested, task open');
      if (outcome === 'exceeds_open') await decide(one, approvalId, { ...ASKER, decision: 'withdraw' });
    }
    assert.equal((outcomes.get('accepted') ?? 0) + (outcomes.get('exceeds_open') ?? 0), ROUNDS);
  });

  it('credit notes of many orders take numbers without a gap', async () => {
    const debtors = [];
    for (let round = 0; round < ROUNDS; round += 1) debtors.push(await debtor());
    const asked = await Promise.all(
      debtors.map(async (one) => ({ one, approvalId: await ask(one, { amountMinor: 100 }) })),
    );
    const reports = await Promise.all(asked.map(({ one, approvalId }) => decide(one, approvalId)));
    const numbers = reports.map(({ creditNote }) => Number(creditNote?.slice('CN-'.length))).sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => (numbers[0] ?? 0) + index),
    );
  });
});
