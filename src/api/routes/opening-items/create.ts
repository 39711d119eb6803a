// POST /v1/opening-items: an open invoice from elsewhere, with its past; it lives on as an order of its own kind.

import { z } from 'zod';
import { insertOrder, orderByNumber, orderGround, type OrderRow } from '../../../database/queries/orders.ts';
import type { OpeningFacts } from '../../../database/queries/order-context.ts';
import { parseRate, rateBetween } from '../../../domain/exchange.ts';
import { LEVELS } from '../../../domain/policy.ts';
import { contentHash, requireSameContent } from '../../content-hash.ts';
import { accepted, Problem } from '../../problem.ts';
import { defineRoute, type Asked } from '../../route.ts';
import {
  businessNumber,
  exchangeRate,
  isoDate,
  legalEntityId,
  money,
  readPositive,
  shortText,
} from '../../schemas/common.ts';
import { orderReceipt } from '../../schemas/orders.ts';
import { answerOrder } from '../orders/answer-order.ts';
import { foreignCurrency, groundOf, inBase, requireCurrency, type ForeignCurrency } from '../orders/ground.ts';

const newOpeningItem = z
  .strictObject({
    legalEntity: legalEntityId,
    customer: businessNumber.meta({ description: "The customer's number." }),
    number: businessNumber.meta({ description: "The invoice's number, outside our own series." }),
    amount: money.meta({ description: 'What is open.' }),
    baseAmount: money.optional().meta({
      description: "What a foreign amount stands at in the books it comes from, in the legal entity's currency.",
    }),
    exchangeRate: exchangeRate.optional().meta({
      description: "Units of the legal entity's currency for one of a foreign one; the rate of the day when not given.",
    }),
    invoicedOn: isoDate,
    dueOn: isoDate,
    dunningLevel: z
      .enum(['none', ...LEVELS])
      .optional()
      .meta({ description: 'The last step taken; none when not given.' }),
    lastLetterOn: isoDate.optional().meta({ description: 'From here the days to the next step count.' }),
    purchaseOrder: shortText.optional(),
  })
  .refine((item) => item.baseAmount === undefined || item.exchangeRate === undefined, {
    message: 'either a base amount or an exchange rate is expected',
    path: ['exchangeRate'],
  })
  .refine((item) => item.invoicedOn <= item.dueOn, {
    message: 'a due date on or after the invoice date is expected',
    path: ['dueOn'],
  })
  .refine((item) => item.lastLetterOn === undefined || (item.dunningLevel ?? 'none') !== 'none', {
    message: 'a letter needs the level that it had',
    path: ['lastLetterOn'],
  })
  .meta({ id: 'NewOpeningItem' });
type NewOpeningItem = z.infer<typeof newOpeningItem>;

export const createOpeningItem = defineRoute({
  method: 'post',
  path: '/v1/opening-items',
  summary: 'Take over an open invoice from elsewhere',
  tag: 'Orders',
  action: 'opening_item.create',
  body: newOpeningItem,
  answers: { 200: orderReceipt, 201: orderReceipt, 202: orderReceipt },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle(asked) {
    const { db, body } = asked;
    const opening: OpeningFacts = {
      amountMinor: readPositive(body.amount).minor,
      invoicedOn: body.invoicedOn,
      dueOn: body.dueOn,
      level: body.dunningLevel ?? 'none',
      lastLetterOn: body.lastLetterOn ?? null,
    };
    const said = [body.customer, body.amount.currency, opening, body.purchaseOrder ?? null];
    const hash = contentHash([...said, ...foreignSaid(body)]);
    const made = await store(asked, opening, hash);
    if (made !== null) return answerOrder(asked, made, true);

    const found = await orderByNumber(db, { legalEntityId: body.legalEntity, kind: 'opening', number: body.number });
    if (found === null) throw new Error('defect: an opening item that exists cannot be read');
    requireSameContent('opening_item', { contentHash: found.contentHash, location: `/v1/orders/${found.id}` }, hash);
    return answerOrder(asked, found, false);
  },
});

/** What was said about a foreign currency: nothing, where the rate is left to the day. */
function foreignSaid({ baseAmount, exchangeRate: rate }: NewOpeningItem): unknown[] {
  if (baseAmount !== undefined) return [['baseAmount', readPositive(baseAmount)]];
  return rate === undefined ? [] : [['exchangeRate', rate]];
}

interface Taken extends ForeignCurrency {
  readonly baseMinor: number;
}

/** How a foreign item gets into the books: by its amount there, its rate, or that of the day. `null`: it is in our own currency. */
async function takenAt(
  { db, body, now }: Asked<undefined, undefined, NewOpeningItem>,
  amountMinor: number,
  entityCurrency: string,
): Promise<Taken | null> {
  const { currency } = body.amount;
  if (body.baseAmount === undefined || currency === entityCurrency) {
    const rate = body.exchangeRate ?? (body.baseAmount === undefined ? null : '1');
    const asked = { legalEntityId: body.legalEntity, currency, entityCurrency, rate, now };
    const foreign = await foreignCurrency(db, asked);
    return foreign === null ? null : { ...foreign, baseMinor: inBase(amountMinor, currency, foreign) };
  }
  requireCurrency({ legalEntity: body.legalEntity, currency: body.baseAmount.currency }, entityCurrency);
  const { minor: baseMinor } = readPositive(body.baseAmount);
  const baseCurrency = entityCurrency;
  const { rate } = accepted(parseRate(rateBetween({ amountMinor, currency, baseMinor, baseCurrency })));
  return { rate, baseCurrency, baseMinor };
}

/** Stores the opening item. @returns null when its number is taken. */
async function store(
  asked: Asked<undefined, undefined, NewOpeningItem>,
  opening: OpeningFacts,
  hash: string,
): Promise<OrderRow | null> {
  const { db, body, caller, requestId, now } = asked;
  const { currency } = body.amount;
  const known = await orderGround(db, {
    legalEntityId: body.legalEntity,
    customerNumber: body.customer,
    itemNumbers: [],
  });
  const ground = groundOf(known, body);
  requireForeignNumber(body.number, ground.seriesPrefixes);
  requireSaneDates(body, now);
  const taken = await takenAt(asked, opening.amountMinor, ground.entityCurrency);
  const order = {
    legalEntityId: body.legalEntity,
    kind: 'opening' as const,
    number: body.number,
    customerId: ground.customerId,
    currency,
    termsDays: ground.customerTermsDays,
    purchaseOrder: body.purchaseOrder ?? null,
    requestedOn: null,
    netMinor: opening.amountMinor,
    grossMinor: opening.amountMinor,
    contentHash: hash,
  };
  const id = await insertOrder(db, {
    ...order,
    lines: [],
    opening: { ...opening, ...(taken === null ? {} : { baseMinor: taken.baseMinor }) },
    foreign: taken,
    actor: caller.actor,
    requestId,
    now,
  });
  if (id === null) return null;
  return {
    ...order,
    id,
    customerNumber: body.customer,
    creditState: 'unassessed',
    creditReasons: [],
    holdUntil: null,
    stage: 'credit_check',
    createdAt: Date.now(),
    exchangeRate: taken?.rate ?? null,
  };
}

const MS_PER_DAY = 86_400_000;
/** Calendars reach this far to either side. */
const DUE_AHEAD_DAYS_MAX = 500;
const DUE_BEHIND_DAYS_MAX = 20 * 366;

/** An invoice was written by now, and is due within the reach of our calendars. @throws Problem 422 */
function requireSaneDates({ invoicedOn, dueOn }: NewOpeningItem, now: number): void {
  const dayAt = (days: number): string => new Date(now + days * MS_PER_DAY).toISOString().slice(0, 10);
  // A day of grace, since it may be tomorrow already where the invoice was written.
  const isSane = invoicedOn <= dayAt(1) && dueOn <= dayAt(DUE_AHEAD_DAYS_MAX) && dueOn >= dayAt(-DUE_BEHIND_DAYS_MAX);
  if (isSane) return;
  throw new Problem({
    kind: 'unprocessable',
    code: 'date_out_of_range',
    text: `An invoice of ${invoicedOn} due on ${dueOn} cannot be open today.`,
    hint: `Its date lies at or before today, and its due date at most ${String(DUE_AHEAD_DAYS_MAX)} days ahead.`,
  });
}

/** Numbers of our own series are given by us, without gaps. @throws Problem 422 */
function requireForeignNumber(number: string, prefixes: readonly string[]): void {
  const own = prefixes.find((prefix) => number.startsWith(prefix) && /^\d+$/.test(number.slice(prefix.length)));
  if (own === undefined) return;
  throw new Problem({
    kind: 'unprocessable',
    code: 'number_in_own_series',
    text: `"${number}" belongs to our own series of invoice numbers ("${own}" and digits).`,
    hint: 'Put a mark of the old system before the number.',
    details: { prefix: own },
  });
}
