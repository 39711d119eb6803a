// `verify` holds on healthy books, and each thing altered past the engine breaks the proofs that say so.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { storeBankAccount } from '../../src/database/queries/bank-accounts.ts';
import { storePayout } from '../../src/database/queries/payouts.ts';
import { BOOKS_PROOFS, verifyBooks } from '../../src/database/verify/verify-books.ts';
import { callCase, callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { storeLine, type StoredLineOptions } from '../harness/bank-lines.ts';
import { assertBooksHold } from '../harness/books.ts';
import { makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { goThrough } from '../harness/other-doors.ts';
import { posted as postLine } from '../harness/post-line.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';

const MS_PER_DAY = 86_400_000;

let database: TestDatabase;
let db: Db;
let owner: pg.Client;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl, { connectionsMax: 4 });
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await makeBooks();
});

after(async () => {
  await db.destroy();
  await owner.end();
  await database.drop();
});

/** A Sunday in April, after all that the orders did. */
const APRIL = MONDAY + 90 * MS_PER_DAY;

/**
 * Three orders over three months, each in two shipments, an opening item, payments that fit, fall short and go too far; then
 * credit notes over a paid and an open invoice, a write-off, and refunds of a credit note and of what was paid too much.
 */
async function makeBooks(): Promise<void> {
  const company = await makeCompany(db);
  const orders: OrderHead[] = [];
  for (const [index, number] of ['SO-1', 'SO-2', 'SO-3'].entries()) {
    const now = MONDAY + index * 28 * MS_PER_DAY;
    const order = await makeOrder(db, company, { number });
    orders.push(order);
    await runDueSteps(db, order, now);
    await ship(db, order, { 1: '3' }, `${number}-a`, now);
    await runDueSteps(db, order, now);
    await ship(db, order, { 1: '7' }, `${number}-b`, now);
    await runDueSteps(db, order, now);
    const amountMinor = [11_900, 5_000, 20_000][index] ?? 0;
    const payment = await makePayment(db, company, { sourceId: `p${index}`, amountMinor, reference: number });
    await postPayment(db, payment, now + 7 * MS_PER_DAY);
  }
  const opening = await makeOpening(db, company, {
    number: 'OLD-7',
    amountMinor: 7_777,
    invoicedOn: '2025-12-01',
    dueOn: '2026-01-31',
  });
  await runDueSteps(db, opening);
  await makePayment(db, company, { sourceId: 'not-yet', amountMinor: 1, reference: 'SO-2' });
  const [, second] = orders;
  assert.ok(second);
  await approved(second, { kind: 'credit_note', number: 'INV-000003', amountMinor: 1_190 });
  await approved(second, { kind: 'credit_note', number: 'INV-000004', amountMinor: 2_380 });
  await approved(second, { kind: 'write_off', number: 'INV-000004', amountMinor: 1_000 });
  await refunded(company, { item: 'CN-000001', amountMinor: 1_190 });
  await refunded(company, { payment: 'p2', amountMinor: 8_000 });
  await banked(company);
}

/**
 * Bank lines: one on account whose debit was returned, one that cleared a payment, one of a payout, a refund that left, and two that
 * settle each other.
 */
async function banked(company: Company): Promise<void> {
  const { legalEntityId, customerId } = company;
  const paid = await storeLine(db, { amountMinor: 3_000, endToEndId: 'E2E-1' });
  await postLine(db, paid, { customerId, shares: [], onAccountMinor: 3_000 });
  for (const [sourceId, amountMinor] of [
    ['card-1', 4_000],
    ['card-2', 6_000],
  ] as const) {
    await postPayment(db, await makePayment(db, company, { sourceId, amountMinor, reference: 'on account' }), APRIL);
  }
  const told = { legalEntityId, source: 'psp', payoutId: 'po_2001', paidOn: '2026-01-05', currency: 'EUR' };
  const parts = {
    netMinor: 5_900,
    feeMinor: 100,
    lines: [{ kind: 'payment', sourceId: 'card-2', amountMinor: 6_000 }] as const,
  };
  await storePayout(db, { ...told, ...parts, contentHash: 'x', actor: 'key:test', requestId: 'test', now: APRIL });
  const went: [StoredLineOptions, string][] = [
    [{ amountMinor: -3_300, endToEndId: 'E2E-1', returnReason: 'AM04', bookedOn: '2026-01-20' }, 'take_back'],
    [{ amountMinor: 4_000, endToEndId: 'card-1' }, 'clear_payment'],
    [{ amountMinor: 5_900, texts: ['po_2001'] }, 'clear_payout'],
    [{ amountMinor: -8_000, counterpartAccount: 'DE89370400440532013000', bookedOn: '2026-04-06' }, 'clear_refund'],
  ];
  for (const [line, kind] of went) assert.equal((await goThrough(db, await storeLine(db, line), APRIL)).kind, kind);
  await storeLine(db, { amountMinor: 500, endToEndId: 'E2E-2', state: 'open' });
  const back = await storeLine(db, { amountMinor: -550, endToEndId: 'E2E-2', isReversal: true });
  assert.equal((await goThrough(db, back, APRIL)).kind, 'settle_lines');
}

async function approved(
  order: OrderHead,
  asked: { kind: 'credit_note' | 'write_off'; number: string; amountMinor: number },
): Promise<void> {
  const { kind, number, amountMinor } = asked;
  const item = await db.selectFrom('open_item').select('id').where('number', '=', number).executeTakeFirstOrThrow();
  const body = { kind, itemId: item.id, amountMinor, reason: 'goodwill', noteId: null };
  const { approvalId } = await callOrder(db, order, {
    step: 'askApproval',
    input: { now: APRIL, request: { ...requestOf(`ask/${kind}/${number}`, { actor: 'key:asker' }), ...body } },
  });
  const request = { ...requestOf(`decide/${approvalId}`), approvalId, decision: 'approve' as const, noteId: null };
  await callOrder(db, order, { step: 'decideApproval', input: { now: APRIL, request } });
}

async function refunded(
  { legalEntityId, customerId }: Company,
  from: { item?: string; payment?: string; amountMinor: number },
): Promise<void> {
  const { row: account } = await storeBankAccount(
    db,
    { legalEntityId, customerId, iban: 'DE89370400440532013000', bic: null, holder: 'Customer' },
    { actor: 'key:admin', requestId: 'test', now: APRIL },
  );
  const payment = await db
    .selectFrom('payment')
    .select('id')
    .where('source_id', '=', from.payment ?? '')
    .executeTakeFirst();
  const item = await db
    .selectFrom('open_item')
    .select('id')
    .where('number', '=', from.item ?? '')
    .executeTakeFirst();
  const workflowId = `approval/${from.item ?? from.payment ?? ''}`;
  const { approvalId } = await callCase(db, workflowId, {
    step: 'askCase',
    input: {
      now: APRIL,
      request: {
        ...requestOf(workflowId, { actor: 'key:asker' }),
        ...{ kind: 'refund', legalEntityId, paymentId: payment?.id ?? null, itemId: item?.id ?? null },
        ...{ amountMinor: from.amountMinor, bankAccountId: account.id, reason: 'overpaid', noteId: null },
      },
    },
  });
  const request = { ...requestOf(`decide/${approvalId}`), approvalId, decision: 'approve' as const, noteId: null };
  await callCase(db, workflowId, { step: 'decideCase', input: { now: APRIL, request } });
}

/** Does something as a superuser with every trigger and constraint of rows switched off, looks, and takes it back. */
async function brokenBy(...statements: string[]): Promise<{ proofs: string[]; text: string }> {
  const { rows } = await owner.query<{ name: string }>('select current_database() as name');
  const copy = `${rows[0]?.name}_altered`;
  const url = new URL(database.ownerUrl);
  url.pathname = '/postgres';
  const maintenance = new pg.Client({ connectionString: url.href });
  await maintenance.connect();
  await owner.end();
  await db.destroy();
  try {
    await maintenance.query(`create database ${copy} template ${rows[0]?.name}`);
    url.pathname = `/${copy}`;
    const altering = new pg.Client({ connectionString: url.href });
    await altering.connect();
    await altering.query('set session_replication_role = replica');
    for (const statement of statements) {
      const { rowCount } = await altering.query(statement);
      assert.notEqual(rowCount, 0, `${statement} changed nothing`);
    }
    await altering.end();
    const altered = openDatabase(url.href, { connectionsMax: 1 });
    const { proofs } = await verifyBooks(altered);
    await altered.destroy();
    const broken = proofs.filter((proof) => !proof.ok);
    return { proofs: broken.map((proof) => proof.name), text: JSON.stringify(broken.map((proof) => proof.offenders)) };
  } finally {
    await maintenance.query(`drop database if exists ${copy} with (force)`);
    await maintenance.end();
    db = openDatabase(database.appUrl, { connectionsMax: 4 });
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
  }
}

describe('healthy books', () => {
  it('hold every proof, and each proof looked at rows', async () => {
    await assertBooksHold(db);
    const { proofs } = await verifyBooks(db);
    assert.deepEqual(
      proofs.filter((proof) => proof.looked === 0),
      [],
    );
    assert.equal(proofs.length, BOOKS_PROOFS.length);
  });

  it('are shown at every past month end and today, both sides equal', async () => {
    const { monthEnds } = await verifyBooks(db);
    const first = monthEnds.slice(0, 3);
    assert.deepEqual(
      first.map(({ on, ledger, items }) => ({ on, ledger, items })),
      [
        { on: '2026-01-31', ledger: '7777', items: '7777' },
        { on: '2026-02-28', ledger: '14677', items: '14677' },
        { on: '2026-03-31', ledger: '14677', items: '14677' },
      ],
    );
    assert.equal(monthEnds.at(-1)?.on, new Date().toISOString().slice(0, 10));
  });
});

const line = (account: string) =>
  `(entry_id, line_no) in (select entry_id, line_no from journal_line where account = '${account}' order by entry_id limit 1)`;

/** What is altered, and the proofs that must say so: these and no others. */
const alterations: Record<string, { statements: string[]; proofs: string[]; says?: RegExp }> = {
  'a revenue line’s amount': {
    statements: [
      `update journal_line set amount_minor = amount_minor - 1, base_minor = base_minor - 1 where ${line('revenue')}`,
    ],
    proofs: ['entries_balance'],
    says: /Σ -1 EUR/,
  },
  'a base amount alone': {
    statements: [
      `update journal_line set base_minor = base_minor * 2 where entry_id = (select min(entry_id) from journal_line)`,
    ],
    proofs: ['entries_balance'],
  },
  'an entry’s lines taken away': {
    statements: [
      `delete from journal_line where entry_id = (select entry_id from journal_line where account = 'opening_balance')`,
    ],
    proofs: ['entries_balance', 'receivable_control', 'items_match_postings', 'postings_have_rows'],
    says: /has no lines/,
  },
  'the amount of a receivable line and its counterpart': {
    statements: [
      `update journal_line set amount_minor = amount_minor + sign(amount_minor), base_minor = amount_minor + sign(amount_minor)
        where entry_id = (select entry_id from journal_line where account = 'opening_balance')`,
    ],
    proofs: ['receivable_control', 'items_match_postings', 'postings_have_rows'],
    says: /difference 1"/,
  },
  'the date of an invoice’s entry, moved into the next month': {
    statements: [`update journal_entry set effective_on = '2026-02-27' where key = 'invoice/INV-000001'`],
    proofs: ['receivable_control', 'items_match_postings', 'postings_have_rows'],
    says: /ACME-DE EUR 2026-01-05/,
  },
  'an allocation’s amount': {
    statements: [
      `update allocation set amount_minor = amount_minor - 1 where entry_id = (select min(entry_id) from allocation) and amount_minor = 3570`,
    ],
    proofs: ['receivable_control', 'payments_add_up', 'allocations_match_postings'],
    says: /allocated 3569.*posted 3570/,
  },
  'an allocation taken away': {
    statements: [`delete from allocation where ctid = (select min(ctid) from allocation)`],
    proofs: ['receivable_control', 'payments_add_up', 'allocations_match_postings'],
    says: /allocated nothing/,
  },
  'an allocation’s date': {
    statements: [
      `update allocation set effective_on = '2026-01-31' where entry_id = (select min(entry_id) from allocation)`,
    ],
    proofs: ['receivable_control', 'allocations_match_postings'],
  },
  'an item’s open amount': {
    statements: [`update open_item set open_minor = open_minor - 1 where number = 'OLD-7'`],
    proofs: ['items_match_postings'],
    says: /OLD-7.*open 7776/,
  },
  'an item’s original amount': {
    statements: [`update open_item set original_minor = original_minor + 1 where number = 'INV-000003'`],
    proofs: ['receivable_control', 'items_match_postings', 'base_of_items', 'postings_have_rows'],
  },
  'an item of another customer': {
    statements: [
      `insert into customer (id, legal_entity_id, number, name, country, zone, language, terms_days, content_hash)
        select '00000000-0000-7000-8000-00000000000c', legal_entity_id, 'C-X', name, country, zone, language, terms_days, 'x' from customer`,
      `update open_item set customer_id = '00000000-0000-7000-8000-00000000000c' where number = 'OLD-7'`,
    ],
    proofs: ['items_match_postings'],
  },
  'a payment’s unapplied rest': {
    statements: [`update payment set unapplied_minor = unapplied_minor - 1 where unapplied_minor > 0`],
    proofs: ['unapplied_control', 'payments_add_up'],
  },
  'a payment called posted': {
    statements: [`update payment set state = 'posted' where source_id = 'not-yet'`],
    proofs: ['payments_add_up', 'clearing_of_doors', 'postings_have_rows'],
  },
  'a payment’s amount': {
    statements: [`update payment set amount_minor = amount_minor + 100 where source_id = 'p2'`],
    proofs: ['payments_add_up', 'base_of_payments', 'clearing_of_doors', 'postings_have_rows'],
  },
  'an item’s base amount': {
    statements: [`update open_item set base_minor = base_minor + 1 where number = 'INV-000003'`],
    proofs: ['base_of_items'],
    says: /INV-000003/,
  },
  'an order with a rate that it does not need': {
    statements: [`update sales_order set exchange_rate = 1 where number = 'SO-1'`],
    proofs: ['orders_have_rates'],
    says: /EUR of a legal entity in EUR, rate 1/,
  },
  'a difference that was realised between euros and euros': {
    statements: [
      `insert into journal_line (entry_id, line_no, account, amount_minor, currency, base_minor)
        select min(id), 99, 'exchange_difference', 0, 'EUR', 1 from journal_entry`,
    ],
    proofs: ['entries_balance', 'exchange_is_even'],
    says: /differences 1/,
  },
  'an invoice’s number, so that there is a gap': {
    statements: [
      `update invoice set number = 'INV-000099' where number = 'INV-000004'`,
      `update journal_entry set key = 'invoice/INV-000099' where key = 'invoice/INV-000004'`,
      `update number_series set next_number = 100`,
    ],
    proofs: ['invoice_numbers', 'invoice_dates'],
    says: /after 3 comes 5/,
  },
  'the first number of a series': {
    statements: ['update number_series set first_number = 0'],
    proofs: ['invoice_numbers'],
  },
  'a number that was taken for nothing': {
    statements: ['update number_series set next_number = next_number + 1'],
    proofs: ['invoice_numbers'],
    says: /numbers 1 to 7 were taken, invoices run from 1 to 6/,
  },
  'an invoice’s date': {
    statements: [
      `update invoice set invoiced_on = '2026-01-04' where number = 'INV-000002'`,
      `update open_item set posted_on = '2026-01-04' where number = 'INV-000002'`,
      `update journal_entry set effective_on = '2026-01-04' where key = 'invoice/INV-000002'`,
    ],
    proofs: ['invoice_dates'],
    says: /INV-000002/,
  },
  'a line of an invoice': {
    statements: [`update invoice_line set tax_minor = tax_minor + 1 where ctid = (select min(ctid) from invoice_line)`],
    proofs: ['invoice_totals'],
  },
  'two invoices of one shipment': {
    statements: [
      'drop index invoice_services',
      `update invoice set shipment_id = null where order_id = (select id from sales_order where number = 'SO-1')`,
    ],
    proofs: ['one_invoice_a_shipment'],
    says: /INV-000001, INV-000002/,
  },
  'an order’s billed amount': {
    statements: [`update sales_order set billed_minor = 0 where number = 'SO-1'`],
    proofs: ['orders_billed'],
  },
  'a cause that is missing': {
    statements: [
      'alter table journal_entry drop constraint journal_entry_workflow_id_check',
      `update journal_entry set workflow_id = '' where key = 'invoice/INV-000001'`,
    ],
    proofs: ['postings_have_cause'],
    says: /invoice\/INV-000001/,
  },
  'a step that nobody knows': {
    statements: [`update journal_entry set step = 'unknown' where key = 'invoice/INV-000001'`],
    proofs: ['postings_have_cause'],
  },
  'a line that moves an item, called an opening': {
    statements: [
      'drop index journal_line_opens_once',
      `update journal_line set moves = false where entry_id = (select id from journal_entry where kind = 'write_off') and moves`,
    ],
    proofs: ['items_match_postings', 'allocations_match_postings'],
    says: /opened 2 times/,
  },
  'a write-off that nobody approved': {
    statements: [`update approval set state = 'rejected' where kind = 'write_off'`],
    proofs: ['postings_have_rows'],
    says: /without its write_off/,
  },
  'a write-off’s amount, as it was approved': {
    statements: [`update approval set amount_minor = amount_minor + 1 where kind = 'write_off'`],
    proofs: ['postings_have_rows'],
    says: /row: write_off 1001.*write_off 1000/,
  },
  'a refund approved by who asked': {
    statements: [`update approval set decided_by = asked_by where kind = 'refund'`],
    proofs: ['approvals_by_two'],
    says: /asked by key:asker, decided by key:asker/,
  },
  'a credit note’s amount, as it was approved': {
    statements: [`update approval set amount_minor = 1 where kind = 'credit_note' and amount_minor = 1190`],
    proofs: ['approvals_by_two'],
    says: /approved 1 of item INV-000003, issued 1190/,
  },
  'a credit note of an approval that is gone': {
    statements: [
      `update approval set state = 'withdrawn', decided_by = asked_by where kind = 'credit_note' and amount_minor = 1190`,
    ],
    proofs: ['approvals_by_two'],
    says: /approved nothing, issued 1190 for INV-000003/,
  },
  'a line of a credit note, above what its invoice charged': {
    statements: [
      `update invoice_line set net_minor = net_minor + 10000 where invoice_id = (select id from invoice where number = 'CN-000002')`,
    ],
    proofs: ['invoice_totals', 'credit_notes_within_invoices'],
    says: /INV-000004, line 1/,
  },
  'a credit note of another invoice': {
    statements: [
      `update invoice set corrects_invoice_id = (select id from invoice where number = 'INV-000001') where number = 'CN-000002'`,
    ],
    proofs: ['credit_notes_within_invoices', 'approvals_by_two'],
    says: /of another order, customer or currency/,
  },
  'what a clearing settles, said to be a write-off': {
    statements: [
      `update allocation set counter_item_id = null, approval_id = (select id from approval where kind = 'write_off') where counter_item_id is not null`,
    ],
    proofs: ['allocations_fit_entries', 'postings_have_rows'],
    says: /in a way that is not of clearing/,
  },
  'an allocation that takes back what never was': {
    statements: [
      `update allocation set reverses_entry_id = (select max(id) from journal_entry), amount_minor = -amount_minor
        where entry_id = (select id from journal_entry where kind = 'write_off')`,
    ],
    proofs: ['receivable_control', 'allocations_match_postings', 'allocations_fit_entries'],
    says: /takes back -1000, which entry \d+ never allocated/,
  },
  'a refund’s entry, called another': {
    statements: [
      `update journal_entry set key = 'refund/nothing' where id = (select min(id) from journal_entry where kind = 'refund')`,
    ],
    proofs: ['postings_have_rows'],
    says: /refund of 1190 without a posting/,
  },
  'what a line cleared, said to be on its way still': {
    statements: [`update payment set cleared_by_line_id = null where source_id = 'card-1'`],
    proofs: ['clearing_of_doors', 'cleared_lines'],
    says: /clearing:psp EUR/,
  },
  'a bank line’s amount': {
    statements: [`update bank_line set amount_minor = amount_minor + 1 where state = 'applied'`],
    proofs: ['clearing_of_bank', 'bank_lines_and_payments'],
    says: /moved 3000 EUR, the line is over 3001 EUR/,
  },
  'an applied line, ignored afterwards': {
    statements: [`update bank_line set state = 'ignored' where state = 'applied'`],
    proofs: ['clearing_of_bank', 'bank_lines_and_payments'],
  },
  'a line’s payment, of another line': {
    statements: [
      `update payment set source_id = '00000000-0000-7000-8000-00000000000f' where source = 'statement'`,
      `update journal_entry set key = 'payment/statement/00000000-0000-7000-8000-00000000000f' where key like 'payment/statement/%'`,
    ],
    proofs: ['bank_lines_and_payments'],
    says: /no line of this payment/,
  },
  'a returned line without its return': {
    statements: [`update payment_return set cleared_by_line_id = null`],
    proofs: ['clearing_of_bank', 'cleared_lines', 'postings_have_rows'],
  },
  'one of two lines that settle each other, applied anew': {
    statements: [`update bank_line set state = 'ignored' where amount_minor = 500`],
    proofs: ['clearing_of_bank', 'cleared_lines'],
  },
  'a payout’s fee': {
    statements: [`update provider_payout set fee_minor = 99`],
    proofs: ['payouts_add_up'],
    says: /cleared 5900, fee 99, parts 6000 of 1 payments, brought 1/,
  },
  'a payout that is cleared, and whose payment is not': {
    statements: [`update payment set cleared_by_line_id = null where source_id = 'card-2'`],
    proofs: ['clearing_of_doors', 'payouts_add_up'],
  },
  'the entry of a payout, called another': {
    statements: [`update journal_entry set key = 'provider_payout/none' where kind = 'provider_payout'`],
    proofs: ['postings_have_rows'],
    says: /provider_payout of 5900 without a posting/,
  },
  'an entry that is about nothing': {
    statements: [`update journal_entry set key = 'invoice/INV-000777' where key = 'invoice/INV-000001'`],
    proofs: ['postings_have_rows'],
    says: /invoice of 3570 without a posting/,
  },
};

describe('altered books', () => {
  for (const [what, { statements, proofs, says }] of Object.entries(alterations)) {
    it(`${what}: ${proofs.join(', ')}`, async () => {
      const broken = await brokenBy(...statements);
      assert.deepEqual(broken.proofs, proofs);
      if (says !== undefined) assert.match(broken.text, says);
    });
  }

  it('are counted whole, while only the first offenders are shown', async () => {
    await owner.query('begin');
    await owner.query('set session_replication_role = replica');
    await owner.query(`insert into journal_entry (legal_entity_id, kind, key, effective_on, business_at, workflow_id, step)
      select 'ACME-DE', 'invoice', 'x' || n, '2026-01-05', now(), 'x', 'x' from generate_series(1, 50) n`);
    await owner.query('commit');
    const { proofs } = await verifyBooks(db);
    await owner.query(`delete from journal_entry where workflow_id = 'x'`);
    await owner.query('set session_replication_role = origin');
    const entries = proofs.find((proof) => proof.name === 'entries_balance');
    assert.equal(entries?.failures, 50);
    assert.equal(entries.offenders.length, 20);
    await assertBooksHold(db);
  });
});
