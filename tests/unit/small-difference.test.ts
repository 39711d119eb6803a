// What is little enough to be written off by itself, and what is not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSmallDifference } from '../../src/domain/small-difference.ts';

/** At most 5.00, and at most 1 % of the item. */
const RULE = { fixedMinor: 500, basisPoints: 100 };

describe('a small difference', () => {
  const cases: readonly [string, number, number, boolean][] = [
    ['is what reaches the fixed bound exactly', 500, 1_000_000, true],
    ['is not a cent above the fixed bound', 501, 1_000_000, false],
    ['is what reaches the share of the item exactly', 100, 10_000, true],
    ['is not a cent above the share of the item', 101, 10_000, false],
    ['is not what only a rounded share would let pass', 1, 99, false],
    ['is never nothing', 0, 10_000, false],
    ['is never what was paid too much', -1, 10_000, false],
  ];
  for (const [name, leftMinor, originalMinor, expected] of cases) {
    it(name, () => {
      assert.equal(isSmallDifference({ leftMinor, originalMinor, rule: RULE }), expected);
    });
  }

  it('is nothing at all without a rule, or with one that allows nothing', () => {
    assert.equal(isSmallDifference({ leftMinor: 1, originalMinor: 10_000, rule: null }), false);
    assert.equal(isSmallDifference({ leftMinor: 1, originalMinor: 10_000, rule: { ...RULE, fixedMinor: 0 } }), false);
    assert.equal(isSmallDifference({ leftMinor: 1, originalMinor: 10_000, rule: { ...RULE, basisPoints: 0 } }), false);
  });

  it('is compared exactly, also beyond what a float can multiply', () => {
    const originalMinor = Number.MAX_SAFE_INTEGER;
    const rule = { fixedMinor: originalMinor, basisPoints: 10_000 };
    assert.equal(isSmallDifference({ leftMinor: originalMinor, originalMinor, rule }), true);
    assert.equal(
      isSmallDifference({ leftMinor: originalMinor, originalMinor, rule: { ...rule, basisPoints: 9_999 } }),
      false,
    );
  });
});
