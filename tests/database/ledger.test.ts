// The ledger refuses to be wrong, whatever the application's own role tries.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { ship, runDueSteps, postPayment } from '../harness/activities.ts';
import { addCustomer, makeCompany } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOrder, makePayment } from '../harness/order.ts';

/** SQLSTATEs: ours first, then Postgres' own. */
const CLOSED = 'QT001';
const FOREIGN = 'QT002';
const UNBALANCED = 'QT003';
const APPEND_ONLY = 'QT004';
const UNMATCHED = 'QT005';
const NOT_POSTED = 'QT006';
const NOT_FORWARD = 'QT007';
const CHECK = '23514';
const UNIQUE = '23505';
const NOT_NULL = '23502';
const NOT_ALLOWED = '42501';

/** What stands in the books before every attempt. */
interface World {
  readonly entity: string;
  readonly customer: string;
  readonly order: string;
  /** An item of 119.00 EUR, of which 19.00 was paid. */
  readonly item: string;
  /** A posted payment: 19.00 for the item, nothing left. */
  readonly payment: string;
  /** A payment of 50.00 that nobody posted. */
  readonly received: string;
}

const appendOnly = ['journal_entry', 'journal_line', 'allocation', 'audit_entry', 'invoice_line'];
const neverDeleted = ['open_item', 'invoice', 'payment'];

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
  const other = await makeCompany(db, { legalEntityId: 'OTHER-DE' });
  await addCustomer(db, other.legalEntityId, { number: 'C-2' });
  const order = await makeOrder(db, company, { number: 'SO-1' });
  await runDueSteps(db, order);
  await ship(db, order, { 1: '10' }, 'ship');
  await runDueSteps(db, order);
  const payment = await makePayment(db, company, { sourceId: 'p1', amountMinor: 1_900, reference: 'SO-1' });
  await postPayment(db, payment);
  const received = await makePayment(db, company, { sourceId: 'p2', amountMinor: 5_000, reference: 'SO-1' });
  const item = await db.selectFrom('open_item').select('id').executeTakeFirstOrThrow();
  return {
    entity: company.legalEntityId,
    customer: company.customerId,
    order: order.id,
    item: item.id,
    payment,
    received,
  };
}

/** One transaction. @returns `accepted`, or the SQLSTATE that refused it */
async function attempt(client: pg.Client, statements: readonly string[]): Promise<string> {
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

/** Sends one COPY in the protocol's own messages; the driver itself has no streams for it. */
async function copyFromStdin(statement: string, data: string): Promise<void> {
  const query = new pg.Query(statement);
  const done = new Promise<void>((resolve, reject) => {
    query.on('error', reject);
    query.on('end', () => {
      resolve();
    });
  });
  Object.assign(query, {
    handleCopyInResponse(connection: { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }) {
      connection.sendCopyFromChunk(Buffer.from(data));
      connection.endCopyFrom();
    },
  });
  app.query(query);
  await done;
}

/** A fingerprint of everything an attempt could have touched. */
async function fingerprint(): Promise<unknown> {
  const tables = [...appendOnly, ...neverDeleted, 'number_series', 'sales_order'];
  const parts = tables.map(
    (table) => `(select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from ${table} t) as ${table}`,
  );
  const { rows } = await owner.query<Record<string, string>>(`select ${parts.join(', ')},
    (select count(*) from pg_class where relnamespace = 'public'::regnamespace) as relations,
    (select count(*) from pg_proc where pronamespace = 'public'::regnamespace) as functions`);
  return rows[0];
}

async function assertRefused(code: string, statements: readonly string[], client = app): Promise<void> {
  const before = await fingerprint();
  assert.equal(await attempt(client, statements), code);
  assert.deepEqual(await fingerprint(), before);
}

function entry(key: string, options: { entity?: string; kind?: string; on?: string } = {}): string {
  const { entity = world.entity, kind = 'invoice', on = '2026-01-05' } = options;
  return `insert into journal_entry (legal_entity_id, kind, key, effective_on, business_at, workflow_id, step)
    values ('${entity}', '${kind}', '${key}', '${on}', '2026-01-05T10:00Z', 'order/ACME-DE/SO-1', 'test')`;
}

interface Line {
  readonly account: string;
  readonly amount: number;
  readonly currency?: string;
  readonly base?: number;
  readonly item?: string;
  readonly payment?: string;
}

function lines(key: string, all: readonly Line[], firstNo = 1): string {
  const quoted = (id: string | undefined) => (id === undefined ? 'null' : `'${id}'`);
  const values = all.map(
    (line, index) =>
      `((select id from journal_entry where key = '${key}'), ${firstNo + index}, '${line.account}', ${line.amount},
        '${line.currency ?? 'EUR'}', ${line.base ?? line.amount}, ${quoted(line.item)}::uuid, ${quoted(line.payment)}::uuid)`,
  );
  return `insert into journal_line (entry_id, line_no, account, amount_minor, currency, base_minor, item_id, payment_id) values ${values.join(', ')}`;
}

function allocation(key: string, one: { amount: number; item?: string; payment?: string; on?: string }): string {
  return `insert into allocation (entry_id, payment_id, item_id, amount_minor, effective_on)
    values ((select id from journal_entry where key = '${key}'), '${one.payment ?? world.received}', '${one.item ?? world.item}', ${one.amount}, '${one.on ?? '2026-01-05'}')`;
}

const balanced: Line[] = [
  { account: 'revenue', amount: 100 },
  { account: 'tax_payable', amount: -100 },
];

/** The second item's ID, made in the attempt itself. */
const newItem = '00000000-0000-7000-8000-000000000001';
function item(
  options: { original?: number; side?: string; more?: string; moreValues?: string; on?: string } = {},
): string {
  const { original = 100, side = 'debit', more = '', moreValues = '', on = '2026-01-05' } = options;
  return `insert into open_item (id, legal_entity_id, customer_id, order_id, kind, side, number, currency, original_minor, issued_on, due_on, posted_on ${more})
    values ('${newItem}', '${world.entity}', '${world.customer}', '${world.order}', 'opening', '${side}', 'NEW-1', 'EUR', ${original}, '2026-01-05', '2026-02-05', '${on}' ${moreValues})`;
}

const opening = (amount: number, more: Partial<Line> = {}): Line[] => [
  { account: 'receivable', amount, item: newItem, ...more },
  { account: 'opening_balance', amount: -amount, ...(more.currency === undefined ? {} : { currency: more.currency }) },
];

describe('what is right', () => {
  it('is accepted, so that every refusal below has its own reason', async () => {
    await app.query('begin');
    for (const statement of [item(), entry('K'), lines('K', opening(100)), 'set constraints all immediate'])
      await app.query(statement);
    const { rows } = await app.query(`select open_minor from open_item where id = '${newItem}'`);
    assert.deepEqual(rows, [{ open_minor: '100' }]);
    await app.query('rollback');

    await app.query('begin');
    const paid = [
      entry('P', { kind: 'payment' }),
      lines('P', [
        { account: 'clearing:psp', amount: 5_000, payment: world.received },
        { account: 'receivable', amount: -4_000, item: world.item, payment: world.received },
        { account: 'unapplied_cash', amount: -1_000, payment: world.received },
      ]),
      allocation('P', { amount: 4_000 }),
      `update payment set state = 'posted' where id = '${world.received}'`,
      'set constraints all immediate',
    ];
    for (const statement of paid) await app.query(statement);
    const { rows: payments } = await app.query(`select unapplied_minor from payment where id = '${world.received}'`);
    assert.deepEqual(payments, [{ unapplied_minor: '1000' }]);
    await app.query('rollback');
  });
});

describe('an entry', () => {
  it('that does not balance is refused', () =>
    assertRefused(UNBALANCED, [
      entry('K'),
      lines('K', [
        { account: 'revenue', amount: 100 },
        { account: 'tax_payable', amount: -99 },
      ]),
    ]));

  it('that balances in total but not in each currency is refused', () =>
    assertRefused(UNBALANCED, [
      entry('K'),
      lines('K', [
        { account: 'revenue', amount: 100 },
        { account: 'tax_payable', amount: -100, currency: 'USD' },
      ]),
    ]));

  it('that balances in its currency but not in base is refused', () =>
    assertRefused(UNBALANCED, [
      entry('K'),
      lines('K', [
        { account: 'revenue', amount: 100, currency: 'USD', base: 90 },
        { account: 'tax_payable', amount: -100, currency: 'USD', base: -91 },
      ]),
    ]));

  it('in the base currency with other base amounts is refused', () =>
    assertRefused(UNBALANCED, [
      entry('K'),
      lines('K', [
        { account: 'revenue', amount: 100, base: 90 },
        { account: 'tax_payable', amount: -100, base: -90 },
      ]),
    ]));

  it('without lines is refused', () => assertRefused(UNBALANCED, [entry('K')]));

  it('without lines is refused at once when constraints are immediate', () =>
    assertRefused(UNBALANCED, ['set constraints all immediate', entry('K')]));

  it('does not take lines after its transaction', () =>
    assertRefused(CLOSED, [lines('invoice/INV-000001', balanced, 10)]));

  it('is checked again when lines come after its check', () =>
    assertRefused(UNBALANCED, [
      entry('K'),
      lines('K', balanced),
      'set constraints all immediate',
      'set constraints all deferred',
      lines('K', [{ account: 'revenue', amount: 1 }], 3),
    ]));

  it('has its effect once under its key', () => assertRefused(UNIQUE, [entry('invoice/INV-000001')]));

  it('names its cause', async () => {
    await assertRefused(CHECK, [entry('K').replace("'order/ACME-DE/SO-1'", "''")]);
    await assertRefused(CHECK, [entry('K').replace("'test')", "'')")]);
    await assertRefused(NOT_NULL, [entry('K').replace("'test')", 'null)')]);
  });

  it('cannot choose its number, its transaction or the time it was recorded', async () => {
    for (const [column, value] of Object.entries({ id: '1', transaction_id: "'1'", recorded_at: 'now()' })) {
      const statement = entry('K').replace('step)', `step, ${column}) overriding system value`);
      await assertRefused(NOT_ALLOWED, [statement.replace("'test')", `'test', ${value})`)]);
    }
  });

  it('uses known accounts, and a receivable names its item', async () => {
    await assertRefused(CHECK, [entry('K'), lines('K', [{ account: 'petty_cash', amount: 1 }])]);
    await assertRefused(CHECK, [entry('K'), lines('K', [{ account: 'receivable', amount: 1 }])]);
    await assertRefused(CHECK, [entry('K'), lines('K', [{ account: 'revenue', amount: 1, item: world.item }])]);
    await assertRefused(CHECK, [entry('K'), lines('K', [{ account: 'unapplied_cash', amount: 1 }])]);
  });
});

describe('an open item', () => {
  const pay = (amount: number, allocated = amount) => [
    entry('P', { kind: 'payment' }),
    lines('P', [
      { account: 'clearing:psp', amount, payment: world.received },
      { account: 'receivable', amount: -amount, item: world.item, payment: world.received },
    ]),
    allocation('P', { amount: allocated }),
  ];

  it('never falls below nothing', () => assertRefused(CHECK, pay(10_001)));
  it('never rises above its original amount', () => assertRefused(CHECK, pay(-1_901, 1_901)));
  it('is not opened twice, also when a payment taken back would make room', async () => {
    const again: Line[] = [
      { account: 'receivable', amount: 11_900, item: world.item },
      { account: 'opening_balance', amount: -11_900 },
    ];
    await assertRefused(UNIQUE, [entry('K'), lines('K', again)]);
    const paid: Line[] = [
      { account: 'receivable', amount: -10_000, item: world.item, payment: world.payment },
      { account: 'opening_balance', amount: 10_000 },
    ];
    await assertRefused(UNIQUE, [entry('K'), lines('K', [...paid, ...again])]);
  });
  it('is opened in full', () =>
    assertRefused(UNMATCHED, [item({ original: 200 }), entry('K'), lines('K', opening(100))]));
  it('is opened on its date', () =>
    assertRefused(UNMATCHED, [item({ on: '2026-01-04' }), entry('K'), lines('K', opening(100))]));
  it('does not exist without its posting', () => assertRefused(UNMATCHED, [item()]));
  it('does not take a balance at insert', () =>
    assertRefused(NOT_ALLOWED, [item({ more: ', open_minor', moreValues: ', 100' })]));
  it('starts at nothing even for the owner of the tables', async () => {
    await owner.query('begin');
    await owner.query(item({ more: ', open_minor', moreValues: ', 100' }));
    const { rows } = await owner.query(`select open_minor from open_item where id = '${newItem}'`);
    await owner.query('rollback');
    assert.deepEqual(rows, [{ open_minor: '0' }]);
  });
  it('does not take a balance by UPDATE', () => assertRefused(NOT_ALLOWED, [`update open_item set open_minor = 0`]));
  it('refuses a posting in another currency', () =>
    assertRefused(FOREIGN, [item(), entry('K'), lines('K', opening(100, { currency: 'USD' }))]));
  it('refuses a posting of another legal entity', () =>
    assertRefused(FOREIGN, [item(), entry('K', { entity: 'OTHER-DE' }), lines('K', opening(100))]));
});

describe('a payment', () => {
  it('refuses a posting of another legal entity or currency, on every account', async () => {
    const toUnapplied = (line: Partial<Line>): Line[] => [
      { account: 'clearing:psp', amount: 5_000, ...line },
      { account: 'unapplied_cash', amount: -5_000, payment: world.received, ...line },
    ];
    await assertRefused(FOREIGN, [entry('P', { entity: 'OTHER-DE', kind: 'payment' }), lines('P', toUnapplied({}))]);
    await assertRefused(FOREIGN, [entry('P', { kind: 'payment' }), lines('P', toUnapplied({ currency: 'USD' }))]);
    await assertRefused(FOREIGN, [
      entry('P', { entity: 'OTHER-DE', kind: 'payment' }),
      lines('P', [
        { account: 'clearing:psp', amount: 1, payment: world.received },
        { account: 'revenue', amount: -1 },
      ]),
    ]);
  });
  it('never has more unapplied than was paid', () =>
    assertRefused(CHECK, [
      entry('P', { kind: 'payment' }),
      lines('P', [
        { account: 'clearing:psp', amount: 5_001 },
        { account: 'unapplied_cash', amount: -5_001, payment: world.received },
      ]),
    ]));
  it('does not take an unapplied amount or a state from an insert or UPDATE', async () => {
    await assertRefused(NOT_ALLOWED, ['update payment set unapplied_minor = 1']);
    const insert = (
      column: string,
      value: string,
    ) => `insert into payment (legal_entity_id, customer_id, source, source_id, amount_minor, currency, value_on, reference, content_hash, created_by, ${column})
      values ('${world.entity}', '${world.customer}', 'psp', 'new', 1, 'EUR', '2026-01-05', '', '', '', ${value})`;
    await assertRefused(NOT_ALLOWED, [insert('unapplied_minor', '1')]);
    await assertRefused(NOT_ALLOWED, [insert('state', `'posted'`)]);
  });
  it('is not called posted without its posting, and stays posted', async () => {
    await assertRefused(NOT_POSTED, [`update payment set state = 'posted' where id = '${world.received}'`]);
    await assertRefused(NOT_POSTED, [`update payment set state = 'received' where id = '${world.payment}'`]);
  });
  it('moves no item without an allocation', () =>
    assertRefused(UNMATCHED, [
      entry('P', { kind: 'payment' }),
      lines('P', [
        { account: 'clearing:psp', amount: 10, payment: world.received },
        { account: 'receivable', amount: -10, item: world.item, payment: world.received },
      ]),
    ]));
  it('has no allocation without its line, of another amount, on another date, or added to an old entry', async () => {
    const posted = [
      entry('P', { kind: 'payment' }),
      lines('P', [
        { account: 'clearing:psp', amount: 10, payment: world.received },
        { account: 'receivable', amount: -10, item: world.item, payment: world.received },
      ]),
    ];
    await assertRefused(UNMATCHED, [...posted, allocation('P', { amount: 11 })]);
    await assertRefused(UNMATCHED, [...posted, allocation('P', { amount: 10, on: '2026-01-06' })]);
    await assertRefused(UNMATCHED, [entry('K'), lines('K', balanced), allocation('K', { amount: 10 })]);
    await assertRefused(UNMATCHED, [allocation('invoice/INV-000001', { amount: 11_900 })]);
  });
});

describe('a series of numbers', () => {
  it('goes forward, one at a time, with dates that do not go back', async () => {
    const set = (what: string) => [`update number_series set ${what} where legal_entity_id = '${world.entity}'`];
    await assertRefused(NOT_FORWARD, set('next_number = next_number - 1'));
    await assertRefused(NOT_FORWARD, set('next_number = next_number + 2'));
    await assertRefused(NOT_FORWARD, set(`last_on = '2025-12-31'`));
    await assertRefused(NOT_FORWARD, set('last_on = null'));
    await assertRefused(NOT_ALLOWED, set('first_number = 0'));
    await assertRefused(NOT_ALLOWED, set(`prefix = 'X-'`));
  });
});

describe('what was written', () => {
  const sameOf: Record<string, string> = {
    journal_entry: 'step = step',
    journal_line: 'account = account',
    allocation: 'amount_minor = amount_minor',
    audit_entry: 'actor = actor',
    invoice_line: 'net_minor = net_minor',
    open_item: 'original_minor = original_minor',
    invoice: 'gross_minor = gross_minor',
    payment: 'amount_minor = amount_minor',
  };
  for (const table of [...appendOnly, ...neverDeleted]) {
    it(`${table} is not changed, deleted or truncated by the application`, async () => {
      await assertRefused(NOT_ALLOWED, [`update ${table} set ${sameOf[table] ?? ''}`]);
      await assertRefused(NOT_ALLOWED, [`delete from ${table}`]);
      await assertRefused(NOT_ALLOWED, [`truncate ${table} cascade`]);
      await assertRefused(NOT_ALLOWED, [`merge into ${table} t using (select 1) s on true when matched then delete`]);
      await assertRefused(NOT_ALLOWED, [`lock table ${table} in access exclusive mode`]);
    });
  }
  for (const table of appendOnly) {
    it(`${table} is not changed, deleted or truncated by the owner either`, async () => {
      await assertRefused(APPEND_ONLY, [`update ${table} set ${sameOf[table] ?? ''}`], owner);
      await assertRefused(APPEND_ONLY, [`delete from ${table}`], owner);
      await assertRefused(APPEND_ONLY, [`truncate ${table} cascade`], owner);
    });
  }
  for (const table of neverDeleted) {
    it(`${table} is not deleted or truncated by the owner either`, async () => {
      await assertRefused(APPEND_ONLY, [`delete from ${table}`], owner);
      await assertRefused(APPEND_ONLY, [`truncate ${table} cascade`], owner);
    });
  }
  it('audit entries get their number and time from the database', async () => {
    await assertRefused(NOT_ALLOWED, [`insert into audit_entry (actor, action, at) values ('x', 'x', '2020-01-01')`]);
    await assertRefused(NOT_ALLOWED, [
      `insert into audit_entry (id, actor, action) overriding system value values (1, 'x', 'x')`,
    ]);
  });
});

describe('the ways around', () => {
  const around: Record<string, string> = {
    'disabling a trigger': 'alter table journal_line disable trigger all',
    'disabling one trigger': 'alter table journal_line disable trigger journal_line_applies',
    'dropping a trigger': 'drop trigger journal_line_applies on journal_line',
    'dropping a constraint': 'alter table open_item drop constraint open_item_in_bounds',
    'adding a column': 'alter table open_item add column x text',
    'dropping a table': 'drop table allocation',
    'dropping a function': 'drop function journal_line_applies()',
    'replacing a function':
      "create or replace function journal_line_applies() returns trigger language plpgsql as 'begin return null; end'",
    'a rule': 'create rule r as on insert to journal_line do instead nothing',
    'a trigger of its own':
      'create trigger t before insert on journal_line for each row execute function is_append_only()',
    'a policy': 'create policy p on journal_line',
    'a function in public': "create function f() returns int language sql as 'select 1'",
    'a table in public': 'create table public.t (x int)',
    'a view in public': 'create view public.v as select 1',
    'a schema': 'create schema s',
    'an extension': 'create extension dblink',
    session_replication_role: 'set session_replication_role = replica',
    'set_config of it': "select set_config('session_replication_role', 'replica', true)",
    'the role of the owner': 'set role quittance_owner',
    'the session of the owner': 'set session authorization quittance_owner',
    ownership: 'alter table journal_line owner to quittance_app',
    'reading a file of the server': "copy audit_entry (actor) from '/etc/hostname'",
    'a program on the server': "copy audit_entry (actor) from program 'true'",
    'writing a file of the server': "copy journal_line to '/tmp/never'",
    'the sequence of entries': "select setval('journal_entry_id_seq', 1)",
    'system catalogues': "update pg_trigger set tgenabled = 'D'",
  };
  for (const [name, statement] of Object.entries(around)) {
    it(`${name}: refused`, async () => {
      await assertRefused(NOT_ALLOWED, [statement]);
    });
  }

  it('a grant to itself gives nothing', () =>
    // Postgres only warns that nothing was granted; what counts is what can be done then.
    assertRefused(NOT_ALLOWED, [
      'grant update on journal_line to quittance_app',
      'update journal_line set account = account',
    ]));

  it('COPY into the ledger passes the same checks', async () => {
    const { rows } = await app.query<{ id: string }>(`select id from journal_entry where key = 'invoice/INV-000001'`);
    const columns = '(entry_id, line_no, account, amount_minor, currency, base_minor)';
    const before = await fingerprint();
    await assert.rejects(
      copyFromStdin(`copy journal_line ${columns} from stdin`, `${rows[0]?.id}\t10\trevenue\t1\tEUR\t1\n`),
      { code: CLOSED },
    );
    assert.deepEqual(await fingerprint(), before);
  });

  it('temporary tables of the same names do not hide the real ones from the checks', () =>
    assertRefused(CHECK, [
      'create temp table open_item (like public.open_item)',
      'create temp table journal_entry (like public.journal_entry)',
      'create temp table allocation (like public.allocation)',
      'set search_path = pg_temp, public',
      entry('P', { kind: 'payment' }).replace('into journal_entry', 'into public.journal_entry'),
      `insert into public.journal_line (entry_id, line_no, account, amount_minor, currency, base_minor, item_id, payment_id)
        values ((select max(id) from public.journal_entry), 1, 'receivable', -99999, 'EUR', -99999, '${world.item}', '${world.payment}')`,
    ]));

  it('the functions that move balances cannot be hung on a table of its own', () =>
    assertRefused(NOT_ALLOWED, [
      'create temp table trap (entry_id bigint, line_no int, account text, amount_minor bigint, currency text, base_minor bigint, item_id uuid, payment_id uuid)',
      'create trigger trap after insert on trap for each row execute function public.journal_line_applies()',
      entry('K'),
      lines('K', balanced),
      `insert into trap select entry_id, 1, 'receivable', -5000, 'EUR', -5000, '${world.item}', null from journal_line where line_no = 1 order by entry_id desc limit 1`,
    ]));

  it('functions in the temporary schema are not what the checks call', () =>
    assertRefused(UNBALANCED, [
      `create function pg_temp.pg_current_xact_id() returns xid8 language sql as $f$ select '1'::xid8 $f$`,
      `create function pg_temp.abs(numeric) returns numeric language sql as 'select 0.0'`,
      'set search_path = pg_temp, public, pg_catalog',
      entry('K'),
      lines('K', [{ account: 'revenue', amount: 1 }]),
    ]));

  it('the role owns nothing and is a member of nothing but the application', async () => {
    const { rows } = await app.query<{ owned: string; roles: string[]; powers: boolean }>(`select
      (select count(*) from pg_class where relowner = (select oid from pg_roles where rolname = current_user)) as owned,
      (select array_agg(r.rolname::text) from pg_auth_members m join pg_roles r on r.oid = m.roleid
        where m.member = (select oid from pg_roles where rolname = current_user)) as roles,
      (select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls from pg_roles where rolname = current_user) as powers`);
    assert.deepEqual(rows, [{ owned: '0', roles: ['quittance_app'], powers: false }]);
  });
});
