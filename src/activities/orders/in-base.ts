// Amounts of an order in the legal entity's currency, at the rate that the order was taken in at.

import { wholeInBase } from '../../domain/exchange.ts';
import type { OrderHead } from '../../database/queries/order-context.ts';

/** @returns the amount itself where the currencies are the same */
export function inBase(order: OrderHead, amountMinor: number): number {
  const { currency, entityCurrency: baseCurrency, exchangeRate: rate } = order;
  return rate === null || amountMinor === 0 ? amountMinor : wholeInBase({ amountMinor, rate, currency, baseCurrency });
}
