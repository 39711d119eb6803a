// References in texts: whole, cut, broken, run together and damaged ones are found, and each is worth what it tells.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findDamaged } from '../../../src/domain/matching/damaged.ts';
import { findNear, findWhole } from '../../../src/domain/matching/mentions.ts';
import { codesOf, compactTexts } from '../../../src/domain/matching/normalise.ts';
import { mayStandIn, piecesOf, withPieces } from '../../../src/domain/matching/pieces.ts';
import { indexReferences } from '../../../src/domain/matching/reference-index.ts';
import { item } from '../../harness/matching.ts';

const numbers = [
  '4081736529',
  '7720461835',
  '1593048276',
  '8802915374',
  '3360718254',
  '9941205763',
  '2017683495',
  '6659120384',
];
const index = indexReferences(numbers.map((number) => item({ id: number })));

function wholeIn(...texts: string[]): string[] {
  return findWhole(index, compactTexts(texts)).map((mention) => index.references[mention.reference]?.printed ?? '');
}

function nearIn(text: string, number: string): { edits: number; isCut: boolean } | null {
  const mention = findNear(index, compactTexts([text]), numbers.indexOf(number));
  return mention === null ? null : { edits: mention.edits, isCut: mention.isCut };
}

describe('whole references', () => {
  it('are found in other spellings, broken by spaces, over two texts, and run together', () => {
    assert.deepEqual(wholeIn('Re. 4081736529 thanks'), ['4081736529']);
    assert.deepEqual(wholeIn('４０８１７３６５２９'), ['4081736529'], 'full-width digits');
    assert.deepEqual(wholeIn('408-173.6529'), ['4081736529']);
    assert.deepEqual(wholeIn('40817', '36529'), ['4081736529']);
    assert.deepEqual(wholeIn('408173652977204618351593048276').sort(), ['1593048276', '4081736529', '7720461835']);
  });

  it('are found without the letters and the zeros in front', () => {
    const own = indexReferences([item({ id: 'RE-2026-000123' }), item({ id: 'INV0000045678' })]);
    const found = (text: string): string[] =>
      findWhole(own, compactTexts([text])).map((mention) => own.references[mention.reference]?.printed ?? '');
    assert.deepEqual(found('re 2026/000123'), ['RE-2026-000123']);
    assert.deepEqual(found('invoice 45678'), ['INV0000045678']);
  });
});

describe('damaged references', () => {
  it('are found with a digit missing, added, changed or swapped, and when an end is cut', () => {
    assert.deepEqual(nearIn('408173529', '4081736529'), { edits: 1, isCut: false });
    assert.deepEqual(nearIn('40817736529', '4081736529'), { edits: 1, isCut: false });
    assert.deepEqual(nearIn('4081736829', '4081736529'), { edits: 1, isCut: false });
    assert.deepEqual(nearIn('4081763529', '4081736529'), { edits: 1, isCut: false }, 'neighbours that changed places');
    assert.deepEqual(nearIn('no 1736529 paid', '4081736529'), { edits: 3, isCut: true });
    assert.equal(nearIn('5555555555', '4081736529'), null);
  });

  it('tell less the more they are damaged', () => {
    const bits = (text: string): number => findNear(index, compactTexts([text]), 0)?.bits ?? -Infinity;
    assert.ok(bits('4081736529') > bits('4081736528'));
    assert.ok(bits('4081736528') > bits('4081736588'));
  });
});

describe('the search for damaged references', () => {
  const digits = (length: number) =>
    fc.string({
      minLength: length,
      maxLength: length,
      unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
    });

  it('agrees with the distance that is computed cell by cell', () => {
    fc.assert(
      fc.property(digits(8), digits(20), (pattern, text) => {
        const compact = compactTexts([text]);
        const hit = findDamaged(codesOf(pattern), compact, { from: 0, to: text.length, editsMax: 8 });
        const best = searchDistance(pattern, text);
        assert.ok(hit !== null && (hit.edits === best || (best === 2 && hit.edits === 1)));
      }),
    );
  });

  it('is never spared where one edit was made', () => {
    fc.assert(
      fc.property(digits(10), fc.integer({ min: 0, max: 9 }), fc.constantFrom('', '0', '55'), (pattern, place, put) => {
        const text = compactTexts([`${pattern.slice(0, place)}${put}${pattern.slice(place + 1)}`]);
        const pieces = piecesOf(codesOf(pattern), 0, 2);
        withPieces(text.codes, text.codes.length, () => assert.ok(mayStandIn(pieces)));
      }),
    );
  });
});

/** Sellers' dynamic programme: the fewest edits between a pattern and any part of a text. */
function searchDistance(pattern: string, text: string): number {
  let row = Array.from({ length: pattern.length + 1 }, (_, at) => at);
  let best = pattern.length;
  for (const character of text) {
    const next = [0];
    for (let at = 1; at <= pattern.length; at++) {
      const change = (row[at - 1] ?? 0) + (pattern[at - 1] === character ? 0 : 1);
      next.push(Math.min(change, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
    best = Math.min(best, row[pattern.length] ?? 0);
  }
  return best;
}
