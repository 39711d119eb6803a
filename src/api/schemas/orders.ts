// How orders look in requests and answers.

import { z } from 'zod';
import { STAGES } from '../../domain/agenda.ts';
import {
  businessNumber,
  currency,
  decimal,
  instant,
  isoDate,
  legalEntityId,
  money,
  quantity,
  exchangeRate,
  shortText,
  text,
  uuid,
} from './common.ts';
import { LINES_PER_ORDER_MAX } from '../limits.ts';

export const creditSchema = z
  .strictObject({
    state: z.enum(['unassessed', 'held', 'approved', 'rejected']),
    reasons: z.array(
      z.strictObject({
        code: z.string().meta({ examples: ['credit_limit_exceeded'] }),
        text: z.string().nullable(),
        exposure: money.nullable().meta({ description: 'Before this order.' }),
        order: money.nullable(),
        limit: money.nullable(),
      }),
    ),
    holdUntil: instant.nullable().meta({ description: 'When a hold that nobody decides ends as rejected.' }),
  })
  .meta({ id: 'CreditDecision' });

export const stage = z.enum(STAGES);

const orderLinks = z
  .strictObject({
    self: z.string(),
    agenda: z.string(),
    timeline: z.string(),
    workflowId: z.string().meta({ description: "The run's ID in Temporal." }),
  })
  .meta({ id: 'OrderLinks' });

const head = {
  id: uuid,
  kind: z.enum(['order', 'opening']),
  legalEntity: legalEntityId,
  number: z.string(),
  customer: z.string().meta({ description: "The customer's number." }),
  currency,
  net: money,
  tax: money,
  gross: money,
  credit: creditSchema,
  links: orderLinks,
};

/** What an order is answered with: what does not change with its later life, and the credit decision. */
export const orderReceipt = z.strictObject(head).meta({ id: 'OrderReceipt' });
export type OrderReceipt = z.infer<typeof orderReceipt>;

export const orderSummary = z.strictObject({ ...head, stage, createdAt: instant }).meta({ id: 'OrderSummary' });

export const newOrder = z
  .strictObject({
    legalEntity: legalEntityId,
    number: businessNumber,
    customer: businessNumber.meta({ description: "The customer's number." }),
    currency: currency.meta({
      description: "Another than the legal entity's own needs a unit price on every line, and an exchange rate.",
    }),
    exchangeRate: exchangeRate.optional().meta({
      description: "Units of the legal entity's currency for one of the order's; the rate of the day when not given.",
    }),
    termsDays: z.int().min(0).max(365).optional().meta({ description: "Net days; the customer's when not given." }),
    purchaseOrder: shortText.optional(),
    requestedOn: isoDate.optional(),
    prepayment: z.boolean().optional().meta({
      description: 'Whether goods leave only when the order is paid; it gets a proforma, and needs no credit.',
    }),
    lines: z
      .array(
        z.strictObject({
          item: businessNumber,
          quantity,
          unitPrice: decimal.optional().meta({ description: "Without tax; the catalogue's when not given." }),
          taxCode: shortText.optional().meta({ description: "The catalogue's when not given." }),
          description: text.optional().meta({ description: "The catalogue's when not given." }),
        }),
      )
      .min(1)
      .max(LINES_PER_ORDER_MAX),
  })
  .meta({ id: 'NewOrder' });
export type NewOrder = z.infer<typeof newOrder>;

export const orderDetail = z
  .strictObject({
    ...head,
    stage,
    createdAt: instant,
    termsDays: z.int(),
    purchaseOrder: z.string().nullable(),
    requestedOn: z.string().nullable(),
    cancelledOn: z.string().nullable(),
    reservedUntil: instant.nullable().meta({ description: 'When what did not ship by then loses its reservation.' }),
    releasedUntil: instant
      .nullable()
      .meta({ description: 'Until when a release above the limit is good for what did not ship.' }),
    prepayment: z
      .strictObject({
        needed: money.meta({ description: 'What has to be paid before goods leave: what is not invoiced yet.' }),
        received: money.meta({ description: 'Money that names the order and is not used for anything yet.' }),
        isPaid: z.boolean(),
        proforma: z.enum(['none', 'pending', 'sent', 'unknown', 'undeliverable']),
      })
      .nullable()
      .meta({ description: '`null`: goods leave on credit.' }),
    lines: z.array(
      z.strictObject({
        line: z.int(),
        item: z.string(),
        description: z.string(),
        kind: z.enum(['goods', 'service']),
        quantity: z.string(),
        shipped: z.string(),
        billed: z.string(),
        unitPrice: z.string(),
        taxCode: z.string(),
        taxRate: z.string(),
        net: money,
        tax: money,
      }),
    ),
    shipments: z.array(
      z.strictObject({
        id: uuid,
        shippedOn: z.string(),
        carrier: z.string().nullable(),
        tracking: z.string().nullable(),
        invoicing: z.enum(['due', 'quality_failed', 'contested', 'waived', 'invoiced']),
        invoiceAt: instant
          .nullable()
          .meta({ description: 'When a contested one is invoiced unless somebody decides.' }),
        contestedBecause: z
          .string()
          .nullable()
          .meta({ examples: ['order_held'] }),
        lines: z.array(z.strictObject({ line: z.int(), quantity: z.string(), lots: z.array(z.string()) })),
      }),
    ),
    invoices: z.array(
      z.strictObject({
        id: uuid,
        kind: z.enum(['invoice', 'credit_note']),
        number: z.string(),
        corrects: uuid.nullable().meta({ description: 'The invoice that a credit note corrects.' }),
        shipment: uuid.nullable(),
        invoicedOn: z.string(),
        dueOn: z.string(),
        net: money,
        tax: money,
        gross: money,
        delivery: z.string(),
      }),
    ),
    returns: z.array(
      z.strictObject({
        id: uuid,
        invoice: uuid,
        returnedOn: z.string(),
        reason: z.string(),
        lines: z.array(z.strictObject({ invoiceLine: z.int(), quantity: z.string() })),
      }),
    ),
    openItems: z.array(
      z.strictObject({
        id: uuid,
        number: z.string(),
        invoice: uuid.nullable(),
        issuedOn: z.string(),
        dueOn: z.string(),
        original: money,
        open: money,
        steps: z.array(
          z.strictObject({ level: z.string(), on: z.string(), state: z.string(), isImported: z.boolean() }),
        ),
        blocks: z.array(
          z.strictObject({
            id: uuid,
            over: z
              .enum(['item', 'order', 'customer'])
              .meta({ description: 'What it keeps out of dunning; it is ended where it was set.' }),
            from: z.string(),
            until: z.string().nullable(),
            endedOn: z.string().nullable(),
            reason: z.string(),
          }),
        ),
      }),
    ),
    tasks: z.array(
      z.strictObject({
        id: uuid,
        kind: z.string(),
        ownerRole: z.string(),
        reason: z.string(),
        endsWith: z.string(),
        deadlineAt: instant,
      }),
    ),
  })
  .meta({ id: 'Order' });
