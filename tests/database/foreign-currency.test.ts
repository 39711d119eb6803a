// The books of a legal entity in euros that sells in dollars: base amounts follow what is open, and whatever is undone leaves no difference.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { post, type PostingLine } from '../../src/activities/ledger.ts';
import { openDatabase, type Db, type Tx } from '../../src/database/client.ts';
import { creditStanding, lockCredit } from '../../src/database/queries/credit.ts';
import { rateOfDay } from '../../src/database/queries/exchange-rates.ts';
import { BOOKS_PROOFS } from '../../src/database/verify/verify-books.ts';
import { prove } from '../../src/database/verify/proof.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';
import { allocate, takeBackPayment, undo } from '../harness/payments.ts';
import { postAsRefund } from '../harness/refund.ts';

/** 119.00 USD are 109.63 EUR. */
const USD = { currency: 'USD', rate: '0.9213' };
const LATER = { currency: 'USD', rate: '0.9001' };
const POLICY = { ...POLICY_V1, smallDifference: { fixedMinor: 100, basisPoints: 100 } };

let database: TestDatabase;
let db: Db;
let company: Company;
let count = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  company = await makeCompany(db, { limitMinor: null, policy: POLICY });
});

after(async () => {
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

interface Billed {
  readonly order: OrderHead;
  readonly itemId: string;
  readonly number: string;
}

/** An invoice over 119.00 USD. */
async function invoiced(): Promise<Billed> {
  count += 1;
  const order = await makeOrder(db, company, { number: `USD-${String(count)}`, foreign: USD });
  await runDueSteps(db, order);
  await ship(db, order, { 1: '10' }, order.number);
  await runDueSteps(db, order);
  const { id, number } = await db
    .selectFrom('open_item')
    .select(['id', 'number'])
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  return { order, itemId: id, number };
}

/** Money that came later, when the dollar was worth less. */
async function paid(reference: string, amountMinor = 11_900): Promise<string> {
  count += 1;
  const id = await makePayment(db, company, { sourceId: `u${String(count)}`, amountMinor, reference, foreign: LATER });
  await postPayment(db, id);
  return id;
}

/** Base sums of accounts, by name; those that are even are left out. */
async function baseOf(
  of: { itemId?: string; paymentId?: string } = {},
  on: Db | Tx = db,
): Promise<Record<string, number>> {
  const { rows } = await sql<{ account: string; base: number }>`
    select account, sum(base_minor)::bigint as base from journal_line l
    where (${of.itemId ?? null}::uuid is null or entry_id in (select entry_id from journal_line where item_id = ${of.itemId ?? null}::uuid))
      and (${of.paymentId ?? null}::uuid is null or entry_id in (select entry_id from journal_line where payment_id = ${of.paymentId ?? null}::uuid))
    group by account having sum(base_minor) <> 0 order by account`.execute(on);
  return Object.fromEntries(rows.map(({ account, base }) => [account, base]));
}

async function creditNote({ order, itemId }: Billed, amountMinor: number): Promise<void> {
  const asked = { kind: 'credit_note' as const, itemId, amountMinor, reason: 'goodwill', noteId: null };
  await ask(order, asked, `credit/${order.number}`);
}

async function writeOff({ order, itemId }: Billed, amountMinor: number): Promise<void> {
  const asked = { kind: 'write_off' as const, itemId, amountMinor, reason: 'insolvent', noteId: null };
  await ask(order, asked, `write-off/${order.number}`);
}

type Asked = Omit<
  Parameters<typeof callOrder<'askApproval'>>[2]['input']['request'],
  'requestKey' | 'actor' | 'requestId' | 'roles'
>;

async function ask(order: OrderHead, asked: Asked, key: string): Promise<void> {
  const request = { ...requestOf(`ask/${key}`, { actor: 'key:one' }), ...asked };
  const { approvalId } = await callOrder(db, order, { step: 'askApproval', input: { now: MONDAY, request } });
  const decided = { approvalId, decision: 'approve' as const, noteId: null };
  await callOrder(db, order, {
    step: 'decideApproval',
    input: { now: MONDAY, request: { ...requestOf(`decide/${key}`), ...decided } },
  });
}

describe('an invoice in dollars', () => {
  it('stands in the books at the order’s rate, with revenue and tax cut from it', async () => {
    const { itemId } = await invoiced();
    assert.deepEqual(await baseOf({ itemId }), { receivable: 10_963, revenue: -9_213, tax_payable: -1_750 });
    const { rows } =
      await sql`select account, amount_minor, base_minor, currency from journal_line where item_id = ${itemId}`.execute(
        db,
      );
    assert.deepEqual(rows, [{ account: 'receivable', amount_minor: 11_900, base_minor: 10_963, currency: 'USD' }]);
  });

  it('is paid at the money’s rate, and the difference is realised', async () => {
    const { itemId, number } = await invoiced();
    const paymentId = await paid(number);
    assert.deepEqual(await baseOf({ paymentId }), {
      'clearing:psp': 10_711,
      exchange_difference: 252,
      receivable: -10_963,
    });
    assert.deepEqual(await baseOf({ itemId }), {
      'clearing:psp': 10_711,
      exchange_difference: 252,
      revenue: -9_213,
      tax_payable: -1_750,
    });
  });

  it('paid in parts, of several payments, comes to the same', async () => {
    const { itemId, number } = await invoiced();
    for (const part of [3_333, 1, 4_567, 3_999]) await paid(number, part);
    const { 'clearing:psp': cleared = 0, exchange_difference: difference = 0, ...rest } = await baseOf({ itemId });
    assert.deepEqual(rest, { revenue: -9_213, tax_payable: -1_750 });
    assert.equal(cleared + difference, 10_963);
    assert.ok(Math.abs(difference - 252) <= 2, String(difference));
  });

  it('takes a small difference at what is left of it, and gives all back when it is undone', async () => {
    const { itemId, number } = await invoiced();
    const before = await baseOf();
    const paymentId = await paid(number, 11_850);
    const { small_differences: small } = await baseOf({ itemId });
    assert.equal(small, 46);
    await undo(db, { paymentId, itemId, key: `undo/${number}` });
    assert.deepEqual(await baseOf({ paymentId }), { 'clearing:psp': 10_666, unapplied_cash: -10_666 });
    assert.equal((await baseOf())['exchange_difference'] ?? 0, before['exchange_difference'] ?? 0);
    assert.equal((await baseOf())['receivable'], before['receivable']);
  });

  it('allocated and undone in any order leaves no difference behind', async () => {
    const { itemId, number } = await invoiced();
    const before = await baseOf();
    const first = await paid('nothing', 4_001);
    const second = await paid('nothing', 5_003);
    await allocate(db, { paymentId: first, itemId, amountMinor: 3_333, key: `a/${number}` });
    await allocate(db, { paymentId: second, itemId, amountMinor: 2_345, key: `b/${number}` });
    await undo(db, { paymentId: first, itemId, key: `ua/${number}` });
    await allocate(db, { paymentId: first, itemId, amountMinor: 4_001, key: `c/${number}` });
    await undo(db, { paymentId: second, itemId, key: `ub/${number}` });
    await undo(db, { paymentId: first, itemId, key: `uc/${number}` });
    const now = await baseOf();
    assert.equal(now['exchange_difference'] ?? 0, before['exchange_difference'] ?? 0);
    assert.equal(now['receivable'], before['receivable']);
  });

  it('taken back by the bank stands as before, and so does the rate', async () => {
    const { itemId, number } = await invoiced();
    const paymentId = await paid(number);
    await takeBackPayment(db, { paymentId, sourceId: `back-${number}` });
    assert.deepEqual(await baseOf({ itemId }), { receivable: 10_963, revenue: -9_213, tax_payable: -1_750 });
    assert.deepEqual(await baseOf({ paymentId }), {});
  });

  it('credited in whole is closed by what it stood at, without a difference', async () => {
    const whole = await invoiced();
    await creditNote(whole, 11_900);
    const { rows } = await sql`select open_minor from open_item where order_id = ${whole.order.id}`.execute(db);
    assert.deepEqual(rows, [{ open_minor: 0 }, { open_minor: 0 }]);
    // The credit note's own entry takes back what the invoice brought.
    assert.deepEqual(await baseOf({ itemId: whole.itemId }), {
      receivable: 10_963,
      revenue: -9_213,
      tax_payable: -1_750,
    });
  });

  it('written off in part loses what that part stood at', async () => {
    const billed = await invoiced();
    await creditNote(billed, 1_900);
    await writeOff(billed, 10_000);
    const base = await baseOf();
    const { rows } = await sql<{
      account: string;
      base: number;
    }>`select l.account, l.base_minor as base from journal_line l
      join journal_entry e on e.id = l.entry_id where e.kind = 'write_off' order by l.line_no`.execute(db);
    assert.deepEqual(rows, [
      { account: 'bad_debt', base: 9_213 },
      { account: 'receivable', base: -9_213 },
    ]);
    assert.ok(base['bad_debt'] === 9_213);
  });

  it('overpaid leaves a liability at the money’s rate, which a refund takes whole', async () => {
    const { number } = await invoiced();
    const paymentId = await paid(number, 12_345);
    const before = await baseOf({ paymentId });
    assert.equal(before['unapplied_cash'], -401);
    assert.equal(await postAsRefund(db, { paymentId, amountMinor: 445 }), true);
    const {
      'clearing:refund': refunded,
      unapplied_cash: left,
      exchange_difference: difference,
    } = await baseOf({ paymentId });
    assert.deepEqual([left, difference], [undefined, before['exchange_difference']]);
    assert.ok(Math.abs((refunded ?? 0) + 401) <= 1);
  });

  it('taken over from elsewhere stands at what it stood at there', async () => {
    const opening = await makeOpening(db, company, {
      ...{ number: 'OLD-USD', amountMinor: 10_000, invoicedOn: '2025-12-01', dueOn: '2026-02-01' },
      foreign: { currency: 'USD', rate: '0.8888' },
    });
    await runDueSteps(db, opening);
    const paymentId = await paid('OLD-USD', 10_000);
    assert.deepEqual(await baseOf({ paymentId }), {
      'clearing:psp': 9_001,
      exchange_difference: -113,
      receivable: -8_888,
    });
  });
});

describe('an entry of two currencies', () => {
  /** Posts, lets Postgres check, looks, and takes all back: the rows that such entries are about are not the ledger's. */
  async function tried<T>(lines: readonly PostingLine[], look: (tx: Tx) => Promise<T>): Promise<T> {
    const found: T[] = [];
    const undone = new Error('undone');
    await db
      .transaction()
      .execute(async (tx) => {
        await post(tx, {
          ...{ legalEntityId: company.legalEntityId, kind: 'bank_clearing', key: 'bank_clearing/test' },
          ...{ effectiveOn: '2026-01-05', businessAt: MONDAY, currency: 'EUR', lines },
          cause: { workflowId: 'test', step: 'postLine' },
        });
        await sql`set constraints all immediate`.execute(tx);
        found.push(await look(tx));
        throw undone;
      })
      .catch((error: unknown) => {
        if (error !== undone) throw error;
      });
    const [first] = found;
    assert.ok(first !== undefined);
    return first;
  }

  it('meets on exchange, where euros that came for dollars realise what the bank paid less', async () => {
    const paymentId = await paid('nothing', 10_000);
    const lines = [
      { account: 'clearing:statement', amountMinor: 8_950 },
      { account: 'exchange', amountMinor: -8_950 },
      { account: 'exchange', amountMinor: 10_000, currency: 'USD' },
      { account: 'clearing:psp', amountMinor: -10_000, currency: 'USD', paymentId },
    ];
    assert.deepEqual(await tried(lines, (tx) => baseOf({ paymentId }, tx)), {
      ...{ 'clearing:statement': 8_950, exchange_difference: 51, unapplied_cash: -9_001 },
    });
  });

  it('is refused by Postgres when a currency does not balance by itself', async () => {
    await assert.rejects(
      tried(
        [
          { account: 'clearing:statement', amountMinor: 8_950 },
          { account: 'clearing:psp', amountMinor: -10_000, currency: 'USD', baseMinor: -8_950 },
        ],
        () => Promise.resolve(true),
      ),
      { code: 'QT003' },
    );
  });
});

describe('credit and foreign currency', () => {
  it('counts open items and unapplied cash by what they stand at, and orders by their rate', async () => {
    const customerId = await addCustomer(db, company.legalEntityId, { number: 'C-CREDIT', limitMinor: 25_000 });
    const payer = { ...company, customerId, customerNumber: 'C-CREDIT' };
    const billed = await makeOrder(db, payer, { number: 'CREDIT-1', foreign: USD });
    await runDueSteps(db, billed);
    await ship(db, billed, { 1: '10' }, billed.number);
    await runDueSteps(db, billed);
    const open = await makeOrder(db, payer, { number: 'CREDIT-2', foreign: USD });
    await runDueSteps(db, open);
    await makeOrder(db, payer, { number: 'CREDIT-EUR' }).then((order) => runDueSteps(db, order));
    const paymentId = await makePayment(db, payer, {
      sourceId: 'credit',
      amountMinor: 5_000,
      reference: 'nothing',
      foreign: LATER,
    });
    await postPayment(db, paymentId);
    const standing = await db.transaction().execute(async (tx) => {
      const { accountId } = await lockCredit(tx, customerId);
      return creditStanding(tx, { accountId, orderId: null, today: '2026-03-01' });
    });
    assert.deepEqual(standing.exposure, {
      ...{
        openItemsMinor: 10_963,
        disputedMinor: 0,
        unbilledOrdersMinor: 10_963,
        grantedMinor: 0,
        unappliedCashMinor: 4_501,
      },
    });
    assert.equal(standing.overdueMinor, 10_963);
    const { credit_reasons: reasons } = await db
      .selectFrom('sales_order')
      .select('credit_reasons')
      .where('number', '=', 'CREDIT-EUR')
      .executeTakeFirstOrThrow();
    // 109.63 + 109.63 are owed in euros: another 119.00 would be too much, which 119.00 three times counted as euros were as well.
    assert.match(JSON.stringify(reasons), /Exposure 219\.26 EUR and this order of 119\.00 EUR make 338\.26 EUR/);
  });

  it('lets an order in dollars go that fits only as dollars, and reserves its worth in euros', async () => {
    const customerId = await addCustomer(db, company.legalEntityId, { number: 'C-FITS', limitMinor: 11_000 });
    const payer = { ...company, customerId, customerNumber: 'C-FITS' };
    const fits = await makeOrder(db, payer, { number: 'FITS', foreign: USD });
    await runDueSteps(db, fits);
    const waits = await makeOrder(db, payer, { number: 'WAITS', foreign: USD });
    await runDueSteps(db, waits);
    const { rows } = await sql<{ number: string; state: string; held: number | null }>`
      select o.number, o.credit_state as state, (select amount_minor from credit_hold h where h.order_id = o.id) as held
      from sales_order o where o.customer_id = ${customerId} order by o.number`.execute(db);
    assert.deepEqual(rows, [
      { number: 'FITS', state: 'approved', held: null },
      { number: 'WAITS', state: 'held', held: 10_963 },
    ]);
  });
});

describe('the rate of a day', () => {
  before(async () => {
    await sql`insert into exchange_rate (legal_entity_id, currency, rate_on, rate, source, created_by)
      values (${company.legalEntityId}, 'GBP', '2026-01-02', 1.15, 'test', 'test'), (${company.legalEntityId}, 'GBP', '2026-01-05', 1.16, 'test', 'test')`.execute(
      db,
    );
  });
  const at = async (on: string, now = Date.UTC(2026, 5, 1)) => {
    const found = await rateOfDay(db, { legalEntityId: company.legalEntityId, currency: 'GBP', now, on });
    return found.ok ? `${found.rate} of ${found.rateOn}` : found.refusal.code;
  };

  it('is the latest that is not after it, for ten days', async () => {
    assert.deepEqual(
      await Promise.all(
        ['2026-01-01', '2026-01-02', '2026-01-04', '2026-01-05', '2026-01-15', '2026-01-16'].map((on) => at(on)),
      ),
      [
        'exchange_rate_missing',
        '1.15 of 2026-01-02',
        '1.15 of 2026-01-02',
        '1.16 of 2026-01-05',
        '1.16 of 2026-01-05',
        'exchange_rate_missing',
      ],
    );
  });

  it('is today’s for what is still to come, by the legal entity’s date', async () => {
    assert.equal(await at('2026-12-31', MONDAY), '1.16 of 2026-01-05');
    // 23:30 on the fourth in London is the fifth in Berlin.
    assert.equal(await at('2026-12-31', Date.UTC(2026, 0, 4, 23, 30)), '1.16 of 2026-01-05');
  });

  it('is never changed', async () => {
    await assert.rejects(sql`update exchange_rate set rate = 2`.execute(db), { code: '42501' });
    await assert.rejects(sql`delete from exchange_rate`.execute(db), { code: '42501' });
  });
});

describe('quittance verify', () => {
  it('names an item and a payment whose base is not what is open of them', async () => {
    const owner = openDatabase(database.ownerUrl, { connectionsMax: 1 });
    const { itemId } = await invoiced();
    const paymentId = await paid('nothing', 777);
    await owner
      .transaction()
      .execute(async (tx) => {
        await sql`set local session_replication_role = replica`.execute(tx);
        await sql`update open_item set base_minor = base_minor + 7 where id = ${itemId}`.execute(tx);
        await sql`update payment set base_minor = base_minor + 7 where id = ${paymentId}`.execute(tx);
        const found: Record<string, number> = {};
        for (const proof of BOOKS_PROOFS) {
          if ('walk' in proof) continue;
          const { failures, name } = await prove(tx, proof);
          if (failures > 0) found[name] = failures;
        }
        assert.deepEqual(found, { base_of_items: 1, base_of_payments: 1 });
        throw new Error('enough');
      })
      .catch((error: unknown) => {
        if (!(error instanceof Error && error.message === 'enough')) throw error;
      })
      .finally(() => owner.destroy());
  });
});
