// What holds of every statement: sums, capacity, order, hostile texts, and the quality on generated pasts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { measureAnswers } from '../../../bench/matching/quality.ts';
import { buildIndex, matchLines } from '../../../src/domain/matching/match.ts';
import { DEFAULT_MATCHING_POLICY } from '../../../src/domain/matching/policy.ts';
import type { Answer, MatchItem, MatchLine } from '../../../src/domain/matching/types.ts';
import { makePast, NUMBERINGS } from '../../harness/disturbed-past.ts';
import { item, line, match, matchOne, PAYERS } from '../../harness/matching.ts';

const past = (seed: number, invoices = 120) =>
  makePast({
    seed,
    numbering: NUMBERINGS[seed % NUMBERINGS.length] ?? 'random',
    customers: 6,
    invoices,
    disturbed: [200, 450, 250, 100],
  });
const seeds = fc.integer({ min: 1, max: 1_000_000 });
const RUNS = { numRuns: 25 };

function proposalsOf(answer: Answer) {
  return answer.kind === 'post' ? [answer.proposal] : answer.kind === 'propose' ? answer.proposals : [];
}

describe('every statement', () => {
  it('has allocations that sum to the payment, and never more on an item than was open', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { items, lines, payers } = past(seed);
        const open = new Map(items.map((each) => [each.id, each.openMinor]));
        for (const answer of match(items, lines, { payers })) {
          const amountMinor = lines.find((each) => each.id === answer.lineId)?.amountMinor;
          for (const { allocation } of proposalsOf(answer)) {
            const paid = allocation.shares.reduce((sum, share) => sum + share.paidMinor, allocation.onAccountMinor);
            assert.equal(paid, amountMinor);
          }
          if (answer.kind !== 'post') continue;
          for (const share of answer.proposal.allocation.shares) {
            const left = (open.get(share.itemId) ?? NaN) - share.paidMinor - share.toleranceMinor - share.chargesMinor;
            open.set(share.itemId, left);
            assert.ok(left >= 0, `${share.itemId} is used beyond its amount`);
          }
        }
      }),
      RUNS,
    );
  });

  it('has the same answers in whatever order lines and items come', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { items, lines, payers } = past(seed);
        const byLine = (answers: readonly Answer[]) => new Map(answers.map((answer) => [answer.lineId, answer]));
        const straight = byLine(match(items, lines, { payers }));
        const turned = byLine(match(items.toReversed(), shuffle(lines, seed), { payers: payers.toReversed() }));
        for (const [id, answer] of straight) assert.deepEqual(turned.get(id), answer);
      }),
      RUNS,
    );
  });

  it('leaves the index as it was', () => {
    const { items, lines, payers } = past(4);
    const index = buildIndex(items, payers);
    const first = matchLines(index, lines, DEFAULT_MATCHING_POLICY);
    assert.deepEqual(matchLines(index, lines, DEFAULT_MATCHING_POLICY), first);
  });

  it('keeps a certain answer when an unrelated item is opened', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 10_000_000 }), (seed, openMinor) => {
        const { items, lines, payers } = past(seed);
        const stranger = item({ id: 'ZZ-STRANGER-77', customerId: 'C-OTHER', openMinor, currency: 'CHF' });
        const before = match(items, lines, { payers });
        const after = match([...items, stranger], lines, { payers });
        for (const [at, answer] of before.entries()) {
          if (answer.kind !== 'post' || answer.margin < 400 || answer.proposal.score < 800) continue;
          assert.deepEqual(proposalsOf(after[at] ?? answer)[0]?.allocation, answer.proposal.allocation);
        }
      }),
      RUNS,
    );
  });

  it('posts nothing on an amount alone', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 100_000_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(amounts, fc.string({ maxLength: 20 }), (minors, payerName) => {
        const items = minors.map((openMinor, at) => item({ id: `INV-${at}0042`, openMinor }));
        fc.pre(!/nordwind|castello|orion/i.test(payerName));
        const paid = line({ amountMinor: minors[0] ?? 1, payerName, payerAccount: 'XX00 UNKNOWN' });
        assert.notEqual(matchOne(items, paid).kind, 'post');
      }),
    );
  });
});

describe('hostile texts', () => {
  const items: MatchItem[] = Array.from({ length: 400 }, (_, at) =>
    item({ id: String(1_000_000 + at * 7), openMinor: 1_000 + at }),
  );
  const hostile: readonly string[] = [
    '1'.repeat(65_536),
    '1000007'.repeat(9_000),
    Array.from({ length: 9_000 }, (_, at) => String(1_000_000 + at)).join(' '),
    'RF18'.repeat(16_000),
    '\u0000\uD800￿'.repeat(10_000),
    ' '.repeat(65_536),
    'ﷺ'.repeat(20_000),
  ];

  it('are answered within the named limits', () => {
    for (const text of hostile) {
      const lines: MatchLine[] = [
        line({ texts: [text, text], payerName: text, payerAccount: text, structuredReferences: [text] }),
      ];
      const [answer] = match(items, lines, { payers: PAYERS });
      assert.ok(answer !== undefined && answer.lineId === 'L1');
      for (const { allocation } of proposalsOf(answer)) {
        assert.equal(
          allocation.shares.reduce((sum, share) => sum + share.paidMinor, allocation.onAccountMinor),
          123_456,
        );
      }
    }
  });
});

describe('generated pasts', () => {
  for (const numbering of NUMBERINGS) {
    it(`are posted without a mistake worth the name (${numbering})`, () => {
      const made = makePast({ seed: 77, numbering, customers: 25, invoices: 900, disturbed: [400, 400, 150, 50] });
      const quality = measureAnswers(match(made.items, made.lines, { payers: made.payers }), made.truth);
      assert.ok(quality.automaticPrecision >= 0.999, `precision of what is posted: ${quality.automaticPrecision}`);
      assert.ok(quality.precision >= 0.99, `precision: ${quality.precision}`);
      assert.ok(quality.f1 >= 0.95, `F1: ${quality.f1}`);
      assert.ok(quality.automaticShare >= 0.9, `posted: ${quality.automaticShare}`);
    });
  }
});

function shuffle<Value>(values: readonly Value[], seed: number): Value[] {
  return values
    .map((value, at) => ({ value, rank: Math.imul(at + 1, 2_654_435_761 ^ seed) >>> 0 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}
