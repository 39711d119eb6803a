// Records what left the house for an order; the invoice for it follows by itself.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import { formatMillionths, parseMillionths } from '../../domain/money.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { ShipmentReport, ShipmentRequest } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';

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
  readonly lots: readonly string[];
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
      const { id } = await tx
        .insertInto('shipment')
        .values({
          order_id: order.id,
          shipped_on: checked.shippedOn,
          carrier: request.carrier,
          tracking: request.tracking,
          request_key: request.requestKey,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      const rows = JSON.stringify(checked.carried);
      await sql`with carried as (
          select * from json_to_recordset(${rows}::json) as c("lineNo" integer, quantity numeric, before numeric, lots text[])
        ), shipped as (
          update order_line l set shipped_quantity = shipped_quantity + c.quantity from carried c
          where l.order_id = ${order.id} and l.line_no = c."lineNo"
        )
        insert into shipment_line (shipment_id, line_no, quantity, before_quantity, lots)
        select ${id}, "lineNo", quantity, before, lots from carried`.execute(tx);
      await writeAudit(tx, {
        legalEntityId: order.legalEntityId,
        actor: request.actor,
        action: 'shipment.recorded',
        orderId: order.id,
        subject: id,
        because: 'Goods left the house.',
        details: { shippedOn: checked.shippedOn, lines: checked.carried.length },
        businessAt: now,
        requestId: request.requestId,
      });
      return { ok: true, answer: { shipmentId: id, shippedOn: checked.shippedOn } };
    },
  });
}

function check(
  { order, facts, entityCalendar }: OrderContext,
  lines: readonly Line[],
  request: ShipmentRequest,
  now: number,
): Result<{ carried: Carried[]; shippedOn: string }> {
  if (facts.credit.state !== 'approved') {
    return refuse({
      kind: 'unprocessable',
      code: 'order_not_released',
      text: `Order ${order.number} may not ship: its credit is ${facts.credit.state}.`,
      hint: 'Ask a credit analyst to release it, then report the shipment again.',
      details: { state: facts.credit.state },
    });
  }
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
  const shipped = parseMillionths(line.shipped) ?? 0n;
  const left = (parseMillionths(line.quantity) ?? 0n) - shipped;
  if (quantity <= 0n || quantity > left) {
    return refuse({
      kind: 'unprocessable',
      code: 'quantity_exceeds_order',
      text: `${name}: ${asked.quantity} cannot be shipped, ${formatMillionths(left)} of ${line.quantity} is left.`,
      hint,
      details: { line: asked.lineNo, left: formatMillionths(left) },
    });
  }
  const carried = {
    lineNo: asked.lineNo,
    quantity: formatMillionths(quantity),
    before: formatMillionths(shipped),
    lots: asked.lots,
  };
  return { ok: true, carried };
}
