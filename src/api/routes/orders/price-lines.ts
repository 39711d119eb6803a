// The lines of a new order with what the catalogue adds: description, price, tax and the amounts that follow.

import type { NewOrderLine, OrderGround } from '../../../database/queries/orders.ts';
import { LINE_VALUE_MAX, lineNetMinor, taxMinor } from '../../../domain/money.ts';
import { Problem } from '../../problem.ts';
import { millionths } from '../../schemas/common.ts';
import type { NewOrder } from '../../schemas/orders.ts';

export interface PricedOrder {
  readonly lines: readonly NewOrderLine[];
  readonly netMinor: number;
  readonly grossMinor: number;
}

/** Prices an order. @throws Problem 422 for items and tax codes that are not known, missing prices, and amounts beyond our range. */
export function priceLines(order: NewOrder, ground: OrderGround): PricedOrder {
  const lines = order.lines.map((line, index) => priceLine(order, ground, { ...line, lineNo: index + 1 }));
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
  const grossMinor = lines.reduce((sum, line) => sum + line.taxMinor, netMinor);
  if (!Number.isSafeInteger(grossMinor)) throw tooLarge('The order');
  if (grossMinor === 0) {
    throw new Problem({
      kind: 'unprocessable',
      code: 'order_without_value',
      text: 'The order is worth nothing: there is nothing to invoice and nothing to collect.',
      hint: 'Give at least one line a price.',
    });
  }
  return { lines, netMinor, grossMinor };
}

function priceLine(
  order: NewOrder,
  ground: OrderGround,
  line: NewOrder['lines'][number] & { lineNo: number },
): NewOrderLine {
  const item = Object.hasOwn(ground.items, line.item) ? ground.items[line.item] : undefined;
  if (item === undefined) throw unknown('item', line.item, `POST /v1/items for ${order.legalEntity} first.`);
  const taxCode = line.taxCode ?? item.taxCode;
  const taxRateBp = Object.hasOwn(ground.taxRates, taxCode) ? ground.taxRates[taxCode] : undefined;
  if (taxRateBp === undefined)
    throw unknown('tax_code', taxCode, 'Use one of the legal entity: GET /v1/legal-entities.');
  if (line.unitPrice === undefined && order.currency !== ground.entityCurrency) throw priceNeeded(order, line.lineNo);
  const unitPrice = line.unitPrice ?? item.unitPrice;
  const factors = { quantity: millionths(line.quantity), unitPrice: millionths(unitPrice), currency: order.currency };
  // Millionths of millionths: what would leave the safe integers is refused before it is rounded.
  if (factors.quantity * factors.unitPrice > LINE_VALUE_MAX) throw tooLarge(`Line ${String(line.lineNo)}`);
  const netMinor = lineNetMinor(factors);
  return {
    lineNo: line.lineNo,
    itemNumber: line.item,
    description: line.description ?? item.description,
    isService: item.isService,
    quantity: line.quantity,
    unitPrice,
    taxCode,
    taxRateBp,
    netMinor,
    taxMinor: taxMinor(netMinor, taxRateBp),
  };
}

/** The catalogue's prices are in the legal entity's own currency, and no price is made by a rate of the day. */
function priceNeeded({ currency }: NewOrder, lineNo: number): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'unit_price_needed',
    text: `Line ${String(lineNo)} has no price in ${currency}: the catalogue's are in the legal entity's own currency.`,
    hint: `Give every line of the order a unitPrice in ${currency}.`,
  });
}

function tooLarge(what: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'amount_too_large',
    text: `${what} is worth more than can be kept.`,
    hint: 'Check quantity and unit price.',
  });
}

function unknown(what: 'item' | 'tax_code', value: string, hint: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: `${what}_unknown`,
    text: `The ${what.replace('_', ' ')} "${value}" is not known.`,
    hint,
    details: { [what]: value },
  });
}
