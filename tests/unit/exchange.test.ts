// Foreign currency: what is carried in base follows what is open, so parts sum to the whole and an undo leaves nothing behind.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  fitsInBase,
  minorFactor,
  parseRate,
  rateBetween,
  rateMissing,
  shareOf,
  toBase,
  valueLines,
  wholeInBase,
  type HeldItem,
  type HeldPayment,
  type UnvaluedLine,
  type Valuation,
} from '../../src/domain/exchange.ts';

function line(account: string, amountMinor: number, more: Partial<UnvaluedLine> = {}): UnvaluedLine {
  return { account, amountMinor, currency: 'USD', itemId: null, paymentId: null, baseMinor: null, ...more };
}

const onItem = (amountMinor: number, itemId = 'i'): UnvaluedLine => line('receivable', amountMinor, { itemId });
const unapplied = (amountMinor: number): UnvaluedLine => line('unapplied_cash', amountMinor, { paymentId: 'p' });

function item(amountMinor: number, baseMinor: number, more: Partial<HeldItem> = {}): HeldItem {
  return { amountMinor, baseMinor, currency: 'USD', side: 'debit', openMinor: amountMinor, ...more };
}

function payment(amountMinor: number, baseMinor: number, more: Partial<HeldPayment> = {}): HeldPayment {
  return { amountMinor, baseMinor, currency: 'USD', unappliedMinor: 0, goneMinor: 0, ...more };
}

function ground(
  more: Partial<Omit<Valuation, 'items' | 'payments'>> & {
    items?: Record<string, HeldItem>;
    payment?: HeldPayment;
  } = {},
): Valuation {
  return {
    baseCurrency: more.baseCurrency ?? 'EUR',
    rate: more.rate ?? null,
    givesBack: more.givesBack ?? false,
    items: new Map(Object.entries(more.items ?? {})),
    payments: new Map(more.payment === undefined ? [] : [['p', more.payment]]),
  };
}

describe('a rate', () => {
  it('is a decimal above zero, in its shortest spelling', () => {
    const read = (text: string): string => {
      const parsed = parseRate(text);
      return parsed.ok ? parsed.rate : parsed.refusal.code;
    };
    assert.deepEqual(['0.92', '1.0', '007.50', '150', '0.0000000001'].map(read), [
      '0.92',
      '1',
      '7.5',
      '150',
      '0.0000000001',
    ]);
    for (const text of ['0', '0.000', '-1', '1,5', '1e3', '', '.5', '0.00000000001', '12345678901']) {
      assert.equal(read(text), 'rate_invalid', text);
    }
  });

  it('minds that currencies have different decimals', () => {
    assert.equal(toBase({ amountMinor: 10_000, rate: '0.9213', currency: 'USD', baseCurrency: 'EUR' }), 9_213);
    assert.equal(toBase({ amountMinor: 10_000, rate: '0.0061', currency: 'JPY', baseCurrency: 'EUR' }), 6_100);
    assert.equal(toBase({ amountMinor: 1_500, rate: '3.02', currency: 'KWD', baseCurrency: 'EUR' }), 453);
    assert.equal(toBase({ amountMinor: 100, rate: '163.5', currency: 'EUR', baseCurrency: 'JPY' }), 164);
  });

  it('is the same factor in SQL, to the last digit', () => {
    assert.equal(minorFactor({ rate: '0.9213', currency: 'USD', baseCurrency: 'EUR' }), '0.9213');
    assert.equal(minorFactor({ rate: '0.0061', currency: 'JPY', baseCurrency: 'EUR' }), '0.61');
    assert.equal(minorFactor({ rate: '3.02', currency: 'KWD', baseCurrency: 'EUR' }), '0.302');
    assert.equal(minorFactor({ rate: '163.5', currency: 'EUR', baseCurrency: 'JPY' }), '1.635');
    assert.equal(minorFactor({ rate: '2', currency: 'JPY', baseCurrency: 'KWD' }), '2000');
  });

  it('never makes nothing of something, and says where an amount leaves the safe integers', () => {
    assert.equal(wholeInBase({ amountMinor: 1, rate: '0.0001', currency: 'IDR', baseCurrency: 'EUR' }), 1);
    const most = { amountMinor: Number.MAX_SAFE_INTEGER, currency: 'USD', baseCurrency: 'EUR' };
    assert.equal(fitsInBase({ ...most, rate: '1' }), true);
    assert.equal(fitsInBase({ ...most, rate: '1.0000000001' }), false);
  });

  it('lies between two amounts', () => {
    const between = { amountMinor: 10_000, currency: 'USD', baseCurrency: 'EUR' };
    assert.equal(rateBetween({ ...between, baseMinor: 9_213 }), '0.9213');
    assert.equal(rateBetween({ ...between, baseMinor: 3_333 }), '0.3333');
    assert.equal(rateBetween({ amountMinor: 3, currency: 'JPY', baseMinor: 100, baseCurrency: 'EUR' }), '0.3333333333');
  });

  it('that is missing is asked for, with the day and what there is', () => {
    const { refusal } = rateMissing({
      legalEntityId: 'A',
      currency: 'USD',
      baseCurrency: 'EUR',
      on: '2026-01-20',
      latestOn: '2026-01-02',
    });
    assert.equal(refusal.code, 'exchange_rate_missing');
    assert.match(refusal.text, /USD for 2026-01-20: the latest is of 2026-01-02, and a rate counts for 10 days/);
    assert.match(refusal.hint, /POST \/v1\/exchange-rates/);
  });
});

describe('an entry in a foreign currency', () => {
  it('carries an invoice at its base amount and cuts revenue and tax from it', () => {
    const lines = [onItem(11_900), line('revenue', -10_000), line('tax_payable', -1_900)];
    const { bases, differenceMinor } = valueLines(
      lines,
      ground({ items: { i: item(11_900, 10_963, { openMinor: 0 }) } }),
    );
    assert.deepEqual([bases, differenceMinor], [[10_963, -9_213, -1_750], 0]);
  });

  it('realises the difference when the money is worth less than the item stood at', () => {
    const lines = [line('clearing:psp', 10_000, { paymentId: 'p' }), onItem(-10_000)];
    const told = ground({ items: { i: item(10_000, 9_200) }, payment: payment(10_000, 9_000) });
    assert.deepEqual(valueLines(lines, told), { bases: [9_000, -9_200], differenceMinor: 200 });
  });

  it('leaves no difference between money and what is unapplied of it', () => {
    const lines = [line('clearing:psp', 10_000, { paymentId: 'p' }), unapplied(-10_000)];
    const { differenceMinor } = valueLines(lines, ground({ payment: payment(10_000, 9_001) }));
    assert.equal(differenceMinor, 0);
  });

  it('meets the base currency on exchange, which is left with nothing', () => {
    const euro = { currency: 'EUR' };
    const lines = [
      line('clearing:statement', 9_100, euro),
      line('exchange', -9_100, euro),
      line('exchange', 10_000),
      onItem(-10_000),
    ];
    const told = ground({ items: { i: item(10_000, 9_200) } });
    assert.deepEqual(valueLines(lines, told), { bases: [9_100, -9_100, 9_100, -9_200], differenceMinor: 100 });
  });

  it('meets a third currency on exchange as well', () => {
    const pound = { currency: 'GBP' };
    const lines = [
      line('clearing:statement', 8_000, pound),
      line('exchange', -8_000, pound),
      line('exchange', 10_000),
      onItem(-10_000),
    ];
    const told = ground({ rate: '1.15', items: { i: item(10_000, 9_150) } });
    assert.deepEqual(valueLines(lines, told), { bases: [9_200, -9_200, 9_200, -9_150], differenceMinor: -50 });
  });

  it('takes what the bank says before what it would reckon', () => {
    const lines = [line('clearing:statement', 10_000, { baseMinor: 9_050 }), unapplied(-10_000)];
    assert.deepEqual(valueLines(lines, ground({ payment: payment(10_000, 9_050) })), {
      bases: [9_050, -9_050],
      differenceMinor: 0,
    });
  });

  it('writes off what is left of an item at what it stands at', () => {
    const told = ground({ items: { i: item(9_999, 9_137, { openMinor: 333 }) } });
    const { bases, differenceMinor } = valueLines([line('small_differences', 333), onItem(-333)], told);
    assert.deepEqual([bases[1], differenceMinor], [-shareOf({ amountMinor: 9_999, baseMinor: 9_137 }, 333), 0]);
  });

  it('clears a credit note of the same rate without a difference, and gives back a fee that cost nothing', () => {
    const items = { i: item(11_900, 10_963), c: item(11_900, 10_963, { side: 'credit' }) };
    assert.equal(valueLines([onItem(11_900, 'c'), onItem(-11_900)], ground({ items })).differenceMinor, 0);
    const fee = [
      onItem(10_000),
      line('clearing:psp', -10_000, { paymentId: 'p' }),
      line('bank_charges', 500),
      line('clearing:psp', -500),
    ];
    const told = ground({
      givesBack: true,
      items: { i: item(10_000, 9_200, { openMinor: 0 }) },
      payment: payment(10_000, 9_000),
    });
    assert.deepEqual(valueLines(fee, told), { bases: [9_200, -9_000, 460, -460], differenceMinor: -200 });
  });

  it('is refused as a defect where nothing gives a value', () => {
    assert.throws(() => valueLines([line('revenue', 1), line('tax_payable', -1)], ground()), /needs its rate/);
    assert.throws(() => valueLines([onItem(1)], ground()), /was not read/);
  });
});

/** One item and one payment, and what may happen between them. */
const step = fc.oneof(
  fc.record({ does: fc.constant('allocate' as const), percent: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ does: fc.constant('undo' as const), percent: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ does: fc.constant('write_off' as const), percent: fc.integer({ min: 1, max: 100 }) }),
);

class Books {
  item: HeldItem;
  payment: HeldPayment;
  readonly base = new Map<string, number>();

  constructor(whole: { item: [number, number]; payment: [number, number] }) {
    this.item = item(whole.item[0], whole.item[1]);
    this.payment = payment(whole.payment[0], whole.payment[1], { unappliedMinor: whole.payment[0] });
    this.base.set('receivable', whole.item[1]);
    this.base.set('unapplied_cash', -whole.payment[1]);
  }

  post(lines: readonly UnvaluedLine[]): void {
    const { bases, differenceMinor } = valueLines(lines, ground({ items: { i: this.item }, payment: this.payment }));
    assert.equal(
      bases.reduce((sum, base) => sum + base, differenceMinor),
      0,
    );
    lines.forEach(({ account, amountMinor }, at) => {
      this.#add(account, bases[at] ?? 0);
      if (account === 'receivable') this.item = { ...this.item, openMinor: this.item.openMinor + amountMinor };
      if (account === 'unapplied_cash') {
        this.payment = { ...this.payment, unappliedMinor: this.payment.unappliedMinor - amountMinor };
      }
    });
    this.#add('exchange_difference', differenceMinor);
  }

  #add(account: string, base: number): void {
    this.base.set(account, this.of(account) + base);
  }

  of(account: string): number {
    return this.base.get(account) ?? 0;
  }
}

const allocates = (amountMinor: number): UnvaluedLine[] => [unapplied(amountMinor), onItem(-amountMinor)];
const writesOff = (amountMinor: number): UnvaluedLine[] => [line('bad_debt', amountMinor), onItem(-amountMinor)];
const amounts = fc.tuple(fc.integer({ min: 1, max: 10 ** 9 }), fc.integer({ min: 1, max: 10 ** 9 }));

describe('whatever happens between an item and a payment', () => {
  it('both are carried at their share of what is open, and all that was undone has left no base behind', () => {
    fc.assert(
      fc.property(amounts, amounts, fc.array(step, { maxLength: 25 }), (ofItem, ofPayment, steps) => {
        const books = new Books({ item: ofItem, payment: ofPayment });
        const done: UnvaluedLine[][] = [];
        for (const { does, percent } of steps) {
          if (does === 'undo') {
            const [undone] = done.splice(Math.floor(((done.length - 1) * percent) / 100), 1);
            if (undone !== undefined) books.post(undone.map((one) => ({ ...one, amountMinor: -one.amountMinor })));
            continue;
          }
          const most =
            does === 'allocate' ? Math.min(books.item.openMinor, books.payment.unappliedMinor) : books.item.openMinor;
          const amountMinor = Math.floor((most * percent) / 100);
          if (amountMinor === 0) continue;
          const lines = does === 'allocate' ? allocates(amountMinor) : writesOff(amountMinor);
          books.post(lines);
          done.push(lines);
          assert.equal(books.of('receivable'), shareOf(books.item, books.item.openMinor));
          assert.equal(books.of('unapplied_cash') + shareOf(books.payment, books.payment.unappliedMinor), 0);
        }
        for (const lines of done) books.post(lines.map((one) => ({ ...one, amountMinor: -one.amountMinor })));
        assert.deepEqual(
          ['receivable', 'unapplied_cash', 'bad_debt', 'exchange_difference'].map((account) => books.of(account)),
          [ofItem[1], -ofPayment[1], 0, 0],
        );
      }),
    );
  });

  it('the realised differences of part payments sum to what the item stood at less what the money was, in any order', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 10 ** 6 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 1, max: 10 ** 8 }),
        fc.integer({ min: 1, max: 10 ** 8 }),
        (cut, itemBase, paymentBase) => {
          const whole = cut.reduce((sum, part) => sum + part, 0);
          const books = new Books({ item: [whole, itemBase], payment: [whole, paymentBase] });
          for (const part of cut) books.post(allocates(part));
          assert.deepEqual([books.of('receivable'), books.of('unapplied_cash')], [0, 0]);
          assert.equal(books.of('exchange_difference'), itemBase - paymentBase);
        },
      ),
    );
  });

  it('the parts of a whole sum to it', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.array(fc.integer({ min: 0, max: 10 ** 9 }), { maxLength: 10 }),
        ([amountMinor, baseMinor], cuts) => {
          const at = [0, ...cuts.map((cut) => cut % (amountMinor + 1)).sort((a, b) => a - b), amountMinor];
          const shares = at
            .slice(1)
            .map(
              (to, index) =>
                shareOf({ amountMinor, baseMinor }, to) - shareOf({ amountMinor, baseMinor }, at[index] ?? 0),
            );
          assert.ok(shares.every((share) => share >= 0));
          assert.equal(
            shares.reduce((sum, share) => sum + share, 0),
            baseMinor,
          );
        },
      ),
    );
  });

  it('money that goes back leaves nothing of the payment behind', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 8 }),
        ([amountMinor, baseMinor], percents) => {
          let held = payment(amountMinor, baseMinor, { unappliedMinor: amountMinor });
          let cleared = baseMinor;
          let carried = -baseMinor;
          for (const percent of [...percents, 100]) {
            const part = Math.ceil((held.unappliedMinor * percent) / 100);
            const lines = [unapplied(part), line('clearing:psp', -part, { paymentId: 'p' })];
            const { bases, differenceMinor } = valueLines(lines, ground({ givesBack: true, payment: held }));
            assert.equal(differenceMinor, 0);
            carried += bases[0] ?? 0;
            cleared += bases[1] ?? 0;
            held = { ...held, unappliedMinor: held.unappliedMinor - part, goneMinor: held.goneMinor + part };
          }
          assert.deepEqual([carried, cleared], [0, 0]);
        },
      ),
    );
  });
});
