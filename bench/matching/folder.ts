// A folder of invoices, payments and the truth between them, as the matcher takes it: `invoices.csv`, `payments.csv`, `truth.csv`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { MatchItem, MatchLine, MatchPayer } from '../../src/domain/matching/types.ts';
import { parseDecimal } from '../../src/domain/money.ts';

/** What is open, what was paid, and what pays what. */
export interface Past {
  readonly items: readonly MatchItem[];
  readonly payers: readonly MatchPayer[];
  /** In posting order. */
  readonly lines: readonly MatchLine[];
  /** By line. */
  readonly truth: ReadonlyMap<string, Truth>;
}

export interface Truth {
  readonly items: ReadonlySet<string>;
  readonly category: string;
  readonly disturbances: readonly string[];
}

type Row = Readonly<Record<string, string>>;

/** Columns which are our own numbers of an invoice. */
const NUMBER_COLUMNS = ['billing_number', 'assignment_number', 'document_number'] as const;

/** Reads a folder. @throws when a file is missing or a row is not understood */
export function readFolder(folder: string): Past {
  const read = (name: string): Row[] =>
    parse(readFileSync(join(folder, name)), { columns: true, bom: true, skip_empty_lines: true });
  const items = read('invoices.csv').map(itemOf);
  const names = new Map(read('invoices.csv').map((row) => [cell(row, 'customer_id'), cell(row, 'customer_name')]));
  const payers = [...names].map(([customerId, text]) => ({
    customerId,
    names: [{ text, source: 'master' as const }],
    accounts: [],
    parentId: null,
  }));
  const lines = read('payments.csv').map(lineOf);
  return { items, payers, lines: lines.sort(compareDates), truth: truthOf(read('truth.csv')) };
}

function compareDates(a: MatchLine, b: MatchLine): number {
  return a.bookedOn < b.bookedOn ? -1 : a.bookedOn > b.bookedOn ? 1 : 0;
}

function cell(row: Row, column: string): string {
  const value = row[column];
  if (value === undefined) throw new Error(`There is no column ${column}.`);
  return value;
}

function minorOf(row: Row): number {
  const read = parseDecimal(cell(row, 'amount'), cell(row, 'currency'));
  if (!read.ok) throw new Error(read.refusal.text);
  return read.minor;
}

function itemOf(row: Row): MatchItem {
  return {
    id: cell(row, 'invoice_id'),
    customerId: cell(row, 'customer_id'),
    side: 'debit',
    currency: cell(row, 'currency'),
    openMinor: minorOf(row),
    issuedOn: cell(row, 'document_date'),
    dueOn: cell(row, 'due_date'),
    references: NUMBER_COLUMNS.map((column) => ({ kind: 'invoice' as const, text: row[column] ?? '' })),
    discounts: [],
    disputedMinor: 0,
  };
}

function lineOf(row: Row): MatchLine {
  const on = cell(row, 'posting_date');
  return {
    id: cell(row, 'payment_id'),
    currency: cell(row, 'currency'),
    amountMinor: minorOf(row),
    bookedOn: on,
    valueOn: on,
    payerName: cell(row, 'payer_name') || null,
    payerAccount: cell(row, 'payer_account') || null,
    texts: [cell(row, 'memo')],
    structuredReferences: [],
    remittance: [],
    instructed: null,
    chargesMinor: 0,
  };
}

function truthOf(rows: readonly Row[]): Map<string, Truth> {
  const truth = new Map<string, { items: Set<string>; category: string; disturbances: string[] }>();
  for (const row of rows) {
    const line = cell(row, 'payment_id');
    const known = truth.get(line) ?? { items: new Set(), category: row['category'] ?? '', disturbances: [] };
    known.items.add(cell(row, 'invoice_id'));
    for (const word of (row['perturbations'] ?? '').split(/[\s,;|+]+/)) {
      const disturbance = word.replace(/[^\w-]/g, '');
      if (disturbance !== '' && !known.disturbances.includes(disturbance)) known.disturbances.push(disturbance);
    }
    truth.set(line, known);
  }
  return truth;
}

/** @returns the payers with what a person would have confirmed on the first half of the lines: whose account and name it was. */
export function confirmFirstHalf(past: Past): MatchPayer[] {
  const customerOf = new Map(past.items.map((item) => [item.id, item.customerId]));
  const names = new Map<string, Set<string>>();
  const accounts = new Map<string, Set<string>>();
  for (const line of past.lines.slice(0, Math.floor(past.lines.length / 2))) {
    const [first] = past.truth.get(line.id)?.items ?? [];
    const customer = customerOf.get(first ?? '');
    if (customer === undefined) continue;
    if (line.payerName !== null) names.set(customer, (names.get(customer) ?? new Set()).add(line.payerName));
    if (line.payerAccount !== null)
      accounts.set(customer, (accounts.get(customer) ?? new Set()).add(line.payerAccount));
  }
  const confirmed = (texts: Set<string> | undefined) =>
    [...(texts ?? [])].map((text) => ({ text, source: 'confirmed' as const }));
  return past.payers.map((payer) => ({
    ...payer,
    names: [...payer.names, ...confirmed(names.get(payer.customerId))],
    accounts: [...payer.accounts, ...confirmed(accounts.get(payer.customerId))],
  }));
}
