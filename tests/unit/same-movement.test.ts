// Which lines of two sources are the same movement: what references say, counted one to one, and a doubt where they say nothing.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sameMovements, type ToldLine } from '../../src/domain/same-movement.ts';

let made = 0;

function line(told: Partial<ToldLine> = {}): ToldLine {
  made += 1;
  const none = { endToEndId: null, trace: null, bankReference: null, texts: [], structuredReferences: [], batch: null };
  return { id: `line-${String(made)}`, position: made, amountMinor: 1_000, ...none, ...told };
}

/** `SAME`, `DOUBT` or `NEW` for each fresh line. */
function judged(fresh: readonly ToldLine[], told: readonly ToldLine[]): string[] {
  const { duplicates, unsure } = sameMovements(fresh, told);
  return fresh.map(({ id }) => (duplicates.has(id) ? 'SAME' : unsure.has(id) ? 'DOUBT' : 'NEW'));
}

describe('lines of another source', () => {
  it('with a reference in common are the same movement, wherever the reference stands and however it is spelled', () => {
    assert.deepEqual(judged([line({ endToEndId: 'E2E-1' })], [line({ endToEndId: 'e2e 1' })]), ['SAME']);
    assert.deepEqual(judged([line({ trace: '00077' })], [line({ bankReference: '77' })]), ['SAME']);
    assert.deepEqual(judged([line({ texts: ['INV-1', ' paid'] })], [line({ texts: ['inv1paid'] })]), ['SAME']);
  });

  it('with a text that the other one cuts are the same, unless their payers gave them other names', () => {
    const long = ['Invoice INV-000017 of January'];
    assert.deepEqual(judged([line({ texts: long })], [line({ texts: ['INVOICE INV-000017'] })]), ['SAME']);
    const [one, other] = [line({ texts: long, endToEndId: 'A' }), line({ texts: long, endToEndId: 'B' })];
    assert.deepEqual(judged([one], [other]), ['NEW']);
  });

  it('of another amount or with names of their own are other movements', () => {
    assert.deepEqual(judged([line({ amountMinor: 999, texts: ['A'] })], [line({ texts: ['A'] })]), ['NEW']);
    assert.deepEqual(judged([line({ texts: ['rent of May'] })], [line({ texts: ['a present'] })]), ['NEW']);
  });

  it('without anything that tells them apart are a person’s', () => {
    assert.deepEqual(judged([line()], [line()]), ['DOUBT']);
    assert.deepEqual(judged([line({ texts: ['A'] })], [line()]), ['DOUBT']);
    assert.deepEqual(judged([line()], []), ['NEW']);
  });

  it('that are equal are paired one to one, and one more is one more', () => {
    const equal = () => line({ texts: ['coffee'] });
    assert.deepEqual(judged([equal(), equal(), equal()], [equal(), equal()]), ['SAME', 'SAME', 'NEW']);
  });

  it('that could be told apart in more than one way are a person’s', () => {
    const [both, one] = [line({ endToEndId: 'A', trace: 'B' }), line({ endToEndId: 'A' })];
    assert.deepEqual(judged([both, one], [line({ endToEndId: 'A' }), line({ trace: 'B' })]), ['DOUBT', 'DOUBT']);
  });

  it('are doubted where one source tells a booking as a whole and the other by its parts', () => {
    const parts = [400, 600].map((amountMinor) => line({ amountMinor, batch: 'B', texts: [String(amountMinor)] }));
    assert.deepEqual(judged([line({ texts: ['SUM'] })], parts), ['DOUBT']);
    assert.deepEqual(judged(parts, [line({ texts: ['SUM'] })]), ['DOUBT', 'DOUBT']);
  });

  it('never take a line twice, and are judged alike in whatever order they come', () => {
    const few = fc.constantFrom(null, 'A', 'B', 'C');
    const some = fc.array(
      fc.record({ amountMinor: fc.constantFrom(100, 200), endToEndId: few, trace: few, text: few }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(some, some, (fresh, told) => {
        const linesOf = (given: typeof fresh): ToldLine[] =>
          given.map(({ text, ...rest }) => line({ ...rest, texts: text === null ? [] : [text] }));
        const [left, right] = [linesOf(fresh), linesOf(told)];
        const { duplicates, unsure } = sameMovements(left, right);
        assert.equal(new Set(duplicates.values()).size, duplicates.size);
        for (const id of duplicates.keys()) assert.ok(!unsure.has(id));
        const reversed = sameMovements([...left].reverse(), [...right].reverse());
        assert.deepEqual([...reversed.duplicates.keys()].sort(), [...duplicates.keys()].sort());
        assert.deepEqual([...reversed.unsure.keys()].sort(), [...unsure.keys()].sort());
      }),
    );
  });

  it('are judged quickly where thousands are alike', () => {
    const many = (text: string) =>
      Array.from({ length: 3_000 }, (_, index) => line({ texts: [`${text} ${String(index)}`] }));
    const { duplicates, unsure } = sameMovements(many('subscription'), many('subscription'));
    assert.deepEqual([duplicates.size, unsure.size], [3_000, 0]);
  });
});
