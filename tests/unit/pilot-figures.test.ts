// Receivables figures by hand-computed examples, and against a second, slow way to count.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, daysBetween, lastOfMonth } from '../../src/domain/dates.ts';
import { independentSum, monthEnds } from '../../src/domain/pilot/independent-sum.ts';
import { receivableItems } from '../../src/domain/pilot/receivable-items.ts';
import { figuresAsOf, type ReceivableItem } from '../../src/domain/pilot/receivables-figures.ts';

function item(invoicedOn: string, dueOn: string, amountMinor: number, settledOn?: string): ReceivableItem {
  return {
    invoicedOn,
    dueOn,
    amountMinor,
    settlements: settledOn === undefined ? [] : [{ on: settledOn, amountMinor }],
  };
}

test('the figures of a small book, as computed by hand', () => {
  // As of 31 March 2023 the window is 1 January to 31 March: 90 days.
  const items = [
    item('2022-11-15', '2022-12-15', 500_00, '2023-02-10'), // open at the window's start, settled in it
    item('2022-12-20', '2022-12-31', 100_00), // 90 days overdue
    item('2023-01-10', '2023-02-09', 200_00, '2023-03-31'), // settled on the day itself: closed
    item('2023-02-01', '2023-03-03', 300_00), // 28 days overdue
    item('2023-03-01', '2023-03-31', 400_00), // due on the day: current
    item('2023-03-20', '2023-04-19', 250_00), // current
    item('2023-04-01', '2023-05-01', 999_00), // later than the day
  ];
  const figures = figuresAsOf({ asOf: '2023-03-31', items });
  assert.deepEqual(figures.open, { count: 4, amountMinor: 1050_00 });
  assert.deepEqual(figures.ageing, {
    current: { count: 2, amountMinor: 650_00 },
    '1-30': { count: 1, amountMinor: 300_00 },
    '31-60': { count: 0, amountMinor: 0 },
    '61-90': { count: 1, amountMinor: 100_00 },
    '91+': { count: 0, amountMinor: 0 },
  });
  // Sales of the window: 200 + 300 + 400 + 250 = 1,150.
  assert.deepEqual(figures.window, { from: '2023-01-01', days: 90, salesMinor: 1150_00 });
  assert.equal(figures.dso, 82.17); // 1050 / 1150 × 90 = 82.1739
  assert.equal(figures.bestPossibleDso, 50.87); // 650 / 1150 × 90 = 50.8696
  assert.equal(figures.add, 31.3); // 400 / 1150 × 90 = 31.3043
  // Open at the start: 500 + 100 = 600. (600 + 1150 − 1050) / (600 + 1150 − 650) = 700 / 1100.
  assert.equal(figures.cei, 63.64);
  // 1050 − 650 (March, 31 days) = 400; − 300 (February, 28 days) = 100; 100 / 200 of January's 31 days.
  assert.equal(figures.countbackDso, 74.5);
});

test('the month of the day counts up to the day, in the window and in the countback', () => {
  const items = [
    item('2023-03-05', '2023-04-04', 100_00),
    item('2023-03-20', '2023-04-19', 100_00),
    item('2023-02-10', '2023-03-12', 400_00),
  ];
  const figures = figuresAsOf({ asOf: '2023-03-10', items });
  assert.equal(figures.window.from, '2023-01-01');
  assert.equal(figures.window.days, 69);
  assert.equal(figures.dso, 69);
  // 500 − 100 (ten days of March) = 400 = all of February (28 days).
  assert.equal(figures.countbackDso, 38);
});

test('an item due on the day is current, one day later it is overdue by one', () => {
  const items = [item('2023-01-01', '2023-01-31', 100)];
  const bucket = (asOf: string): string | undefined =>
    Object.entries(figuresAsOf({ asOf, items }).ageing).find(([, part]) => part.count === 1)?.[0];
  assert.equal(bucket('2023-01-31'), 'current');
  assert.equal(bucket('2023-02-01'), '1-30');
  assert.equal(bucket('2023-03-02'), '1-30');
  assert.equal(bucket('2023-03-03'), '31-60');
  assert.equal(bucket('2023-04-01'), '31-60');
  assert.equal(bucket('2023-04-02'), '61-90');
  assert.equal(bucket('2023-05-01'), '61-90');
  assert.equal(bucket('2023-05-02'), '91+');
});

test('a figure whose definition divides by zero is null', () => {
  const nothing = figuresAsOf({ asOf: '2023-03-31', items: [] });
  assert.deepEqual(
    [nothing.dso, nothing.bestPossibleDso, nothing.add, nothing.cei, nothing.countbackDso],
    [null, null, null, null, null],
  );
  const oldOnly = figuresAsOf({ asOf: '2023-12-31', items: [item('2023-01-10', '2023-02-09', 100_00)] });
  assert.deepEqual([oldOnly.dso, oldOnly.cei], [null, 0]);
});

test('countback passes months without sales, and stops where history begins or nothing is left', () => {
  const gap = [item('2023-01-10', '2023-02-09', 100_00), item('2023-03-10', '2023-04-09', 100_00)];
  // 200 − 100 (31) − 0 (28) − 100 (31).
  assert.equal(figuresAsOf({ asOf: '2023-03-31', items: gap }).countbackDso, 90);
  const paid = [item('2023-01-10', '2023-02-09', 100_00, '2023-02-01')];
  assert.equal(figuresAsOf({ asOf: '2023-03-31', items: paid }).countbackDso, 0);
});

test('partial settlements count from the end of their day', () => {
  const part: ReceivableItem = {
    invoicedOn: '2023-03-01',
    dueOn: '2023-03-31',
    amountMinor: 100,
    settlements: [
      { on: '2023-03-10', amountMinor: 40 },
      { on: '2023-03-12', amountMinor: -15 },
    ],
  };
  const open = (asOf: string): number => figuresAsOf({ asOf, items: [part] }).open.amountMinor;
  assert.deepEqual([open('2023-03-09'), open('2023-03-10'), open('2023-03-12')], [100, 60, 75]);
});

test('halves round up, exactly', () => {
  // 1 / 800 × 90 days = 0.1125 → 0.11; 2 / 800 × 90 = 0.225 → 0.23, which a float may turn into 0.22.
  const items = [item('2023-01-01', '2023-06-01', 2), item('2023-01-01', '2023-06-01', 798, '2023-01-02')];
  assert.equal(figuresAsOf({ asOf: '2023-03-31', items }).dso, 0.23);
});

const bookArbitrary = fc.array(
  fc
    .record({
      customer: fc.constantFrom('A', 'B', 'C'),
      day: fc.integer({ min: 0, max: 400 }),
      terms: fc.integer({ min: 0, max: 60 }),
      amountMinor: fc.integer({ min: 1, max: 10_000_000 }),
      settledAfter: fc.option(fc.integer({ min: 0, max: 150 })),
    })
    .map(({ customer, day, terms, amountMinor, settledAfter }) => {
      const invoicedOn = addDays('2022-01-01', day);
      return {
        line: 1,
        number: '1',
        customer,
        country: null,
        invoicedOn,
        dueOn: addDays(invoicedOn, terms),
        termsDays: terms,
        amountMinor,
        settledOn: settledAfter === null ? null : addDays(invoicedOn, settledAfter),
        disputed: false,
      };
    }),
  { maxLength: 30 },
);

test('on any book the parts sum to the whole, and the figures agree with floats to the rounding', () => {
  fc.assert(
    fc.property(bookArbitrary, fc.integer({ min: 0, max: 500 }), (book, day) => {
      const asOf = addDays('2022-01-01', day);
      const figures = figuresAsOf({ asOf, items: receivableItems(book) });
      const parts = Object.values(figures.ageing);
      assert.equal(
        parts.reduce((sum, part) => sum + part.amountMinor, 0),
        figures.open.amountMinor,
      );
      const independent = [...independentSum(book, asOf).values()].reduce((sum, amount) => sum + amount, 0);
      assert.equal(independent, figures.open.amountMinor);
      if (figures.window.salesMinor > 0) {
        const dso = (figures.open.amountMinor / figures.window.salesMinor) * figures.window.days;
        assert.ok(Math.abs((figures.dso ?? NaN) - dso) < 0.00501);
      }
      const first = book.map((each) => each.invoicedOn).sort()[0];
      if (first !== undefined && first <= asOf) {
        const limit = daysBetween(`${first.slice(0, 7)}-01`, asOf) + 1;
        assert.ok((figures.countbackDso ?? NaN) >= 0 && (figures.countbackDso ?? NaN) <= limit);
      }
    }),
    { numRuns: 300 },
  );
});

test('month ends are the last days of the months between, both ends included', () => {
  assert.deepEqual(monthEnds('2023-11-30', '2024-03-01'), ['2023-11-30', '2023-12-31', '2024-01-31', '2024-02-29']);
  assert.deepEqual(monthEnds('2023-01-02', '2023-01-30'), []);
  for (const end of monthEnds('1999-01-01', '2001-12-31')) assert.equal(end, lastOfMonth(end));
});

test('an invoice settled on the day is no longer open at its end, and one invoiced on it is', () => {
  const book = [
    { customer: 'A', invoicedOn: '2023-01-01', settledOn: '2023-01-10', amountMinor: 5 },
    { customer: 'A', invoicedOn: '2023-01-10', settledOn: null, amountMinor: 7 },
  ];
  assert.deepEqual([...independentSum(book, '2023-01-09')], [['A', 5]]);
  assert.deepEqual([...independentSum(book, '2023-01-10')], [['A', 7]]);
});
