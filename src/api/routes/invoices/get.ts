// GET /v1/invoices/{invoiceId}: an invoice or a credit note as it was posted.

import { z } from 'zod';
import { invoiceById, type InvoiceRow } from '../../../database/queries/invoices.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId, money, showMoney, uuid } from '../../schemas/common.ts';
import { showRate } from '../../schemas/master-data.ts';

const invoiceSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    kind: z.enum(['invoice', 'credit_note']),
    number: z.string(),
    corrects: z
      .strictObject({ id: uuid, number: z.string() })
      .nullable()
      .meta({ description: 'The invoice that a credit note corrects.' }),
    order: uuid,
    orderNumber: z.string(),
    customer: z.string(),
    shipment: uuid.nullable(),
    invoicedOn: z.string(),
    dueOn: z.string(),
    net: money,
    tax: money,
    gross: money,
    open: money,
    delivery: z.enum(['pending', 'sent', 'unknown', 'undeliverable']),
    lines: z.array(
      z.strictObject({
        line: z.int(),
        orderLine: z.int(),
        item: z.string(),
        description: z.string(),
        quantity: z.string(),
        unitPrice: z.string(),
        taxCode: z.string(),
        taxRate: z.string(),
        net: money,
        tax: money,
      }),
    ),
  })
  .meta({ id: 'Invoice' });

export const getInvoice = defineRoute({
  method: 'get',
  path: '/v1/invoices/{invoiceId}',
  summary: 'An invoice or a credit note with its lines',
  tag: 'Invoices',
  action: 'invoice.read',
  params: z.strictObject({ invoiceId: uuid }),
  answers: { 200: invoiceSchema },
  about: ({ db, params }) => invoiceById(db, params.invoiceId),
  handle: (_asked, invoice) => Promise.resolve({ status: 200, body: showInvoice(invoice) }),
});

function showInvoice(row: InvoiceRow): z.infer<typeof invoiceSchema> {
  const { id, kind, number, corrects, orderNumber, invoicedOn, dueOn, currency, delivery } = row;
  return {
    id,
    legalEntity: row.legalEntityId,
    kind,
    number,
    corrects,
    order: row.orderId,
    orderNumber,
    customer: row.customerNumber,
    shipment: row.shipmentId,
    invoicedOn,
    dueOn,
    net: showMoney(row.netMinor, currency),
    tax: showMoney(row.taxMinor, currency),
    gross: showMoney(row.grossMinor, currency),
    open: showMoney(row.openMinor ?? 0, currency),
    delivery,
    lines: row.lines.map(({ taxRateBp, netMinor, taxMinor, ...line }) => ({
      ...line,
      taxRate: showRate(taxRateBp),
      net: showMoney(netMinor, currency),
      tax: showMoney(taxMinor, currency),
    })),
  };
}
