// What an order or opening item must find before it is stored: its legal entity, its customer, the rate of its currency.

import type { Db } from '../../../database/client.ts';
import { rateOfDay } from '../../../database/queries/exchange-rates.ts';
import type { OrderGround } from '../../../database/queries/orders.ts';
import { fitsInBase, wholeInBase } from '../../../domain/exchange.ts';
import { accepted, notFound, Problem } from '../../problem.ts';

export interface FirmGround extends OrderGround {
  readonly customerId: string;
  readonly customerTermsDays: number;
}

/** @throws Problem 404 without the legal entity, 422 without the customer */
export function groundOf(ground: OrderGround | null, asked: { legalEntity: string; customer: string }): FirmGround {
  if (ground === null) throw notFound('legal entity');
  if (ground.customerId === null || ground.customerTermsDays === null) {
    throw customerUnknown(asked);
  }
  return { ...ground, customerId: ground.customerId, customerTermsDays: ground.customerTermsDays };
}

/** The refusal of a customer number that the legal entity does not have. */
export function customerUnknown(asked: { legalEntity: string; customer: string }): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'customer_unknown',
    text: `${asked.legalEntity} has no customer "${asked.customer}".`,
    hint: 'Create the customer with POST /v1/customers first.',
    details: { customer: asked.customer },
  });
}

/** How an amount in a foreign currency gets into the books; `null`: it is in the legal entity's own. */
export interface ForeignCurrency {
  readonly rate: string;
  readonly baseCurrency: string;
}

/**
 * The rate at which an amount is taken into the books: the caller's, else that of the day.
 *
 * @param asked.on the day of the money; without it: today
 * @throws Problem 422 `exchange_rate_missing`, or `exchange_rate_not_needed` for the legal entity's own currency
 */
export async function foreignCurrency(
  db: Db,
  asked: {
    legalEntityId: string;
    currency: string;
    entityCurrency: string;
    rate: string | null;
    now: number;
    on?: string;
  },
): Promise<ForeignCurrency | null> {
  const { rate, entityCurrency: baseCurrency, ...day } = asked;
  if (asked.currency !== baseCurrency) {
    return { rate: rate ?? accepted(await rateOfDay(db, day)).rate, baseCurrency };
  }
  if (rate === null) return null;
  throw new Problem({
    kind: 'unprocessable',
    code: 'exchange_rate_not_needed',
    text: `${asked.legalEntityId} keeps its books in ${baseCurrency}: an amount in it has no exchange rate.`,
    hint: 'Leave the rate out.',
  });
}

/** What an amount is in the books' own currency. @throws Problem 422 `amount_too_large` when it leaves the safe integers there */
export function inBase(amountMinor: number, currency: string, foreign: ForeignCurrency): number {
  const amount = { amountMinor, currency, ...foreign };
  if (fitsInBase(amount)) return wholeInBase(amount);
  throw new Problem({
    kind: 'unprocessable',
    code: 'amount_too_large',
    text: `The amount is worth more than can be kept in ${foreign.baseCurrency}.`,
    hint: 'Check the amount and the exchange rate.',
  });
}

/** Whether an amount is in the currency of what it is about: an order's, a payment's, a limit's. @throws Problem 422 `currency_not_supported` */
export function requireCurrency(asked: { legalEntity: string; currency: string }, expected: string): void {
  if (asked.currency === expected) return;
  throw new Problem({
    kind: 'unprocessable',
    code: 'currency_not_supported',
    text: `An amount in ${expected} is expected here, not in ${asked.currency}.`,
    hint: `Send amounts in ${expected}.`,
    details: { supported: [expected], legalEntity: asked.legalEntity },
  });
}
