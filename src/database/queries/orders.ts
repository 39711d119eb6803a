// Orders at the door: what an order needs to be written, the order as it is stored, and the lists of them.

import { sql } from 'kysely';
import { minorFactor } from '../../domain/exchange.ts';
import type { Stage } from '../../domain/agenda.ts';
import type { OrderFacts } from '../../domain/order-facts.ts';
import type { Db } from '../client.ts';
import { allOf, inScope, type Scope } from './scope.ts';

/** A reason of the credit check, with its figures, or of a person or a deadline, without. */
export interface StoredReason {
  readonly code: string;
  readonly text?: string;
  readonly exposureMinor?: number;
  readonly orderMinor?: number;
  readonly limitMinor?: number | null;
  /** Of its figures: the limit's, which an order in a foreign currency does not share. Absent in those of before. */
  readonly currency?: string;
}

/** An order as every answer shows it. */
export interface OrderRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly kind: 'order' | 'opening';
  readonly number: string;
  readonly customerId: string;
  readonly customerNumber: string;
  readonly currency: string;
  readonly termsDays: number;
  readonly purchaseOrder: string | null;
  readonly requestedOn: string | null;
  readonly netMinor: number;
  readonly grossMinor: number;
  readonly contentHash: string;
  readonly creditState: OrderFacts['credit']['state'];
  readonly creditReasons: readonly StoredReason[];
  readonly holdUntil: number | null;
  readonly stage: Stage;
  readonly createdAt: number;
  /** Units of the legal entity's currency for one of the order's; `null`: they are the same. */
  readonly exchangeRate: string | null;
}

const ORDER_COLUMNS =
  sql.raw(`o.id, o.legal_entity_id as "legalEntityId", o.kind, o.number, o.customer_id as "customerId",
  c.number as "customerNumber", o.currency, o.terms_days as "termsDays", o.purchase_order as "purchaseOrder",
  o.requested_on as "requestedOn", o.net_minor as "netMinor", o.gross_minor as "grossMinor", o.content_hash as "contentHash",
  o.credit_state as "creditState", o.credit_reasons as "creditReasons", o.hold_until as "holdUntil", o.stage, o.created_at as "createdAt",
  trim_scale(o.exchange_rate)::text as "exchangeRate"`);

/** The order under a legal entity's number. */
export async function orderByNumber(
  db: Db,
  order: { legalEntityId: string; kind: 'order' | 'opening'; number: string },
): Promise<OrderRow | null> {
  const { rows } =
    await sql<OrderRow>`select ${ORDER_COLUMNS} from sales_order o join customer c on c.id = o.customer_id
    where o.legal_entity_id = ${order.legalEntityId} and o.kind = ${order.kind} and o.number = ${order.number}`.execute(
      db,
    );
  return rows[0] ?? null;
}

/** The order with this ID, whatever its legal entity: the caller authorises. */
export async function orderById(db: Db, orderId: string): Promise<OrderRow | null> {
  const { rows } =
    await sql<OrderRow>`select ${ORDER_COLUMNS} from sales_order o join customer c on c.id = o.customer_id
    where o.id = ${orderId}`.execute(db);
  return rows[0] ?? null;
}

/** What is asked of a list of orders. */
export interface OrderFilter {
  readonly scope: Scope;
  readonly legalEntityId?: string | undefined;
  readonly stage?: string | undefined;
  readonly kind?: string | undefined;
  readonly customerNumber?: string | undefined;
  readonly number?: string | undefined;
}

/** A page of orders, newest first. */
export async function listOrders(
  db: Db,
  filter: OrderFilter,
  page: { after: string | null; fetch: number },
): Promise<OrderRow[]> {
  const where = allOf([
    inScope(filter.scope, 'o.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`o.legal_entity_id = ${filter.legalEntityId}`,
    filter.stage === undefined ? null : sql`o.stage = ${filter.stage}`,
    filter.kind === undefined ? null : sql`o.kind = ${filter.kind}`,
    filter.customerNumber === undefined ? null : sql`c.number = ${filter.customerNumber}`,
    filter.number === undefined ? null : sql`o.number = ${filter.number}`,
    page.after === null ? null : sql`o.id < ${page.after}`,
  ]);
  const { rows } =
    await sql<OrderRow>`select ${ORDER_COLUMNS} from sales_order o join customer c on c.id = o.customer_id
    where ${where} order by o.id desc limit ${page.fetch}`.execute(db);
  return rows;
}

/** What the books know when an order comes in. */
export interface OrderGround {
  readonly entityCurrency: string;
  readonly customerId: string | null;
  readonly customerTermsDays: number | null;
  readonly taxRates: Readonly<Record<string, number>>;
  readonly items: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly isService: boolean;
        readonly unitPrice: string;
        readonly taxCode: string;
      }
    >
  >;
  readonly seriesPrefixes: readonly string[];
}

/** Reads in one go what an order refers to. @returns null when the legal entity does not exist. */
export async function orderGround(
  db: Db,
  asked: { legalEntityId: string; customerNumber: string; itemNumbers: readonly string[] },
): Promise<OrderGround | null> {
  const { rows } = await sql<OrderGround>`
    select e.currency as "entityCurrency", c.id as "customerId", c.terms_days as "customerTermsDays",
      coalesce((select json_object_agg(t.code, t.rate_bp) from tax_code t where t.legal_entity_id = e.id), '{}') as "taxRates",
      coalesce((select json_object_agg(i.number, json_build_object('description', i.description, 'isService', i.kind = 'service',
        'unitPrice', i.unit_price::text, 'taxCode', i.tax_code)) from catalogue_item i
        where i.legal_entity_id = e.id and i.number = any(${asked.itemNumbers})), '{}') as items,
      coalesce((select json_agg(s.prefix) from number_series s where s.legal_entity_id = e.id), '[]') as "seriesPrefixes"
    from legal_entity e left join customer c on c.legal_entity_id = e.id and c.number = ${asked.customerNumber}
    where e.id = ${asked.legalEntityId}`.execute(db);
  return rows[0] ?? null;
}

export interface NewOrderLine {
  readonly lineNo: number;
  readonly itemNumber: string;
  readonly description: string;
  readonly isService: boolean;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly taxCode: string;
  readonly taxRateBp: number;
  readonly netMinor: number;
  readonly taxMinor: number;
}

export interface NewOrderRow {
  readonly legalEntityId: string;
  readonly kind: 'order' | 'opening';
  readonly number: string;
  readonly customerId: string;
  readonly currency: string;
  /** `null`: the customer's own. */
  readonly termsDays: number;
  readonly purchaseOrder: string | null;
  readonly requestedOn: string | null;
  /** Whether goods leave only when it is paid; absent: they leave on credit. */
  readonly isPrepaid?: boolean;
  readonly netMinor: number;
  readonly grossMinor: number;
  readonly opening: Readonly<Record<string, unknown>> | null;
  /** How it gets into the books; absent or `null`: it is in the legal entity's own currency. */
  readonly foreign?: { readonly rate: string; readonly baseCurrency: string } | null;
  readonly contentHash: string;
  readonly lines: readonly NewOrderLine[];
  readonly actor: string;
  readonly requestId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/**
 * Stores an order with its lines and audit entry, in one statement and so in one transaction.
 *
 * @returns its ID, or null when the number is taken: then nothing was written
 */
export async function insertOrder(db: Db, order: NewOrderRow): Promise<string | null> {
  const foreign = order.foreign ?? null;
  const factor = foreign === null ? '1' : minorFactor({ ...foreign, currency: order.currency });
  const { rows } = await sql<{ id: string }>`
    with made as (
      insert into sales_order (legal_entity_id, kind, number, customer_id, currency, terms_days, purchase_order, requested_on,
        net_minor, gross_minor, opening, content_hash, created_by, is_prepaid, exchange_rate, base_factor)
      values (${order.legalEntityId}, ${order.kind}, ${order.number}, ${order.customerId}, ${order.currency}, ${order.termsDays},
        ${order.purchaseOrder}, ${order.requestedOn}, ${order.netMinor}, ${order.grossMinor},
        ${order.opening === null ? null : JSON.stringify(order.opening)}::jsonb, ${order.contentHash}, ${order.actor},
        ${order.isPrepaid ?? false}, ${foreign?.rate ?? null}::numeric, ${factor}::numeric)
      on conflict (legal_entity_id, kind, number) do nothing
      returning id
    ), lines as (
      insert into order_line (order_id, line_no, item_number, description, is_service, quantity, unit_price, tax_code, tax_rate_bp,
        net_minor, tax_minor)
      select made.id, l."lineNo", l."itemNumber", l.description, l."isService", l.quantity, l."unitPrice", l."taxCode",
        l."taxRateBp", l."netMinor", l."taxMinor"
      from made, jsonb_to_recordset(${JSON.stringify(order.lines)}::jsonb) as l ("lineNo" integer, "itemNumber" text, description text,
        "isService" boolean, quantity numeric, "unitPrice" numeric, "taxCode" text, "taxRateBp" integer, "netMinor" bigint,
        "taxMinor" bigint)
    ), audited as (
      insert into audit_entry (legal_entity_id, actor, action, order_id, subject, business_at, request_id, details)
      select ${order.legalEntityId}, ${order.actor}, ${order.kind === 'order' ? 'order.received' : 'opening_item.received'}, made.id,
        ${order.number}, ${new Date(order.now)}, ${order.requestId},
        jsonb_strip_nulls(jsonb_build_object('grossMinor', ${order.grossMinor}::bigint, 'currency', ${order.currency}::text,
          'exchangeRate', ${foreign?.rate ?? null}::text))
      from made
    )
    select id from made`.execute(db);
  return rows[0]?.id ?? null;
}

/** All that belongs to an order, for the page that shows it. Instants are epoch milliseconds. */
export interface OrderParts {
  readonly head: {
    cancelledOn: string | null;
    reservedMs: number | null;
    releasedMs: number | null;
    isPrepaid: boolean;
  };
  readonly lines: readonly (NewOrderLine & { readonly shipped: string; readonly billed: string })[];
  readonly shipments: readonly {
    id: string;
    shippedOn: string;
    carrier: string | null;
    tracking: string | null;
    invoicing: 'due' | 'quality_failed' | 'contested' | 'waived' | 'invoiced';
    invoiceAtMs: number | null;
    contestedBecause: string | null;
    lines: { line: number; quantity: string; lots: string[] }[];
  }[];
  readonly invoices: readonly {
    id: string;
    kind: 'invoice' | 'credit_note';
    number: string;
    corrects: string | null;
    shipment: string | null;
    invoicedOn: string;
    dueOn: string;
    netMinor: number;
    taxMinor: number;
    grossMinor: number;
    delivery: string;
  }[];
  readonly returns: readonly {
    id: string;
    invoice: string;
    returnedOn: string;
    reason: string;
    lines: { invoiceLine: number; quantity: string }[];
  }[];
  readonly items: readonly {
    id: string;
    number: string;
    invoice: string | null;
    issuedOn: string;
    dueOn: string;
    originalMinor: number;
    openMinor: number;
    steps: { level: string; on: string; state: string; isImported: boolean }[];
    blocks: {
      id: string;
      /** Whose block it is: each holds the item. */
      over: 'item' | 'order' | 'customer';
      from: string;
      until: string | null;
      endedOn: string | null;
      reason: string;
    }[];
  }[];
  readonly tasks: readonly {
    id: string;
    kind: string;
    ownerRole: string;
    reason: string;
    endsWith: string;
    deadlineMs: number;
  }[];
}

/** Milliseconds of an instant. */
const ms = (column: string): ReturnType<typeof sql.raw> => sql.raw(`(extract(epoch from ${column}) * 1000)::bigint`);

/** Reads the parts of an order in one statement. */
export async function orderParts(db: Db, orderId: string): Promise<OrderParts> {
  const { rows } = await sql<OrderParts>`select
    (select json_build_object('cancelledOn', o.cancelled_on, 'reservedMs', ${ms('o.reserved_until')}, 'releasedMs', ${ms('o.released_until')},
      'isPrepaid', o.is_prepaid) from sales_order o where o.id = ${orderId}) as head,
    coalesce((select json_agg(json_build_object('lineNo', l.line_no, 'itemNumber', l.item_number, 'description', l.description,
      'isService', l.is_service, 'quantity', l.quantity::text, 'unitPrice', l.unit_price::text, 'taxCode', l.tax_code,
      'taxRateBp', l.tax_rate_bp, 'netMinor', l.net_minor, 'taxMinor', l.tax_minor, 'shipped', l.shipped_quantity::text,
      'billed', coalesce((select sum(b.quantity) from invoice_line b join invoice i on i.id = b.invoice_id
        where i.order_id = l.order_id and i.kind = 'invoice' and b.order_line_no = l.line_no), 0)::text) order by l.line_no)
      from order_line l where l.order_id = ${orderId}), '[]') as lines,
    coalesce((select json_agg(json_build_object('id', s.id, 'shippedOn', s.shipped_on, 'carrier', s.carrier, 'tracking', s.tracking,
      'invoicing', case when exists (select from invoice i where i.shipment_id = s.id) then 'invoiced' else s.invoicing end,
      'invoiceAtMs', ${ms('s.invoice_at')}, 'contestedBecause', s.contested_because,
      'lines', (select json_agg(json_build_object('line', l.line_no, 'quantity', l.quantity::text, 'lots', l.lots) order by l.line_no)
        from shipment_line l where l.shipment_id = s.id)) order by s.created_at, s.id)
      from shipment s where s.order_id = ${orderId}), '[]') as shipments,
    coalesce((select json_agg(json_build_object('id', i.id, 'kind', i.kind, 'number', i.number,
      'corrects', i.corrects_invoice_id, 'shipment', i.shipment_id, 'invoicedOn', i.invoiced_on,
      'dueOn', i.due_on, 'netMinor', i.net_minor, 'taxMinor', i.tax_minor, 'grossMinor', i.gross_minor, 'delivery', i.delivery)
      order by i.created_at, i.id) from invoice i where i.order_id = ${orderId}), '[]') as invoices,
    coalesce((select json_agg(json_build_object('id', r.id, 'invoice', r.invoice_id, 'returnedOn', r.returned_on, 'reason', r.reason,
      'lines', (select json_agg(json_build_object('invoiceLine', b.invoice_line_no, 'quantity', b.quantity::text) order by b.invoice_line_no)
        from goods_return_line b where b.goods_return_id = r.id)) order by r.created_at, r.id)
      from goods_return r where r.order_id = ${orderId}), '[]') as returns,
    coalesce((select json_agg(json_build_object('id', t.id, 'number', t.number, 'invoice', t.invoice_id, 'issuedOn', t.issued_on,
      'dueOn', t.due_on, 'originalMinor', t.original_minor, 'openMinor', t.open_minor,
      'steps', coalesce((select json_agg(json_build_object('level', d.level, 'on', d.step_on, 'state', d.state,
        'isImported', d.is_imported) order by d.created_at, d.id) from dunning_step d where d.item_id = t.id), '[]'),
      'blocks', coalesce((select json_agg(json_build_object('id', b.id, 'over', b.over, 'from', b.from_on, 'until', b.until_on,
        'endedOn', b.ended_on, 'reason', b.reason) order by b.created_at, b.id) from (
          select b.*, case when b.item_id is null then 'order' else 'item' end as over from dunning_block b
            where b.order_id = t.order_id and (b.item_id = t.id or b.item_id is null)
          union all select b.*, 'customer' from dunning_block b where b.customer_id = t.customer_id and b.order_id is null) b), '[]'))
        order by t.due_on, t.id)
      from open_item t where t.order_id = ${orderId}), '[]') as items,
    coalesce((select json_agg(json_build_object('id', k.id, 'kind', k.kind, 'ownerRole', k.owner_role, 'reason', k.reason,
      'endsWith', k.ends_with, 'deadlineMs', ${ms('k.deadline_at')}) order by k.deadline_at, k.id)
      from task k where k.order_id = ${orderId} and k.state = 'open'), '[]') as tasks`.execute(db);
  const [parts] = rows;
  if (parts === undefined) throw new Error('defect: a select without a table gave no row');
  return parts;
}

/** The order's open item under its ID or number. */
export async function itemOfOrder(db: Db, orderId: string, item: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`select id from open_item
    where order_id = ${orderId} and (id::text = ${item} or number = ${item}) limit 1`.execute(db);
  return rows[0]?.id ?? null;
}

/** The order's invoice, not a credit note, under its ID or number. */
export async function invoiceOfOrder(db: Db, orderId: string, invoice: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`select id from invoice
    where order_id = ${orderId} and kind = 'invoice' and (id::text = ${invoice} or number = ${invoice}) limit 1`.execute(
    db,
  );
  return rows[0]?.id ?? null;
}
