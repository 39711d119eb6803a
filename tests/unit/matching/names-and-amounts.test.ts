// Names, amounts and sums: what they tell by themselves.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exactBits, fitAmount } from '../../../src/domain/matching/amount-fit.ts';
import { foldName, indexNames, matchName } from '../../../src/domain/matching/names.ts';
import { DEFAULT_MATCHING_POLICY } from '../../../src/domain/matching/policy.ts';
import { seekSubsets } from '../../../src/domain/matching/subset-sum.ts';
import type { MatchItem } from '../../../src/domain/matching/types.ts';
import { item } from '../../harness/matching.ts';

describe('names', () => {
  const names = indexNames(
    ['Rossi & Figli S.p.A.', 'Müller & Co. GmbH', 'Müller & Co. AG', 'Highline Aerospace', 'Łódź Steel Sp. z o.o.'].map(
      (text, owner) => ({ owner, text }),
    ),
  );
  const first = (text: string): number | undefined => matchName(names, text)[0]?.owner;

  it('are the same without accents, dots, case and legal form', () => {
    assert.deepEqual(foldName('Rossi & Figli S.p.A.').words, ['ROSSI', 'FIGLI']);
    assert.equal(first('ROSSI E FIGLI SPA'), 0);
    assert.equal(first('lodz steel'), 4);
    assert.equal(first('HIGHLNE AEROSPACE'), 3, 'a letter is missing');
    assert.equal(first('HA Holdings'), 3, 'initials');
    assert.deepEqual(matchName(names, 'Zebra Partners'), []);
  });

  it('tell companies of one name apart by their legal form', () => {
    const matches = matchName(names, 'Muller & Co. AG');
    assert.equal(matches[0]?.owner, 2);
    assert.ok((matches[0]?.bits ?? 0) > (matches[1]?.bits ?? 0));
  });
});

describe('amounts', () => {
  const open = (given: Partial<MatchItem>): { item: MatchItem; openMinor: number }[] => {
    const one = item({ id: 'INV-1', openMinor: 100_000, ...given });
    return [{ item: one, openMinor: one.openMinor }];
  };
  const fit = (amountMinor: number, given: Partial<MatchItem> = {}, chargesMinor = 0) =>
    fitAmount(
      open(given),
      { amountMinor, chargesMinor, currency: 'EUR', valueOn: '2026-03-20' },
      DEFAULT_MATCHING_POLICY,
    ).kind;
  const discounts = [{ until: '2026-03-18', amountMinor: 2_000 }];

  it('fit exactly, less what was agreed or kept, nearly, partly or not', () => {
    assert.equal(fit(100_000), 'exact');
    assert.equal(fit(98_000, { discounts }), 'discount', 'two days late is within the grace');
    assert.equal(fit(98_000, { discounts: [{ until: '2026-03-01', amountMinor: 2_000 }] }), 'late_discount');
    assert.equal(fit(70_000, { disputedMinor: 30_000 }), 'disputed');
    assert.equal(fit(98_500, {}, 1_500), 'charges');
    assert.equal(fit(99_950), 'tolerance');
    assert.equal(fit(97_000), 'short');
    assert.equal(fit(40_000), 'part');
    assert.equal(fit(100_100), 'over');
  });

  it('tell less when they are round', () => {
    assert.ok(exactBits(123_457) > exactBits(120_000));
  });
});

describe('sums without references', () => {
  it('are found with the fewest items, credits included', () => {
    const items = [500, 300, 200, -100].map((minor, place) => ({ place, minor }));
    assert.deepEqual(seekSubsets(items, 700, 2).subsets, [[0, 2]]);
    assert.deepEqual(seekSubsets(items, 100, 2).subsets, [[2, 3]]);
  });

  it('add up to what is wanted, whatever the items', () => {
    const minors = fc.array(
      fc.integer({ min: -5_000, max: 100_000 }).filter((minor) => minor !== 0),
      { minLength: 2, maxLength: 60 },
    );
    fc.assert(
      fc.property(minors, fc.integer({ min: 1, max: 200_000 }), (all, wanted) => {
        const { subsets } = seekSubsets(
          all.map((minor, place) => ({ place, minor })),
          wanted,
          2,
        );
        for (const subset of subsets) {
          assert.equal(new Set(subset).size, subset.length);
          assert.equal(
            subset.reduce((sum, place) => sum + (all[place] ?? NaN), 0),
            wanted,
          );
        }
      }),
    );
  });
});
