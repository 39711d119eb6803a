// The advice of a request: told as JSON, or read from the text of a file.

import { z } from 'zod';
import { localDate } from '../../../domain/calendar.ts';
import { readRemittanceFile } from '../../../domain/bank-files/read.ts';
import { parseRemittanceCsvMapping } from '../../../domain/bank-files/remittance-csv.ts';
import { REMITTANCE_LIMITS, type RemittanceAdvice } from '../../../domain/bank-files/remittance-types.ts';
import { BankFileError, type ReadOptions } from '../../../domain/bank-files/types.ts';
import type { RemittanceLine } from '../../../domain/matching/types.ts';
import { accepted, Problem } from '../../problem.ts';
import { isoDate, money, readMoney, readPositive, shortText, text, type MoneyText } from '../../schemas/common.ts';

/** Advices of one request: each of them looks for its money. */
const ADVICES_PER_REQUEST_MAX = 200;

const line = z.strictObject({
  reference: text.meta({ description: 'The number of the invoice, order or credit note.', examples: ['INV-000001'] }),
  paid: money.nullish().meta({ description: 'After reductions; negative for a credit note that is taken.' }),
  reduced: money.nullish().meta({ description: 'A discount or deduction that was taken.' }),
  reasonCode: shortText.nullish().meta({ description: 'Of X12 (element 426), or free.' }),
  isDiscount: z.boolean().optional().meta({ description: 'Whether the reduction is a cash discount.' }),
});

export const toldAdvice = z
  .strictObject({
    amount: money,
    senderName: text.nullish(),
    senderAccount: shortText.nullish(),
    trace: text.nullish().meta({ description: 'What joins it to the money: TRN02, cheque or EFT number.' }),
    paidOn: isoDate.nullish(),
    lines: z.array(line).min(1).max(REMITTANCE_LIMITS.linesPerAdviceMax),
  })
  .meta({ id: 'NewRemittanceAdvice' });
type ToldAdvice = z.infer<typeof toldAdvice>;

export const toldFile = z
  .strictObject({
    format: z.enum(['csv', 'edi820']),
    content: z.string().min(1).meta({ description: 'The text of the file.' }),
    mapping: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Of CSV: its columns, separators and forms of amounts and dates.' }),
  })
  .meta({ id: 'RemittanceFile' });
type ToldFile = z.infer<typeof toldFile>;

/** An advice that was told as JSON. @throws Problem 422 when its lines do not sum to its amount */
export function readTold(told: ToldAdvice): RemittanceAdvice {
  const { minor: amountMinor, currency } = readPositive(told.amount);
  const lines = told.lines.map((one): RemittanceLine => ({
    reference: one.reference,
    paidMinor: inCurrency(one.paid, currency),
    reducedMinor: inCurrency(one.reduced, currency),
    reasonCode: one.reasonCode ?? null,
    isDiscount: one.isDiscount ?? false,
  }));
  const paid = lines.map(({ paidMinor }) => paidMinor);
  const sumMinor = paid.reduce<number>((sum, minor) => sum + (minor ?? 0), 0);
  if (!paid.includes(null) && sumMinor !== amountMinor) {
    throw new Problem({
      kind: 'unprocessable',
      code: 'remittance_sum',
      text: `The lines sum to ${String(sumMinor)} minor units of ${currency}, and the advice says ${String(amountMinor)}.`,
      hint: 'Send lines whose paid amounts sum to the amount of the advice.',
    });
  }
  return {
    ...{ currency, amountMinor, lines, place: 'body' },
    senderName: told.senderName ?? null,
    senderAccount: told.senderAccount ?? null,
    trace: told.trace ?? null,
    paidOn: told.paidOn ?? null,
  };
}

function inCurrency(amount: MoneyText | null | undefined, currency: string): number | null {
  if (amount === null || amount === undefined) return null;
  const read = readMoney(amount);
  if (read.currency === currency) return read.minor;
  throw new Problem({
    kind: 'unprocessable',
    code: 'currency_differs',
    text: `A line is in ${read.currency}, and the advice in ${currency}.`,
    hint: 'Send one advice for each currency.',
  });
}

/**
 * The advices of a file's text that say of money; those of nothing, where credits use up invoices, have none to look for.
 * @throws Problem 422 with the place and what is wrong there
 */
export async function readFile(
  file: ToldFile,
  entity: { currency: string; zone: string; now: number },
): Promise<RemittanceAdvice[]> {
  const options = { accountCurrency: entity.currency, today: localDate(entity.zone, entity.now) };
  const advices: RemittanceAdvice[] = [];
  try {
    for await (const advice of reader(file, options)) {
      if (advice.amountMinor > 0) advices.push(advice);
      if (advices.length > ADVICES_PER_REQUEST_MAX) throw tooMany();
    }
  } catch (error) {
    if (!(error instanceof BankFileError)) throw error;
    throw new Problem({
      kind: 'unprocessable',
      code: error.code.replaceAll('.', '_'),
      text: error.message,
      hint: 'Correct the file at that place, or send another mapping; nothing of it was stored.',
      details: { place: error.place },
    });
  }
  return advices;
}

function reader(file: ToldFile, options: ReadOptions): AsyncIterable<RemittanceAdvice> {
  const { format } = file;
  const mapping = format === 'csv' ? accepted(parseRemittanceCsvMapping(file.mapping ?? {})).mapping : null;
  return readRemittanceFile(format, chunksOf(file.content), { ...options, mapping });
}

// eslint-disable-next-line @typescript-eslint/require-await -- readers take any source of bytes
async function* chunksOf(content: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(content, 'utf8');
}

function tooMany(): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'too_many_advices',
    text: `The file holds more than ${String(ADVICES_PER_REQUEST_MAX)} advices.`,
    hint: 'Send it in parts.',
  });
}
