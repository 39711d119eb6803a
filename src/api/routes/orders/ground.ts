// What an order or opening item must find before it is stored: its legal entity, its customer, their currency.

import type { OrderGround } from '../../../database/queries/orders.ts';
import { notFound, Problem } from '../../problem.ts';

export interface FirmGround extends OrderGround {
  readonly customerId: string;
  readonly customerTermsDays: number;
}

/** @throws Problem 404 without the legal entity, 422 without the customer or with a currency that is not the entity's */
export function groundOf(
  ground: OrderGround | null,
  asked: { legalEntity: string; customer: string; currency: string },
): FirmGround {
  if (ground === null) throw notFound('legal entity');
  if (ground.customerId === null || ground.customerTermsDays === null) {
    throw customerUnknown(asked);
  }
  requireCurrency(asked, ground.entityCurrency);
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

/** @throws Problem 422 `currency_not_supported` */
export function requireCurrency(asked: { legalEntity: string; currency: string }, entityCurrency: string): void {
  if (asked.currency === entityCurrency) return;
  throw new Problem({
    kind: 'unprocessable',
    code: 'currency_not_supported',
    text: `${asked.legalEntity} keeps its books in ${entityCurrency}, not in ${asked.currency}.`,
    hint: `Send amounts in ${entityCurrency}.`,
    details: { supported: [entityCurrency] },
  });
}
