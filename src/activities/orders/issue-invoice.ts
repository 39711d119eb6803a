// Issues the invoice of one shipment, or of an order's services: amounts, number, open item and posting in one transaction.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import { addDays } from '../../domain/dates.ts';
import {
  invoiceAmounts,
  invoiceNumber,
  type CarriedLine,
  type InvoiceAmounts,
  type OrderedLine,
} from '../../domain/invoice.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { cause, engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { post } from '../ledger.ts';
import { dropWaived } from './drop-waived.ts';
import { contestedTaskKey } from './shipment-tasks.ts';
import { inBase } from './in-base.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

/** The series of ordinary invoices. */
const INVOICE_SERIES = 'invoice';

export async function issueInvoice(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'issueInvoice', async (tx, context, now) => {
    const shipmentId = input.subject === 'services' ? null : input.subject;
    const { hasWaived, ...amounts } = await amountsOf(tx, context.order, shipmentId);
    // The series stays locked until the commit, so the number is taken last: whatever can fail has been computed before.
    const taken = await takeNumber(tx, context, localDate(context.entityCalendar.zone, now));
    const invoiceId = await writeInvoice(tx, context, { ...taken, shipmentId, amounts });
    if (amounts.grossMinor > 0) await openAndPost(tx, context, { ...taken, invoiceId, amounts, now });
    await tx
      .updateTable('sales_order')
      .set((eb) => ({ billed_minor: eb('billed_minor', '+', amounts.grossMinor), changed_at: new Date() }))
      .where('id', '=', context.order.id)
      .execute();
    const isContested = context.facts.toInvoice.some(
      ({ subject, invoicing }) => subject === input.subject && invoicing === 'contested',
    );
    if (shipmentId !== null && isContested) await closeContest(tx, context, shipmentId);
    if (hasWaived) await dropWaived(tx, context, { shipmentId, now });
    await writeAudit(tx, {
      legalEntityId: context.order.legalEntityId,
      actor: engineActor(),
      action: 'invoice.issued',
      orderId: context.order.id,
      subject: taken.number,
      because:
        shipmentId === null
          ? 'Services are invoiced on approval.'
          : isContested
            ? 'Nobody decided against the invoice of a contested shipment in time.'
            : 'A shipment is invoiced for what it carried.',
      details: { grossMinor: amounts.grossMinor, currency: context.order.currency, dueOn: taken.dueOn, shipmentId },
      businessAt: now,
    });
  });
}

/** What was asked about the shipment is answered by its invoice. */
async function closeContest(tx: Tx, { order }: OrderContext, shipmentId: string): Promise<void> {
  await tx.updateTable('shipment').set({ invoicing: 'due', invoice_at: null }).where('id', '=', shipmentId).execute();
  await closeTasks(tx, {
    legalEntityId: order.legalEntityId,
    keys: [contestedTaskKey(shipmentId)],
    doneBy: 'invoiced',
  });
}

/** What the invoice says, and whether a shipment of the order was waived: asked along the way, since most have none. */
async function amountsOf(
  tx: Tx,
  order: OrderContext['order'],
  shipmentId: string | null,
): Promise<InvoiceAmounts & { hasWaived: boolean }> {
  const { rows: ordered } = await sql<OrderedLine & { isService: boolean; hasWaived: boolean }>`
    select line_no as "lineNo", item_number as "itemNumber", description, trim_scale(quantity)::text as quantity,
      trim_scale(unit_price)::text as "unitPrice", tax_code as "taxCode", tax_rate_bp as "taxRateBp", net_minor as "netMinor",
      tax_minor as "taxMinor", is_service as "isService", trim_scale(base_quantity)::text as "baseQuantity",
      base_net_minor as "baseNetMinor", base_tax_minor as "baseTaxMinor",
      exists (select from shipment s where s.order_id = ${order.id} and s.invoicing = 'waived') as "hasWaived"
    from order_line where order_id = ${order.id} order by line_no`.execute(tx);
  const hasWaived = ordered.some((line) => line.hasWaived);
  if (shipmentId === null) {
    const services = ordered.filter((line) => line.isService && line.quantity !== '0');
    const carried = services.map((line) => ({ lineNo: line.lineNo, quantity: line.quantity, beforeQuantity: '0' }));
    return { ...invoiceAmounts(ordered, carried, order.currency), hasWaived };
  }
  const { rows: carried } = await sql<CarriedLine>`
    select line_no as "lineNo", trim_scale(quantity)::text as quantity, trim_scale(before_quantity)::text as "beforeQuantity"
    from shipment_line where shipment_id = ${shipmentId} order by line_no`.execute(tx);
  return { ...invoiceAmounts(ordered, carried, order.currency), hasWaived };
}

interface Taken {
  readonly number: string;
  readonly invoicedOn: string;
  readonly dueOn: string;
}

/** Takes the next number of the series; its date is never before the last one's, so numbers and dates run together. */
async function takeNumber(tx: Tx, { order }: OrderContext, today: string): Promise<Taken> {
  const { rows } = await sql<{ prefix: string; sequence: number; invoicedOn: string }>`
    update number_series set next_number = next_number + 1, last_on = greatest(last_on, ${today}::date)
    where legal_entity_id = ${order.legalEntityId} and series = ${INVOICE_SERIES}
    returning prefix, next_number - 1 as sequence, last_on as "invoicedOn"`.execute(tx);
  const [row] = rows;
  if (row === undefined)
    throw new Error(`Legal entity ${order.legalEntityId} has no series "${INVOICE_SERIES}": create it.`);
  return {
    number: invoiceNumber(row.prefix, row.sequence),
    invoicedOn: row.invoicedOn,
    dueOn: addDays(row.invoicedOn, order.termsDays),
  };
}

async function writeInvoice(
  tx: Tx,
  { order }: OrderContext,
  invoice: Taken & { shipmentId: string | null; amounts: InvoiceAmounts },
): Promise<string> {
  const { id } = await tx
    .insertInto('invoice')
    .values({
      legal_entity_id: order.legalEntityId,
      series: INVOICE_SERIES,
      number: invoice.number,
      order_id: order.id,
      customer_id: order.customerId,
      shipment_id: invoice.shipmentId,
      invoiced_on: invoice.invoicedOn,
      due_on: invoice.dueOn,
      currency: order.currency,
      net_minor: invoice.amounts.netMinor,
      tax_minor: invoice.amounts.taxMinor,
      gross_minor: invoice.amounts.grossMinor,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('invoice_line')
    .values(
      invoice.amounts.lines.map((line) => ({
        invoice_id: id,
        line_no: line.position,
        order_line_no: line.lineNo,
        item_number: line.itemNumber,
        description: line.description,
        quantity: line.quantity,
        unit_price: line.unitPrice,
        tax_code: line.taxCode,
        tax_rate_bp: line.taxRateBp,
        net_minor: line.netMinor,
        tax_minor: line.taxMinor,
      })),
    )
    .execute();
  return id;
}

async function openAndPost(
  tx: Tx,
  { order }: OrderContext,
  invoice: Taken & { invoiceId: string; amounts: InvoiceAmounts; now: number },
): Promise<void> {
  const item = await tx
    .insertInto('open_item')
    .values({
      legal_entity_id: order.legalEntityId,
      customer_id: order.customerId,
      order_id: order.id,
      invoice_id: invoice.invoiceId,
      kind: 'invoice',
      side: 'debit',
      number: invoice.number,
      currency: order.currency,
      original_minor: invoice.amounts.grossMinor,
      base_minor: inBase(order, invoice.amounts.grossMinor),
      issued_on: invoice.invoicedOn,
      due_on: invoice.dueOn,
      posted_on: invoice.invoicedOn,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await post(tx, {
    legalEntityId: order.legalEntityId,
    kind: 'invoice',
    key: `invoice/${invoice.number}`,
    effectiveOn: invoice.invoicedOn,
    businessAt: invoice.now,
    currency: order.currency,
    lines: [
      { account: 'receivable', amountMinor: invoice.amounts.grossMinor, itemId: item.id },
      { account: 'revenue', amountMinor: -invoice.amounts.netMinor },
      { account: 'tax_payable', amountMinor: -invoice.amounts.taxMinor },
    ],
    cause: cause(),
  });
}
