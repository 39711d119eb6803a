// The widened ledger refuses to be wrong: items that move without money, amounts taken back, refunds and credit, whatever the application tries.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { makeCompany } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOrder, makePayment } from '../harness/order.ts';

/** SQLSTATEs: ours first, then Postgres' own. */
const APPEND_ONLY = 'QT004';
const UNMATCHED = 'QT005';
const CHECK = '23514';
const UNIQUE = '23505';
const NOT_ALLOWED = '42501';

/** What stands in the books before every attempt. */
interface World {
  readonly entity: string;
  readonly customer: string;
  readonly order: string;
  /** An item of 119.00 EUR: 19.00 was paid, 9.00 of another payment taken back, 5.00 credited. */
  readonly item: string;
  /** The credit note of an invoice that was paid: 30.00 of it is open. */
  readonly credit: string;
  /** A payment of 69.00: 19.00 for the item, 50.00 left. */
  readonly payment: string;
  /** The entries that allocated 19.00, and 9.00, which was taken back since. */
  readonly paidBy: string;
  readonly undoneBy: string;
  /** An approved write-off whose posting is still to come. */
  readonly approval: string;
}

let database: TestDatabase;
let db: Db;
let app: pg.Client;
let owner: pg.Client;
let world: World;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl, { connectionsMax: 4 });
  app = new pg.Client({ connectionString: database.appUrl });
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await Promise.all([app.connect(), owner.connect()]);
  world = await makeWorld();
});

after(async () => {
  await db.destroy();
  await Promise.all([app.end(), owner.end()]);
  await database.drop();
});

async function makeWorld(): Promise<World> {
  const company = await makeCompany(db);
  const invoiced = async (number: string) => {
    const order = await makeOrder(db, company, { number });
    await runDueSteps(db, order);
    await ship(db, order, { 1: '10' }, number);
    await runDueSteps(db, order);
    return order;
  };
  const order = await invoiced('SO-1');
  const payment = await makePayment(db, company, { sourceId: 'p1', amountMinor: 6_900, reference: 'nothing' });
  await postPayment(db, payment);
  const paid = await invoiced('SO-2');
  await postPayment(db, await makePayment(db, company, { sourceId: 'p2', amountMinor: 11_900, reference: 'SO-2' }));
  const items = await owner.query<{ id: string; order_id: string }>('select id, order_id from open_item');
  const itemOf = (orderId: string) => items.rows.find((row) => row.order_id === orderId)?.id ?? '';
  await credit(order, itemOf(order.id), 500);
  await credit(paid, itemOf(paid.id), 3_000);
  const item = itemOf(order.id);
  for (const [key, amount] of [
    ['paid', 1_900],
    ['undone', 900],
  ] as const) {
    await commit([
      entry(key, 'allocation'),
      lines(key, byCash(payment, item, amount)),
      allocation(key, { item, amount, payment }),
    ]);
  }
  const id = async (key: string) =>
    String((await owner.query<{ id: string }>(`select id from journal_entry where key = '${key}'`)).rows[0]?.id);
  const undoneBy = await id('undone');
  await commit([
    entry('undo', 'undo'),
    lines('undo', byCash(payment, item, -900)),
    allocation('undo', { item, amount: -900, payment, reverses: undoneBy }),
  ]);
  const creditItem = await owner.query<{ id: string }>(
    `select id from open_item where side = 'credit' and open_minor > 0`,
  );
  const approval = await owner.query<{
    id: string;
  }>(`insert into approval (legal_entity_id, kind, customer_id, order_id, item_id,
    amount_minor, currency, reason, workflow_id, state, asked_by, asked_at, decided_by, decided_at, deadline_at)
    values ('${company.legalEntityId}', 'write_off', '${company.customerId}', '${order.id}', '${item}', 700, 'EUR', 'insolvent',
      'test', 'approved', 'one', now(), 'another', now(), now()) returning id`);
  return {
    entity: company.legalEntityId,
    customer: company.customerId,
    order: order.id,
    item,
    credit: creditItem.rows[0]?.id ?? '',
    payment,
    paidBy: await id('paid'),
    undoneBy,
    approval: approval.rows[0]?.id ?? '',
  };
}

async function credit(order: Parameters<typeof callOrder>[1], itemId: string, amountMinor: number): Promise<void> {
  const asked = { kind: 'credit_note' as const, itemId, amountMinor, reason: 'goodwill', noteId: null };
  const { approvalId } = await callOrder(db, order, {
    step: 'askApproval',
    input: { now: MONDAY, request: { ...requestOf(`ask/${order.number}`, { actor: 'key:one' }), ...asked } },
  });
  const decided = { approvalId, decision: 'approve' as const, noteId: null };
  await callOrder(db, order, {
    step: 'decideApproval',
    input: { now: MONDAY, request: { ...requestOf(`decide/${order.number}`), ...decided } },
  });
}

async function commit(statements: readonly string[]): Promise<void> {
  assert.equal(await attempt(statements), 'accepted');
}

/** One transaction of the application. @returns `accepted`, or the SQLSTATE that refused it */
async function attempt(statements: readonly string[], client = app): Promise<string> {
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
    await client.query('commit');
    return 'accepted';
  } catch (error) {
    await client.query('rollback');
    return error instanceof pg.DatabaseError ? (error.code ?? 'no code') : String(error);
  }
}

/** A fingerprint of everything an attempt could have touched. */
async function fingerprint(): Promise<unknown> {
  const tables = ['journal_entry', 'journal_line', 'allocation', 'open_item', 'payment', 'approval', 'bank_account'];
  const parts = tables.map(
    (table) => `(select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from ${table} t) as ${table}`,
  );
  return (await owner.query<Record<string, string>>(`select ${parts.join(', ')}`)).rows[0];
}

async function assertRefused(code: string, statements: readonly string[], client = app): Promise<void> {
  const before = await fingerprint();
  assert.equal(await attempt(statements, client), code);
  assert.deepEqual(await fingerprint(), before);
}

/** Goes through up to the commit, so that the refusals beside it have their own reason; then it is taken back. */
async function assertAccepted(statements: readonly string[]): Promise<void> {
  await app.query('begin');
  try {
    for (const statement of [...statements, 'set constraints all immediate']) await app.query(statement);
  } finally {
    await app.query('rollback');
  }
}

function entry(key: string, kind: string): string {
  return `insert into journal_entry (legal_entity_id, kind, key, effective_on, business_at, workflow_id, step)
    values ('ACME-DE', '${kind}', '${key}', '2026-01-05', '2026-01-05T10:00Z', 'order/ACME-DE/SO-1', 'test')`;
}

interface Line {
  readonly account: string;
  readonly amount: number;
  readonly item?: string;
  readonly payment?: string;
  readonly moves?: boolean;
}

const quoted = (id: string | undefined): string => (id === undefined ? 'null' : `'${id}'`);

function lines(key: string, all: readonly Line[]): string {
  const values = all.map(
    (
      line,
      index,
    ) => `((select id from journal_entry where key = '${key}'), ${index + 1}, '${line.account}', ${line.amount}, 'EUR',
      ${line.amount}, ${quoted(line.item)}::uuid, ${quoted(line.payment)}::uuid, ${line.moves ?? false})`,
  );
  return `insert into journal_line (entry_id, line_no, account, amount_minor, currency, base_minor, item_id, payment_id, moves)
    values ${values.join(', ')}`;
}

function byCash(payment: string, item: string, amount: number): Line[] {
  return [
    { account: 'unapplied_cash', amount, payment },
    { account: 'receivable', amount: -amount, item, payment },
  ];
}

/** The lines of a write-off of the item. */
function lost(amount: number, more: Partial<Line> = {}): Line[] {
  return [
    { account: 'bad_debt', amount },
    { account: 'receivable', amount: -amount, item: world.item, moves: true, ...more },
  ];
}

interface Allocated {
  readonly item?: string;
  readonly amount: number;
  readonly payment?: string;
  readonly approval?: string;
  readonly counter?: string;
  readonly follows?: string;
  readonly reverses?: string;
  readonly on?: string;
  /** ID of an entry, in place of the one under the key. */
  readonly entry?: string;
}

function allocation(key: string, one: Allocated): string {
  return `insert into allocation (entry_id, payment_id, approval_id, counter_item_id, follows_entry_id, reverses_entry_id, item_id,
      amount_minor, effective_on)
    values (${one.entry ?? `(select id from journal_entry where key = '${key}')`}, ${quoted(one.payment)}, ${quoted(one.approval)},
      ${quoted(one.counter)}, ${one.follows ?? 'null'}, ${one.reverses ?? 'null'}, '${one.item ?? world.item}', ${one.amount},
      '${one.on ?? '2026-01-05'}')`;
}

/** A write-off with its allocation, one of them altered. */
function writeOff(altered: { line?: Partial<Line>; allocated?: Partial<Allocated> } = {}): string[] {
  return [
    entry('K', 'write_off'),
    lines('K', lost(700, altered.line)),
    allocation('K', { amount: 700, approval: world.approval, ...altered.allocated }),
  ];
}

describe('what is right', () => {
  it('is accepted, so that every refusal below has its own reason', async () => {
    await assertAccepted(writeOff());
    await assertAccepted([
      entry('K', 'undo'),
      lines('K', byCash(world.payment, world.item, -1_900)),
      allocation('K', { amount: -1_900, payment: world.payment, reverses: world.paidBy }),
    ]);
    await assertAccepted([
      entry('K', 'refund'),
      lines('K', [
        { account: 'unapplied_cash', amount: 5_000, payment: world.payment },
        { account: 'clearing:refund', amount: -5_000, payment: world.payment },
      ]),
    ]);
  });
});

describe('a line that moves an item', () => {
  it('without an allocation is refused', () =>
    assertRefused(UNMATCHED, [entry('K', 'write_off'), lines('K', lost(700))]));
  it('whose allocation says another amount is refused', () =>
    assertRefused(UNMATCHED, writeOff({ allocated: { amount: 699 } })));
  it('whose allocation is of another day is refused', () =>
    assertRefused(UNMATCHED, writeOff({ allocated: { on: '2026-01-06' } })));
  it('whose allocation names a payment is refused', () =>
    assertRefused(UNMATCHED, [
      entry('K', 'write_off'),
      lines('K', lost(700)),
      allocation('K', { amount: 700, payment: world.payment }),
    ]));
  it('whose allocation is of another item is refused', () =>
    assertRefused(UNMATCHED, writeOff({ allocated: { item: world.credit } })));
  it('with a payment, or without an item, is refused', async () => {
    await assertRefused(CHECK, writeOff({ line: { payment: world.payment } }));
    const nowhere: Line[] = [
      { account: 'bad_debt', amount: 1 },
      { account: 'small_differences', amount: -1, moves: true },
    ];
    await assertRefused(CHECK, [entry('K', 'write_off'), lines('K', nowhere)]);
  });
  it('that says it moves nothing opens the item again, which is refused', () =>
    assertRefused(UNIQUE, writeOff({ line: { moves: false } })));
  it('never takes more than is open', () =>
    assertRefused(CHECK, [
      entry('K', 'write_off'),
      lines('K', lost(9_501)),
      allocation('K', { amount: 9_501, approval: world.approval }),
    ]));
  it('does not open a new item', () =>
    assertRefused(UNMATCHED, [
      `insert into open_item (id, legal_entity_id, customer_id, order_id, kind, side, number, currency, original_minor, issued_on, due_on, posted_on)
        values ('00000000-0000-7000-8000-000000000001', '${world.entity}', '${world.customer}', '${world.order}', 'credit_note', 'credit',
          'CN-9', 'EUR', 100, '2026-01-05', '2026-01-05', '2026-01-05')`,
      entry('K', 'credit_note'),
      lines('K', [
        { account: 'revenue', amount: 100 },
        { account: 'receivable', amount: -100, item: '00000000-0000-7000-8000-000000000001', moves: true },
      ]),
      allocation('K', {
        item: '00000000-0000-7000-8000-000000000001',
        amount: -100,
        approval: world.approval,
        reverses: world.paidBy,
      }),
    ]));
});

describe('an allocation', () => {
  it('without a line is refused', () =>
    assertRefused(UNMATCHED, [
      entry('K', 'write_off'),
      lines('K', [
        { account: 'bad_debt', amount: 1 },
        { account: 'small_differences', amount: -1 },
      ]),
      allocation('K', { amount: 1, approval: world.approval }),
    ]));
  it('added to an entry of an earlier transaction is refused', () =>
    assertRefused(UNMATCHED, [
      allocation('K', { entry: world.paidBy, item: world.credit, amount: 1, approval: world.approval }),
    ]));
  it('by two things, or by none, is refused', async () => {
    await assertRefused(CHECK, writeOff({ allocated: { counter: world.credit } }));
    await assertRefused(CHECK, [entry('K', 'write_off'), lines('K', lost(700)), allocation('K', { amount: 700 })]);
  });
  it('of nothing, below nothing without taking something back, or above it while it does, is refused', async () => {
    await assertRefused(CHECK, writeOff({ allocated: { amount: 0 } }));
    await assertRefused(CHECK, writeOff({ allocated: { amount: -700 } }));
    await assertRefused(CHECK, writeOff({ allocated: { reverses: world.paidBy } }));
  });
  it('cannot say when it was recorded', () =>
    assertRefused(NOT_ALLOWED, [
      `insert into allocation (entry_id, item_id, amount_minor, effective_on, recorded_at)
      values (${world.paidBy}, '${world.credit}', 1, '2026-01-05', now())`,
    ]));
});

describe('what takes an allocation back', () => {
  const takeBack = (amount: number, of: Partial<Allocated>): string[] => [
    entry('K', 'undo'),
    // Before its line, so that the line's own bounds do not speak first.
    allocation('K', { amount: -amount, payment: world.payment, ...of }),
    lines('K', byCash(world.payment, of.item ?? world.item, -amount)),
  ];

  it('takes back what was: not another amount, another item, or another entry’s', async () => {
    await assertRefused(UNMATCHED, takeBack(1_899, { reverses: world.paidBy }));
    await assertRefused(UNMATCHED, takeBack(900, { reverses: world.paidBy }));
    const first = (await owner.query<{ id: string }>(`select min(id) as id from journal_entry`)).rows[0]?.id;
    await assertRefused(UNMATCHED, takeBack(1_900, { reverses: first ?? '' }));
  });
  it('takes it back once', () => assertRefused(UNIQUE, takeBack(900, { reverses: world.undoneBy })));
  it('takes nothing back that took something back itself', async () => {
    const undo = (await owner.query<{ id: string }>(`select id from journal_entry where key = 'undo'`)).rows[0]?.id;
    await assertRefused(UNMATCHED, takeBack(900, { reverses: undo ?? '' }));
  });
  it('does so by the same payment', async () => {
    const other =
      (await owner.query<{ id: string }>(`select id from payment where source_id = 'p2'`)).rows[0]?.id ?? '';
    await assertRefused(UNMATCHED, [
      entry('K', 'undo'),
      allocation('K', { amount: -1_900, payment: other, reverses: world.paidBy }),
      lines('K', byCash(other, world.item, -1_900)),
    ]);
  });
});

describe('a credit item', () => {
  const use = (amount: number): string[] => [
    entry('K', 'refund'),
    lines('K', [
      { account: 'receivable', amount, item: world.credit, moves: true },
      { account: 'clearing:refund', amount: -amount },
    ]),
    allocation('K', { item: world.credit, amount, approval: world.approval }),
  ];

  it('goes down by debits, to nothing and no further', async () => {
    await assertAccepted(use(3_000));
    await assertRefused(CHECK, use(3_001));
  });
  it('does not go up by an allocation', () =>
    assertRefused(CHECK, [
      entry('K', 'refund'),
      lines('K', [
        { account: 'receivable', amount: -1, item: world.credit, moves: true },
        { account: 'clearing:refund', amount: 1 },
      ]),
      allocation('K', { item: world.credit, amount: -1, approval: world.approval }),
    ]));
});

describe('a payment', () => {
  it('is not refunded beyond what is left of it', () =>
    assertRefused(CHECK, [
      entry('K', 'refund'),
      lines('K', [
        { account: 'unapplied_cash', amount: 5_001, payment: world.payment },
        { account: 'clearing:refund', amount: -5_001, payment: world.payment },
      ]),
    ]));
  it('is neither called refunded nor returned by an UPDATE', async () => {
    await assertRefused(NOT_ALLOWED, [`update payment set refunded_minor = 1`]);
    await assertRefused(NOT_ALLOWED, [`update payment set returned_minor = 1`]);
  });
});

describe('an approval', () => {
  it('keeps what was asked and by whom', async () => {
    for (const column of [
      'amount_minor = 1',
      "asked_by = 'x'",
      "details = '{}'",
      'asked_at = now()',
      'deadline_at = now()',
    ])
      await assertRefused(NOT_ALLOWED, [`update approval set ${column}`]);
  });
  it('is never deleted, by nobody', async () => {
    await assertRefused(NOT_ALLOWED, ['delete from approval']);
    await assertRefused(APPEND_ONLY, ['delete from approval'], owner);
    await assertRefused(APPEND_ONLY, ['truncate approval cascade'], owner);
  });
});

describe('a bank account', () => {
  it('keeps its number and who entered it', async () => {
    await commit([
      `insert into bank_account (legal_entity_id, customer_id, iban, holder, created_by) values ('${world.entity}', '${world.customer}', 'X', 'Y', 'Z')`,
    ]);
    for (const column of ["iban = 'A'", "created_by = 'A'", "holder = 'A'"])
      await assertRefused(NOT_ALLOWED, [`update bank_account set ${column}`]);
    await assertRefused(NOT_ALLOWED, ['delete from bank_account']);
    await assertRefused(APPEND_ONLY, ['delete from bank_account'], owner);
  });
});

describe('the world of these tests', () => {
  it('has the amounts it says', async () => {
    const { rows } = await owner.query(
      `select open_minor::int as open from open_item where id in ('${world.item}', '${world.credit}') order by 1`,
    );
    assert.deepEqual(rows, [{ open: 3_000 }, { open: 9_500 }]);
    const unapplied = await owner.query(
      `select unapplied_minor::int as left from payment where id = '${world.payment}'`,
    );
    assert.deepEqual(unapplied.rows, [{ left: 5_000 }]);
  });
});
