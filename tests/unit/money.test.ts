// Money: what is read is what is shown, and no split, portion or tax loses or makes a minor unit.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CURRENCY_EXPONENTS } from '../../src/domain/currencies.ts';
import {
  divideHalfUp,
  exponentOf,
  formatDecimal,
  formatMillionths,
  isCurrency,
  lineNetMinor,
  minorUnits,
  parseDecimal,
  parseMillionths,
  portionMinor,
  splitByWeights,
  taxMinor,
} from '../../src/domain/money.ts';

/** One currency for each number of decimal places that ISO 4217 knows. */
const CURRENCIES = ['JPY', 'EUR', 'KWD', 'CLF'] as const;
const currency = fc.constantFrom(...CURRENCIES);
const minor = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

function parsed(text: string, code: string): number | string {
  const result = parseDecimal(text, code);
  return result.ok ? result.minor : result.refusal.code;
}

describe('currencies', () => {
  it('take their decimals from ISO 4217', () => {
    assert.deepEqual(
      ['JPY', 'EUR', 'HUF', 'KWD', 'CLF'].map((code) => exponentOf(code)),
      [0, 2, 2, 3, 4],
    );
  });

  it('are three capital letters each, and enough of them', () => {
    assert.ok(CURRENCY_EXPONENTS.size > 150);
    assert.deepEqual(
      [...CURRENCY_EXPONENTS.keys()].filter((code) => !/^[A-Z]{3}$/.test(code)),
      [],
    );
  });

  it('are refused when unknown', () => {
    assert.equal(isCurrency('EUR'), true);
    assert.equal(isCurrency('eur'), false);
    assert.throws(() => exponentOf('XXX'), /unknown currency/);
    assert.equal(parsed('1.00', 'XXX'), 'amount_invalid');
  });
});

describe('an amount as text', () => {
  it('is read into minor units', () => {
    const cases: readonly [string, string, number][] = [
      ['1234.56', 'EUR', 123456],
      ['1234.5', 'EUR', 123450],
      ['1234', 'EUR', 123400],
      ['-0.05', 'EUR', -5],
      ['007', 'JPY', 7],
      ['1.500', 'EUR', 150],
      ['0.001', 'KWD', 1],
      ['0.0001', 'CLF', 1],
      ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
    ];
    for (const [text, code, expected] of cases) assert.equal(parsed(text, code), expected, `${text} ${code}`);
  });

  it('is never minus zero', () => {
    assert.ok(Object.is(parsed('-0.00', 'EUR'), 0));
    assert.ok(Object.is(minorUnits(-0), 0));
  });

  it('is refused in any other spelling', () => {
    const spellings = [
      '',
      '1,5',
      '1.234,56',
      '1e3',
      '+1',
      ' 1',
      '1.',
      '.5',
      '0x1',
      '١',
      '1.005',
      '90071992547409.92',
      'NaN',
      '--1',
    ];
    for (const text of spellings) assert.equal(parsed(text, 'EUR'), 'amount_invalid', text);
    assert.equal(parsed('1.5', 'JPY'), 'amount_invalid');
  });

  it('comes back as it was, for every currency', () => {
    fc.assert(
      fc.property(minor, currency, (amount, code) => {
        assert.equal(parsed(formatDecimal(amount, code), code), amount === 0 ? 0 : amount);
      }),
    );
  });

  it('is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.string(), currency, (text, code) => {
        const result = parseDecimal(text, code);
        if (result.ok) assert.ok(Number.isSafeInteger(result.minor));
        else assert.equal(result.refusal.code, 'amount_invalid');
      }),
    );
  });

  it('is shown with the decimals of its currency', () => {
    assert.equal(formatDecimal(-5, 'EUR'), '-0.05');
    assert.equal(formatDecimal(5, 'JPY'), '5');
    assert.equal(formatDecimal(5, 'KWD'), '0.005');
    assert.equal(formatDecimal(12345, 'CLF'), '1.2345');
    assert.equal(formatDecimal(900719925474099100n, 'EUR'), '9007199254740991.00');
  });
});

describe('minor units', () => {
  it('never travel on when they are not a safe integer', () => {
    for (const broken of [0.5, Number.NaN, Infinity, 2 ** 53, 2n ** 60n])
      assert.throws(() => minorUnits(broken), /defect/);
  });
});

describe('halves', () => {
  it('go away from zero', () => {
    assert.deepEqual(
      [5n, -5n, 4n, -4n, 15n, 0n].map((value) => divideHalfUp(value, 10n)),
      [1n, -1n, 0n, 0n, 2n, 0n],
    );
    assert.throws(() => divideHalfUp(1n, 0n), /defect/);
  });

  it('are rounded to the nearest, within a half', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        (a, b) => {
          const error = 2n * (divideHalfUp(a, b) * b - a);
          assert.ok(error <= b && error >= -b);
        },
      ),
    );
  });
});

describe('quantities and prices', () => {
  it('are read and shown to a millionth', () => {
    assert.equal(parseMillionths('1.5'), 1_500_000n);
    assert.equal(formatMillionths(1_500_000n), '1.5');
    assert.equal(formatMillionths(1n), '0.000001');
    for (const text of ['', '-1', '1.0000001', '1,5', '1.']) assert.equal(parseMillionths(text), null, text);
  });

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), (value) => {
        assert.equal(parseMillionths(formatMillionths(value)), value);
      }),
    );
  });

  it('make the net of a line in every currency', () => {
    const net = (quantity: string, unitPrice: string, code: string): number =>
      lineNetMinor({
        quantity: parseMillionths(quantity) ?? 0n,
        unitPrice: parseMillionths(unitPrice) ?? 0n,
        currency: code,
      });
    assert.equal(net('3', '0.333333', 'EUR'), 100);
    assert.equal(net('0.5', '0.01', 'EUR'), 1);
    assert.equal(net('1.5', '101', 'JPY'), 152);
    assert.equal(net('2', '1.2345', 'KWD'), 2469);
    assert.equal(net('2', '1.23456', 'CLF'), 24691);
  });
});

describe('tax', () => {
  it('is rounded half up on the line', () => {
    assert.equal(taxMinor(10_000, 1900), 1900);
    assert.equal(taxMinor(50, 1900), 10);
    assert.equal(taxMinor(-50, 1900), -10);
    assert.equal(taxMinor(1, 0), 0);
    assert.equal(taxMinor(3, 10_000), 3);
  });
});

describe('portions of a whole', () => {
  it('sum to the whole however it is cut', () => {
    fc.assert(
      fc.property(
        minor,
        fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 }),
        (total, cuts) => {
          const whole = cuts.reduce((sum, cut) => sum + cut, 0n);
          let before = 0n;
          let sum = 0n;
          for (const portion of cuts) {
            sum += BigInt(portionMinor({ totalMinor: total, whole, before, portion }));
            before += portion;
          }
          assert.equal(sum, BigInt(total));
        },
      ),
    );
  });

  it('are each within one minor unit of their share', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 9 }),
        fc.nat(1000),
        fc.nat(1000),
        fc.nat(1000),
        (total, a, b, rest) => {
          const whole = a + b + rest + 1;
          const got = portionMinor({ totalMinor: total, whole: BigInt(whole), before: BigInt(a), portion: BigInt(b) });
          assert.ok(Math.abs(got - (total * b) / whole) <= 1);
        },
      ),
    );
  });

  it('lie inside the whole or are a defect', () => {
    assert.throws(() => portionMinor({ totalMinor: 10, whole: 2n, before: 1n, portion: 2n }), /defect/);
    assert.throws(() => portionMinor({ totalMinor: 10, whole: 0n, before: 0n, portion: 0n }), /defect/);
  });
});

describe('a split by weights', () => {
  it('gives the rest to the largest remainders', () => {
    assert.deepEqual(splitByWeights(100, [1, 1, 1]), [34, 33, 33]);
    assert.deepEqual(splitByWeights(-100, [1, 1, 1]), [-34, -33, -33]);
    assert.deepEqual(splitByWeights(5, [0, 3, 7]), [0, 2, 3]);
    assert.throws(() => splitByWeights(1, [0, 0]), /defect/);
    assert.throws(() => splitByWeights(1, [2, -1]), /defect/);
  });

  it('loses nothing, and no share is more than a minor unit off or on the wrong side', () => {
    fc.assert(
      fc.property(
        minor,
        fc
          .array(fc.nat(10 ** 9), { minLength: 1, maxLength: 30 })
          .filter((weights) => weights.some((weight) => weight > 0)),
        (total, weights) => {
          const shares = splitByWeights(total, weights).map(BigInt);
          const sum = weights.reduce((all, weight) => all + BigInt(weight), 0n);
          assert.equal(
            shares.reduce((all, share) => all + share, 0n),
            BigInt(total),
          );
          for (const [index, share] of shares.entries()) {
            const error = share * sum - BigInt(total) * BigInt(weights[index] ?? 0);
            assert.ok(error < sum && error > -sum);
            assert.ok(share * BigInt(Math.sign(total)) >= 0n);
          }
        },
      ),
    );
  });
});
