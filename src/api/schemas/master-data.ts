// How legal entities, customers and items look in requests and answers.

import { z } from 'zod';
import { DISCOUNT_TERMS_MAX } from '../../domain/discount-terms.ts';
import { TAX_CODES_MAX } from '../limits.ts';
import {
  address,
  businessNumber,
  country,
  currency,
  decimal,
  instant,
  language,
  legalEntityId,
  mailAddress,
  money,
  shortText,
  text,
  uuid,
  zone,
} from './common.ts';
import { policySchema } from './policy.ts';

const rate = z
  .string()
  .regex(/^(?:100(?:\.0{1,2})?|\d{1,2}(?:\.\d{1,2})?)$/, 'a percentage such as "19.00" is expected')
  .meta({ examples: ['19.00'], description: 'Percent.' });

/** A percentage in basis points: `19.00` → 1900. */
export function readRate(percent: string): number {
  const [whole = '0', decimals = ''] = percent.split('.');
  return Number(whole) * 100 + Number(decimals.padEnd(2, '0'));
}

/** Basis points as a percentage: 1900 → `19.00`. */
export function showRate(rateBp: number): string {
  return `${String(Math.floor(rateBp / 100))}.${String(rateBp % 100).padStart(2, '0')}`;
}

const iban = z.string().regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/, 'an IBAN without blanks is expected');
const bic = z.string().regex(/^[A-Z0-9]{8}(?:[A-Z0-9]{3})?$/, 'a BIC is expected');
const taxCode = z.strictObject({ code: shortText, rate, description: text });

const entity = {
  id: legalEntityId,
  name: text,
  country,
  zone,
  currency,
  invoicePrefix: z
    .string()
    .max(20)
    .regex(/^[A-Za-z0-9._/-]*$/, 'letters, digits and . _ / - are expected')
    .meta({ description: 'What invoice numbers begin with.', examples: ['RE-'] }),
  taxCodes: z
    .array(taxCode)
    .max(TAX_CODES_MAX)
    .refine((codes) => new Set(codes.map(({ code }) => code)).size === codes.length, 'each code once is expected'),
};

export const newLegalEntity = z
  .strictObject({
    ...entity,
    address: address.optional(),
    taxNumber: shortText.optional(),
    email: mailAddress.optional(),
    iban: iban.optional(),
    bic: bic.optional(),
    policy: policySchema.optional().meta({ description: 'Version 1; the one Quittance comes with when not given.' }),
  })
  .meta({ id: 'NewLegalEntity' });

export const legalEntitySchema = z
  .strictObject({
    ...entity,
    address,
    taxNumber: z.string().nullable(),
    email: z.string().nullable(),
    iban: z.string().nullable(),
    bic: z.string().nullable(),
    createdAt: instant,
  })
  .meta({ id: 'LegalEntity' });

const termsDays = z.int().min(0).max(365).meta({ description: 'Net days.' });

const earlyPaymentDiscount = z
  .array(
    z.strictObject({
      days: z.int().min(0).max(365).meta({ description: "From the invoice's date." }),
      percent: rate.refine((value) => readRate(value) > 0 && readRate(value) < 10_000, 'more than 0 and less than 100'),
    }),
  )
  .max(DISCOUNT_TERMS_MAX)
  .refine(
    (tiers) =>
      tiers.every((tier, index) => {
        const before = tiers[index - 1];
        return before === undefined || (before.days < tier.days && readRate(before.percent) > readRate(tier.percent));
      }),
    'rising days with falling percentages are expected',
  )
  .meta({
    description: 'What may be taken off an invoice that is paid early; good for orders that come from then on.',
  });
const parent = businessNumber
  .nullable()
  .meta({ description: 'The number of the customer that may pay for this one, such as its holding.' });

export const newCustomer = z
  .strictObject({
    legalEntity: legalEntityId,
    number: businessNumber,
    name: text,
    email: mailAddress.nullish(),
    address: address.optional(),
    country,
    zone,
    language,
    taxNumber: shortText.nullish(),
    termsDays,
    earlyPaymentDiscount: earlyPaymentDiscount.optional(),
    parent: parent.optional(),
    creditLimit: money.nullable().meta({ description: '`null`: no limit is kept.' }),
  })
  .meta({ id: 'NewCustomer' });
export type NewCustomer = z.infer<typeof newCustomer>;

export const customerChange = z
  .strictObject({
    name: text.optional(),
    email: mailAddress.nullable().optional(),
    address: address.optional(),
    country: country.optional(),
    zone: zone.optional(),
    language: language.optional(),
    taxNumber: shortText.nullable().optional(),
    termsDays: termsDays.optional(),
    earlyPaymentDiscount: earlyPaymentDiscount.optional(),
    parent: parent.optional(),
  })
  .meta({ id: 'CustomerChange' });

export const customerSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    number: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    address: z.array(z.string()),
    country: z.string(),
    zone: z.string(),
    language: z.string(),
    taxNumber: z.string().nullable(),
    termsDays: z.int(),
    earlyPaymentDiscount: z.array(z.strictObject({ days: z.int(), percent: z.string() })),
    parent: z.string().nullable().meta({ description: 'The number of the customer that may pay for this one.' }),
    creditLimit: money.nullable(),
    limitUntil: z
      .string()
      .nullable()
      .meta({ description: 'Last day on which the limit is good; `null`: without an end.' }),
    group: z
      .string()
      .nullable()
      .meta({ description: 'The number of its group, whose limit counts in place of its own.' }),
    isBlocked: z.boolean(),
    createdAt: instant,
  })
  .meta({ id: 'Customer' });

const itemKind = z.enum(['goods', 'service']);

export const newItem = z
  .strictObject({
    legalEntity: legalEntityId,
    number: businessNumber,
    description: text,
    kind: itemKind,
    unitPrice: decimal,
    taxCode: shortText,
  })
  .meta({ id: 'NewItem' });

export const itemChange = z
  .strictObject({
    description: text.optional(),
    kind: itemKind.optional(),
    unitPrice: decimal.optional(),
    taxCode: shortText.optional(),
  })
  .meta({ id: 'ItemChange' });

export const itemSchema = z
  .strictObject({
    legalEntity: legalEntityId,
    number: z.string(),
    description: z.string(),
    kind: itemKind,
    unitPrice: z.string(),
    taxCode: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'Item' });
