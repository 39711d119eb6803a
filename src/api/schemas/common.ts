// The forms that every route's schemas are made of: numbers, dates, amounts, quantities.

import { z } from 'zod';
import { isZone } from '../../domain/calendar.ts';
import { isIsoDate } from '../../domain/dates.ts';
import { isMailAddress } from '../../domain/mail-address.ts';
import { parseRate } from '../../domain/exchange.ts';
import { formatDecimal, isCurrency, parseDecimal, parseMillionths, type Money } from '../../domain/money.ts';
import { ADDRESS_LINES_MAX, CODE_CHARS_MAX, NOTE_CHARS_MAX, TEXT_CHARS_MAX } from '../limits.ts';
import { accepted, Problem } from '../problem.ts';

export const legalEntityId = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{1,31}$/, 'capitals, digits and hyphens are expected, such as ACME-DE')
  .meta({ description: "A legal entity's ID.", examples: ['ACME-DE'] });

/** Numbers of orders, customers, items and invoices: what people write on paper, without blanks and separators of references. */
export const businessNumber = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/#:-]{0,63}$/, 'letters, digits and . _ / # : - are expected, 64 at most')
  .meta({ examples: ['SO-10045'] });

export const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID is expected');

export const isoDate = z
  .string()
  .refine(isIsoDate, 'an ISO date such as 2026-11-21 is expected')
  .meta({ format: 'date', examples: ['2026-11-21'] });

export const instant = z.string().meta({ format: 'date-time', examples: ['2026-11-21T08:30:00.000Z'] });

export const currency = z
  .string()
  .refine(isCurrency, 'a currency of ISO 4217 is expected')
  .meta({ examples: ['EUR'], pattern: '^[A-Z]{3}$' });

export const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'a country of ISO 3166 is expected, such as DE')
  .meta({ examples: ['DE'] });

export const zone = z
  .string()
  .max(CODE_CHARS_MAX)
  .refine(isZone, 'an IANA time zone is expected, such as Europe/Berlin')
  .meta({ examples: ['Europe/Berlin'] });

export const language = z
  .string()
  .regex(/^[a-z]{2}$/, 'a language of ISO 639-1 is expected, such as de')
  .meta({ examples: ['de'] });

export const mailAddress = z
  .string()
  .refine(isMailAddress, 'one plain e-mail address is expected')
  .meta({
    format: 'email',
    examples: ['ap@customer.example'],
  });

/** One line of text: no control characters, since it lands in letters, documents and headers. */
const LINE = /^[^\u0000-\u001f\u007f\u2028\u2029]*$/;
function line(max: number): z.ZodString {
  return z.string().min(1).max(max).regex(LINE, 'one line without control characters is expected');
}
export const text = line(TEXT_CHARS_MAX);
export const shortText = line(CODE_CHARS_MAX);
export const address = z
  .array(line(TEXT_CHARS_MAX))
  .max(ADDRESS_LINES_MAX)
  .meta({ description: 'Lines of the postal address.' });
export const noteText = z
  .string()
  .min(1)
  .max(NOTE_CHARS_MAX)
  .refine((value) => !value.includes('\u0000'), 'no NUL is expected')
  .meta({ description: 'Free text; kept in the database alone.' });

/** A decimal with up to six places, as quantities and unit prices are. */
export const decimal = z
  .string()
  .regex(/^\d{1,12}(?:\.\d{1,6})?$/, 'a decimal with at most six places is expected, such as "12.5"')
  .meta({ examples: ['12.5'] });
export const quantity = decimal.refine((value) => /[1-9]/.test(value), 'more than zero is expected');

/** An exchange rate; read into its shortest spelling, so that two that are equal are the same text. */
export const exchangeRate = z
  .string()
  .max(CODE_CHARS_MAX)
  .transform((value, context) => {
    const parsed = parseRate(value);
    if (parsed.ok) return parsed.rate;
    context.addIssue({
      code: 'custom',
      message: 'a decimal above 0 with at most ten places is expected, such as "0.9213"',
    });
    return z.NEVER;
  })
  .meta({ description: "Units of the legal entity's currency for one of the other.", examples: ['0.9213'] });

export const money = z
  .strictObject({
    amount: z
      .string()
      .regex(/^-?\d{1,18}(?:\.\d{1,10})?$/, 'a decimal amount such as "1234.56" is expected')
      .meta({ examples: ['1234.56'] }),
    currency,
  })
  .meta({ id: 'Money', description: 'An amount as a plain decimal in the main unit, and its currency.' });
export type MoneyText = z.infer<typeof money>;

/** Reads an amount into minor units. @throws Problem 400 when it has more decimals than its currency. */
export function readMoney(value: MoneyText): Money {
  return { minor: accepted(parseDecimal(value.amount, value.currency)).minor, currency: value.currency };
}

/** Reads an amount that must be more than zero. @throws Problem 400 */
export function readPositive(value: MoneyText): Money {
  const amount = readMoney(value);
  if (amount.minor > 0) return amount;
  throw new Problem({
    kind: 'invalid_input',
    code: 'amount_not_positive',
    text: `${value.amount} ${value.currency} is not more than zero.`,
    hint: 'Send an amount above zero.',
  });
}

/** Shows minor units, or a total of them as text from the database. */
export function showMoney(minor: number | bigint, inCurrency: string): MoneyText {
  return { amount: formatDecimal(minor, inCurrency), currency: inCurrency };
}

/** Reads a decimal that its schema let pass. */
export function millionths(value: string): bigint {
  const read = parseMillionths(value);
  if (read === null) throw new Error('defect: the schema of decimals is wider than their parser');
  return read;
}

/** Shows an instant of the database or the domain. */
export function showInstant(at: number): string;
export function showInstant(at: number | null): string | null;
export function showInstant(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** Shows a numeric of the database without its idle zeros: `5.000000` → `5`. */
export function showDecimal(value: string): string {
  return value.includes('.') ? value.replace(/\.?0+$/, '') : value;
}
