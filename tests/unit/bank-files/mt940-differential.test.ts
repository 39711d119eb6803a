// What MT940 files say is the same for our reader and for one that others wrote (mt940js), where that one is right.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { readMt940 } from '../../../src/domain/bank-files/mt940.ts';
import { brokenIn, endsOf, eventsOf, linesOf, statementsOf } from './events-of.ts';

const day = z.date().transform((date) => date.toISOString().slice(0, 10));
/** Its amounts are floats; below a million they name their cents. */
const cents = z.number().transform((amount) => Math.round(amount * 100) + 0);
const statements = z.array(
  z.object({
    transactionReference: z.string(),
    accountIdentification: z.string(),
    openingBalance: cents,
    closingBalance: cents,
    openingBalanceDate: day,
    closingBalanceDate: day,
    transactions: z.array(
      z.object({
        amount: cents,
        date: day,
        entryDate: z.union([day, z.literal('')]),

        transactionType: z.string(),
        reference: z.string(),
        bankReference: z.string(),
        extraDetails: z.string(),
        details: z.string().optional(),
      }),
    ),
  }),
);
const oracle: unknown = createRequire(import.meta.url)('mt940js');

/** Its answer in the shape of ours. */
function theirs(text: string): z.infer<typeof statements> {
  assert.ok(typeof oracle === 'object' && oracle !== null && 'Parser' in oracle && typeof oracle.Parser === 'function');
  const parser: unknown = Reflect.construct(oracle.Parser, []);
  assert.ok(typeof parser === 'object' && parser !== null && 'parse' in parser && typeof parser.parse === 'function');
  return statements.parse(Reflect.apply(parser.parse, parser, [text]));
}

const reference = fc
  .stringMatching(/^[A-Z0-9][A-Z0-9.-]{0,14}[A-Z0-9]$/)
  .filter((text) => !/^(NONREF|[EK]REF|NOREF)$/.test(text));
const movement = fc.record({
  mark: fc.constantFrom('C', 'D', 'RC', 'RD'),
  funds: fc.constantFrom('', 'R'),
  minor: fc.integer({ min: 1, max: 99_999_999 }),
  value: fc.constantFrom('261102', '261130', '240229'),
  entry: fc.constantFrom('', '1103', '1129'),
  code: fc.constantFrom('NTRF', 'N195', 'FMSC', 'S103'),
  customer: fc.oneof(reference, fc.constant('NONREF')),
  bank: fc.option(reference),
  extra: fc.option(fc.stringMatching(/^[A-Z][A-Z0-9 ]{0,30}[A-Z]$/)),
  details: fc.array(fc.stringMatching(/^[A-Z][A-Za-z0-9 .,]{0,50}[a-z]$/), { maxLength: 4 }),
});
type Written = typeof movement extends fc.Arbitrary<infer T> ? T : never;
const file = fc.array(
  fc.record({
    openingMinor: fc.integer({ min: -9_999_999, max: 9_999_999 }),
    movements: fc.array(movement, { maxLength: 6 }),
  }),
  { minLength: 1, maxLength: 3 },
);

const comma = (minor: number): string => `${Math.trunc(minor / 100)},${String(minor % 100).padStart(2, '0')}`;
const balance = (minor: number, on: string): string => `${minor < 0 ? 'D' : 'C'}${on}EUR${comma(Math.abs(minor))}`;
const signed = ({ mark, minor }: Written): number => (mark === 'C' || mark === 'RD' ? minor : -minor);

function writeMovement(each: Written): string {
  const bank = each.bank === null ? '' : `//${each.bank}`;
  const extra = each.extra === null ? '' : `\n${each.extra}`;
  const text = each.details.length === 0 ? '' : `\n:86:${each.details.join('\n')}`;
  return `:61:${each.value}${each.entry}${each.mark}${each.funds}${comma(each.minor)}${each.code}${each.customer}${bank}${extra}${text}`;
}

describe('MT940 read by us and by mt940js', () => {
  it('is the same, movement by movement', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.boolean(), async (written, isCrLf) => {
        const text = written
          .map(({ openingMinor, movements }, index) => {
            const closing = openingMinor + movements.reduce((sum, each) => sum + signed(each), 0);
            const lines = movements.map((each) => `${writeMovement(each)}\n`).join('');
            return `:20:S${index}\n:25:4711${index}\n:28C:${index + 1}/1\n:60F:${balance(openingMinor, '261101')}\n${lines}:62F:${balance(closing, '261130')}\n-\n`;
          })
          .join('');
        const content = isCrLf ? text.replaceAll('\n', '\r\n') : text;
        const [events, other] = [await eventsOf(readMt940, content), theirs(content)];
        assert.deepEqual(brokenIn(events), []);
        assert.deepEqual(
          statementsOf(events).map((each) => [each.statementId, each.account.number]),
          other.map((each) => [each.transactionReference, each.accountIdentification]),
        );
        assert.deepEqual(
          endsOf(events).map(({ opening, closing }) => [
            opening?.amountMinor,
            opening?.on,
            closing?.amountMinor,
            closing?.on,
          ]),
          other.map((each) => [
            each.openingBalance,
            each.openingBalanceDate,
            each.closingBalance,
            each.closingBalanceDate,
          ]),
        );
        const transactions = other.flatMap((each) => each.transactions);
        // Blanks are left out: the other reader leaves lines apart, where ours puts them together.
        assert.deepEqual(
          linesOf(events).map((each) => ({
            amountMinor: each.amountMinor,
            valueOn: each.valueOn,
            code: each.transactionCode,
            reference: each.endToEndId ?? 'NONREF',
            bankReference: each.bankReference ?? '',
            text: each.texts.join('').replaceAll(/\s/g, ''),
          })),
          transactions.map((each) => ({
            amountMinor: each.amount,
            valueOn: each.date,
            code: each.transactionType,
            reference: each.reference.trim(),
            bankReference: each.bankReference.trim(),
            text: `${each.extraDetails} ${each.details ?? ''}`.replaceAll(/\s/g, ''),
          })),
        );
        // It takes the year of the value date for the entry's, which is wrong only beyond the turn of the year.
        const entries = linesOf(events).map((each) => each.bookedOn);
        assert.deepEqual(
          entries,
          transactions.map((each) => (each.entryDate === '' ? each.date : nearest(each.entryDate, each.date))),
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** The same day of the year in which it lies nearest to the other. */
function nearest(entry: string, value: string): string {
  const years = [-1, 0, 1].map((shift) => `${Number(value.slice(0, 4)) + shift}${entry.slice(4)}`);
  const distance = (date: string): number => Math.abs(Date.parse(date) - Date.parse(value));
  return years.sort((a, b) => distance(a) - distance(b))[0] ?? assert.fail();
}
