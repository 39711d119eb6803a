// A pilot's report says what was read, found and done, and its JSON keeps the promised shape.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pilotJson } from '../../src/domain/pilot/pilot-json.ts';
import { pilotReport } from '../../src/domain/pilot/pilot-report.ts';
import type { PilotResult } from '../../src/domain/pilot/pilot-result.ts';
import { readHistory } from '../../src/domain/pilot/read-history.ts';
import { receivableItems } from '../../src/domain/pilot/receivable-items.ts';
import { figuresAsOf } from '../../src/domain/pilot/receivables-figures.ts';

function resultWith(changes: Partial<PilotResult> = {}): PilotResult {
  const read = readHistory({
    header: ['Invoice no', 'Customer', 'Date', 'Due date', 'Amount', 'Colour'],
    rows: [
      { line: 2, cells: ['A', 'ACME', '2023-01-02', '2023-02-01', '1,234,567.80', 'red'] },
      ...Array.from({ length: 25 }, (_, index) => ({
        line: 3 + index,
        cells: ['', 'ACME', '2023-01-02', '2023-02-01', '5.00', ''],
      })),
    ],
    map: {},
    defaultCurrency: 'EUR',
  });
  if (!read.ok) assert.fail(read.refusal.text);
  return {
    file: 'past.csv',
    mode: 'replay',
    currency: 'EUR',
    reading: read.report,
    asOf: [figuresAsOf({ asOf: '2023-02-28', items: receivableItems(read.history.invoices) })],
    letters: { notice: 1, reminder1: 2, reminder2: 3, reminder3: 4 },
    tasks: 5,
    touchless: { count: 2, of: 3 },
    comparedOn: ['2023-01-31', '2023-02-28'],
    differences: [],
    calendarFallback: [{ country: '391', invoices: 1 }],
    timings: [{ what: 'reading the file', seconds: 0.25 }],
    seconds: 12.34,
    ...changes,
  };
}

test('the report shows columns, formats, rejected rows, figures and the rest in words', () => {
  const text = pilotReport(resultWith());
  for (const expected of [
    /Invoice date +Date +yyyy-mm-dd/,
    /Amount +Amount +1,234\.56/,
    /Not used: Colour/,
    /No settled date: every invoice counts as open/,
    /26 rows read, 1 accepted \(1,234,567\.80 EUR\), 25 rejected/,
    /line 3: has no invoice number \(missing_invoice_number\)/,
    /… and 5 more/,
    /Receivables at the end of 2023-02-28/,
    /1-30 days overdue +1 +1,234,567\.80/,
    /^  DSO +90\.00 days/m,
    /Second reminders +3/,
    /Touchless +66\.67 % +2 of 3 invoices/,
    /No calendar for country 391/,
    /on 2 days .*: no difference/,
    /all +12\.3 s/,
  ]) {
    assert.match(text, expected);
  }
});

test('differences are listed with both amounts', () => {
  const differences = [{ date: '2023-02-28', customer: 'ACME', ledgerMinor: 100, fileMinor: 123_456_780 }];
  assert.match(pilotReport(resultWith({ differences })), /2023-02-28 +ACME +1\.00 +1,234,567\.80/);
  assert.match(pilotReport(resultWith({ differences })), /1 difference$/m);
  assert.match(pilotReport(resultWith({ mode: 'dry' })), /not compared in a dry run/);
});

test('the JSON has the promised keys, amounts as decimal strings and the share with four decimals', () => {
  const differences = [{ date: '2023-02-28', customer: 'ACME', ledgerMinor: 100, fileMinor: 90 }];
  const json = JSON.parse(JSON.stringify(pilotJson(resultWith({ differences })))) as Record<string, unknown>;
  const [block] = json['asOf'] as Record<string, unknown>[];
  assert.ok(block);
  assert.deepEqual(block['open'], { count: 1, amount: '1234567.80' });
  assert.deepEqual(block['ageing'], {
    current: '0.00',
    '1-30': '1234567.80',
    '31-60': '0.00',
    '61-90': '0.00',
    '91+': '0.00',
  });
  assert.deepEqual(
    ['date', 'dso', 'bestPossibleDso', 'add', 'cei', 'countbackDso'].map((key) => block[key]),
    ['2023-02-28', 90, 0, 90, 0, 59],
  );
  assert.deepEqual(json['differences'], [{ date: '2023-02-28', customer: 'ACME', ledger: '1.00', file: '0.90' }]);
  assert.deepEqual(json['letters'], { notice: 1, reminder1: 2, reminder2: 3, reminder3: 4 });
  assert.deepEqual([json['tasks'], json['touchless'], json['seconds']], [5, 0.6667, 12.34]);
});
