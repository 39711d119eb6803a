// Orders, opening items and payments as the API stores them, straight in the database, before any run has seen them.

import type { Db } from '../../src/database/client.ts';
import { minorFactor, toBase } from '../../src/domain/exchange.ts';
import type { orderStart } from '../../src/workflows/messages.ts';
import type { Company } from './company.ts';

export type OrderHead = Parameters<typeof orderStart>[0];

export interface LineOptions {
  readonly quantity: string;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly isService?: boolean;
}

const ordinaryLine: LineOptions = { quantity: '10', netMinor: 10_000, taxMinor: 1_900 };

/** A currency beside the legal entity's, and the rate at which it came into the books. */
export interface Foreign {
  readonly currency: string;
  readonly rate: string;
}

/** Stores an order; by default of ten pieces for 119.00 EUR gross. */
export async function makeOrder(
  db: Db,
  company: Company,
  options: { number: string; lines?: readonly LineOptions[]; foreign?: Foreign },
): Promise<OrderHead> {
  const lines = options.lines ?? [ordinaryLine];
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
  const grossMinor = lines.reduce((sum, line) => sum + line.netMinor + line.taxMinor, 0);
  return db.transaction().execute(async (tx) => {
    const { id } = await tx
      .insertInto('sales_order')
      .values({
        ...headOf(company, 'order', options.number),
        ...(options.foreign === undefined ? {} : rateOf(options.foreign)),
        ...{ net_minor: netMinor, gross_minor: grossMinor },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('order_line')
      .values(
        lines.map((line, index) => ({
          order_id: id,
          line_no: index + 1,
          item_number: `A-${index + 1}`,
          description: 'A thing',
          is_service: line.isService ?? false,
          quantity: line.quantity,
          unit_price: '1',
          tax_code: 'S',
          tax_rate_bp: 1900,
          net_minor: line.netMinor,
          tax_minor: line.taxMinor,
        })),
      )
      .execute();
    return { id, kind: 'order', number: options.number, ...namesOf(company) };
  });
}

/** Stores an open invoice from elsewhere. */
export async function makeOpening(
  db: Db,
  company: Company,
  options: {
    number: string;
    amountMinor: number;
    invoicedOn: string;
    dueOn: string;
    level?: string;
    foreign?: Foreign;
  },
): Promise<OrderHead> {
  const { number, amountMinor, invoicedOn, dueOn, foreign } = options;
  const base = foreign === undefined ? {} : { baseMinor: toBase({ amountMinor, baseCurrency: 'EUR', ...foreign }) };
  const opening = { amountMinor, ...base, invoicedOn, dueOn, level: options.level ?? 'none', lastLetterOn: null };
  const { id } = await db
    .insertInto('sales_order')
    .values({
      ...headOf(company, 'opening', number),
      ...(foreign === undefined ? {} : rateOf(foreign)),
      net_minor: amountMinor,
      gross_minor: amountMinor,
      opening: JSON.stringify(opening),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, kind: 'opening', number, ...namesOf(company) };
}

/** Stores a payment as received. @returns its ID */
export async function makePayment(
  db: Db,
  company: Company,
  options: { sourceId: string; amountMinor: number; reference: string; source?: string; foreign?: Foreign },
): Promise<string> {
  const { amountMinor, foreign } = options;
  const { id } = await db
    .insertInto('payment')
    .values({
      legal_entity_id: company.legalEntityId,
      customer_id: company.customerId,
      source: options.source ?? 'psp',
      source_id: options.sourceId,
      amount_minor: amountMinor,
      currency: foreign?.currency ?? 'EUR',
      base_minor: foreign === undefined ? amountMinor : toBase({ amountMinor, baseCurrency: 'EUR', ...foreign }),
      value_on: '2026-01-05',
      reference: options.reference,
      content_hash: 'test',
      created_by: 'test',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

function rateOf({ currency, rate }: Foreign) {
  return { currency, exchange_rate: rate, base_factor: minorFactor({ currency, rate, baseCurrency: 'EUR' }) };
}

function headOf(company: Company, kind: 'order' | 'opening', number: string) {
  return {
    legal_entity_id: company.legalEntityId,
    kind,
    number,
    customer_id: company.customerId,
    currency: 'EUR',
    terms_days: 30,
    content_hash: 'test',
    created_by: 'test',
  };
}

function namesOf(company: Company): { legalEntityId: string; customerNumber: string } {
  return { legalEntityId: company.legalEntityId, customerNumber: company.customerNumber };
}
