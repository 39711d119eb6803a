// Records what left the house for an order, also where it should not have: goods on the road are a fact.

import { sql } from 'kysely';
import { isPrepaidFor } from '../../domain/agenda.ts';
import { addWorkingDays, localDate, localInstant } from '../../domain/calendar.ts';
import { DAY_ENDS_AT } from '../../domain/escalation.ts';
import type { UninvoicedFacts } from '../../domain/order-facts.ts';
import { formatMillionths, parseMillionths } from '../../domain/money.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { openTask } from '../../database/queries/open-task.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { ShipmentReport, ShipmentRequest } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';
import { contestedTaskKey, qualityTaskKey } from './shipment-tasks.ts';

/** Working days to decide whether goods that failed their check are invoiced. */
const QUALITY_WORKING_DAYS = 5;

interface Line {
  readonly lineNo: number;
  readonly isService: boolean;
  readonly quantity: string;
  readonly shipped: string;
}

interface Carried {
  readonly lineNo: number;
  readonly quantity: string;
  readonly before: string;
  readonly isBeyond: boolean;
  readonly lots: readonly string[];
}

/** Why goods should not have left, and how a person reads it. */
const CONTESTS = {
  order_cancelled: 'the order is cancelled',
  order_rejected: 'the order was rejected for credit',
  order_held: 'the order is held for credit',
  order_unassessed: 'credit has not been checked',
  not_prepaid: 'the prepayment has not come',
  over_delivered: 'it carried more than was ordered',
} as const;
type Contest = keyof typeof CONTESTS;

interface Recorded {
  readonly shipmentId: string;
  readonly shippedOn: string;
  readonly invoicing: UninvoicedFacts['invoicing'];
  /** When a contested one is invoiced unless a person decides before. */
  readonly invoiceAt: number | null;
  readonly contest: Contest | null;
}

export async function recordShipment(
  deps: Dependencies,
  input: RequestInput<ShipmentRequest>,
): Promise<ShipmentReport> {
  return answerRequest(deps, input, {
    action: 'shipment',
    effect: async (tx, context, { request, now }) => {
      const { order } = context;
      const { rows: lines } = await sql<Line>`select line_no as "lineNo", is_service as "isService",
        trim_scale(quantity)::text as quantity, trim_scale(shipped_quantity)::text as shipped
        from order_line where order_id = ${order.id}`.execute(tx);
      const checked = check(context, lines, request, now);
      if (!checked.ok) return checked;
      const contest = contestOf(context, checked.carried);
      const invoicing = request.qualityCheck === 'failed' ? 'quality_failed' : contest === null ? 'due' : 'contested';
      const invoiceAt =
        invoicing === 'contested' ? endOfDay(context, now, context.policy.contestedShipmentWorkingDays) : null;
      const recorded = { shippedOn: checked.shippedOn, invoicing, invoiceAt, contest } as const;
      const shipmentId = await insertShipment(tx, order.id, { request, recorded, carried: checked.carried });
      await writeDown(tx, context, { request, recorded: { ...recorded, shipmentId }, now });
      return { ok: true, answer: { shipmentId, shippedOn: checked.shippedOn, invoicing } };
    },
  });
}

async function insertShipment(
  tx: Tx,
  orderId: string,
  shipment: {
    request: ShipmentRequest;
    recorded: Omit<Recorded, 'shipmentId'>;
    carried: readonly Carried[];
  },
): Promise<string> {
  const { request, recorded, carried } = shipment;
  const { id } = await tx
    .insertInto('shipment')
    .values({
      order_id: orderId,
      shipped_on: recorded.shippedOn,
      carrier: request.carrier,
      tracking: request.tracking,
      request_key: request.requestKey,
      invoicing: recorded.invoicing,
      invoice_at: recorded.invoiceAt === null ? null : new Date(recorded.invoiceAt),
      contested_because: recorded.contest,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await sql`with carried as (
      select * from json_to_recordset(${JSON.stringify(carried)}::json) as c("lineNo" integer, quantity numeric, before numeric, lots text[])
    ), shipped as (
      update order_line l set shipped_quantity = shipped_quantity + c.quantity from carried c
      where l.order_id = ${orderId} and l.line_no = c."lineNo"
    )
    insert into shipment_line (shipment_id, line_no, quantity, before_quantity, lots)
    select ${id}, "lineNo", quantity, before, lots from carried`.execute(tx);
  return id;
}

async function writeDown(
  tx: Tx,
  context: OrderContext,
  written: { request: ShipmentRequest; recorded: Recorded; now: number },
): Promise<void> {
  const { request, recorded, now } = written;
  const { shipmentId, shippedOn, invoicing, contest } = recorded;
  await writeAudit(tx, {
    legalEntityId: context.order.legalEntityId,
    actor: request.actor,
    action: 'shipment.recorded',
    orderId: context.order.id,
    subject: shipmentId,
    because: contest === null ? 'Goods left the house.' : `Goods left the house although ${CONTESTS[contest]}.`,
    details: {
      ...{ shippedOn, lines: request.lines.length },
      ...(invoicing === 'due' ? {} : { invoicing, contestedBecause: contest }),
    },
    businessAt: now,
    requestId: request.requestId,
  });
  if (invoicing === 'contested') await askWhetherToInvoice(tx, context, recorded);
  if (invoicing === 'quality_failed') await askAboutQuality(tx, context, { recorded, now });
}

async function askWhetherToInvoice(tx: Tx, { order }: OrderContext, recorded: Recorded): Promise<void> {
  const { shipmentId, shippedOn, contest, invoiceAt } = recorded;
  if (contest === null || invoiceAt === null) throw new Error('defect: contested without a reason or an end');
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: contestedTaskKey(shipmentId),
    kind: 'shipment_contested',
    ownerRole: 'customer_service',
    orderId: order.id,
    customerId: order.customerId,
    reason: `Goods of order ${order.number} left the house on ${shippedOn} although ${CONTESTS[contest]}. They are invoiced unless somebody decides otherwise before.`,
    endsWith: `POST /v1/orders/${order.id}/shipment-decision`,
    deadlineAt: invoiceAt,
  });
}

async function askAboutQuality(
  tx: Tx,
  context: OrderContext,
  { recorded, now }: { recorded: Recorded; now: number },
): Promise<void> {
  const { order } = context;
  const { shipmentId, shippedOn, contest } = recorded;
  const beside = contest === null ? '' : `, and ${CONTESTS[contest]}`;
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: qualityTaskKey(shipmentId),
    kind: 'quality_failed',
    ownerRole: 'customer_service',
    orderId: order.id,
    customerId: order.customerId,
    reason: `Goods of order ${order.number} that left the house on ${shippedOn} failed their quality check${beside}: they are not invoiced before somebody decides.`,
    endsWith: `POST /v1/orders/${order.id}/quality-decision`,
    deadlineAt: endOfDay(context, now, QUALITY_WORKING_DAYS),
  });
}

function endOfDay({ entityCalendar }: OrderContext, now: number, workingDays: number): number {
  const today = localDate(entityCalendar.zone, now);
  return localInstant(entityCalendar.zone, addWorkingDays(entityCalendar, today, workingDays), DAY_ENDS_AT);
}

/** Why somebody should look before these goods are invoiced: the first of what speaks against them. */
function contestOf({ facts }: OrderContext, carried: readonly Carried[]): Contest | null {
  if (facts.isCancelled) return 'order_cancelled';
  if (facts.credit.state !== 'approved') return `order_${facts.credit.state}`;
  if (!isPrepaidFor(facts)) return 'not_prepaid';
  return carried.some((part) => part.isBeyond) ? 'over_delivered' : null;
}

function check(
  { order, entityCalendar }: OrderContext,
  lines: readonly Line[],
  request: ShipmentRequest,
  now: number,
): Result<{ carried: Carried[]; shippedOn: string }> {
  const today = localDate(entityCalendar.zone, now);
  const shippedOn = request.shippedOn ?? today;
  if (shippedOn > today) {
    return refuse({
      kind: 'unprocessable',
      code: 'shipped_in_the_future',
      text: `The shipment is dated ${shippedOn}, and today is ${today} at ${order.legalEntityId}.`,
      hint: 'Report a shipment when it has left the house.',
    });
  }
  const carried: Carried[] = [];
  for (const asked of request.lines) {
    const found = checkLine(order.number, lines, asked);
    if (!found.ok) return found;
    carried.push(found.carried);
  }
  return { ok: true, carried, shippedOn };
}

function checkLine(
  orderNumber: string,
  lines: readonly Line[],
  asked: ShipmentRequest['lines'][number],
): Result<{ carried: Carried }> {
  const line = lines.find((candidate) => candidate.lineNo === asked.lineNo);
  const hint = `Look at the order's lines and report the shipment again.`;
  const name = `Line ${String(asked.lineNo)} of order ${orderNumber}`;
  if (line === undefined) {
    return refuse({ kind: 'unprocessable', code: 'line_unknown', text: `${name} does not exist.`, hint });
  }
  if (line.isService) {
    return refuse({
      kind: 'unprocessable',
      code: 'line_is_service',
      text: `${name} is a service and is not shipped.`,
      hint,
    });
  }
  const quantity = parseMillionths(asked.quantity) ?? 0n;
  if (quantity <= 0n) {
    return refuse({
      kind: 'unprocessable',
      code: 'quantity_not_positive',
      text: `${name}: ${asked.quantity} cannot be shipped.`,
      hint: 'Report more than zero, with at most six decimals.',
    });
  }
  const shipped = parseMillionths(line.shipped) ?? 0n;
  const carried = {
    lineNo: asked.lineNo,
    quantity: formatMillionths(quantity),
    before: formatMillionths(shipped),
    isBeyond: shipped + quantity > (parseMillionths(line.quantity) ?? 0n),
    lots: asked.lots,
  };
  return { ok: true, carried };
}
