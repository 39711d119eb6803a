// The tables as the application sees them: one description from which the types are made and which a test holds against Postgres.

import type { ColumnType } from 'kysely';

/** Types as TypeScript meets them. `bigint` and `instant` are read as safe integers (an instant as epoch milliseconds), dates as ISO text. */
interface Kinds {
  text: string;
  uuid: string;
  date: string;
  integer: number;
  bigint: number;
  numeric: string;
  boolean: boolean;
  json: unknown;
  instant: number;
  texts: string[];
  dates: string[];
  integers: number[];
}
/** What is written where it differs from what is read. */
interface Written {
  instant: Date;
  json: string;
}

type Read<Kind> = Kind extends keyof Kinds ? Kinds[Kind] : never;
type Write<Kind> = Kind extends keyof Written ? Written[Kind] : Read<Kind>;

/** `kind` is required, `kind?` may be null, `kind=` has a default. */
type Column<Spec extends string> = Spec extends `${infer Kind}?`
  ? ColumnType<Read<Kind> | null, Write<Kind> | null | undefined, Write<Kind> | null>
  : Spec extends `${infer Kind}=`
    ? ColumnType<Read<Kind>, Write<Kind> | undefined, Write<Kind>>
    : ColumnType<Read<Spec>, Write<Spec>, Write<Spec>>;

/** Every table and column, in the database's own names. */
export const tables = {
  allocation: {
    entry_id: 'bigint',
    payment_id: 'uuid',
    item_id: 'uuid',
    amount_minor: 'bigint',
    effective_on: 'date',
    recorded_at: 'instant=',
  },
  api_key: {
    id: 'uuid=',
    name: 'text',
    key_hash: 'text',
    created_at: 'instant=',
    revoked_at: 'instant?',
  },
  api_key_role: {
    api_key_id: 'uuid',
    legal_entity_id: 'text',
    role: 'text',
  },
  audit_entry: {
    id: 'bigint=',
    legal_entity_id: 'text?',
    at: 'instant=',
    business_at: 'instant?',
    actor: 'text',
    action: 'text',
    order_id: 'uuid?',
    subject: 'text?',
    because: 'text?',
    details: 'json?',
    request_id: 'text?',
  },
  calendar_year: {
    country: 'text',
    year: 'integer',
    weekend: 'integers',
    holidays: 'dates',
    source: 'text',
    created_at: 'instant=',
  },
  catalogue_item: {
    legal_entity_id: 'text',
    number: 'text',
    description: 'text',
    kind: 'text',
    unit_price: 'numeric',
    tax_code: 'text',
    content_hash: 'text',
    created_at: 'instant=',
  },
  credit_account: {
    customer_id: 'uuid',
    legal_entity_id: 'text',
    currency: 'text',
    limit_minor: 'bigint?',
    is_blocked: 'boolean=',
    changed_at: 'instant=',
  },
  customer: {
    id: 'uuid=',
    legal_entity_id: 'text',
    number: 'text',
    name: 'text',
    email: 'text?',
    address: 'texts=',
    country: 'text',
    zone: 'text',
    language: 'text',
    tax_number: 'text?',
    terms_days: 'integer',
    content_hash: 'text',
    created_at: 'instant=',
  },
  dunning_block: {
    id: 'uuid=',
    order_id: 'uuid',
    item_id: 'uuid',
    from_on: 'date',
    until_on: 'date?',
    ended_on: 'date?',
    reason: 'text',
    note_id: 'uuid?',
    created_by: 'text',
    created_at: 'instant=',
  },
  dunning_step: {
    id: 'uuid=',
    item_id: 'uuid',
    order_id: 'uuid',
    level: 'text',
    letter_id: 'uuid?',
    step_on: 'date',
    state: 'text',
    is_imported: 'boolean=',
    created_at: 'instant=',
  },
  idempotency_key: {
    api_key_id: 'uuid',
    route: 'text',
    key: 'text',
    body_hash: 'text',
    status: 'integer?',
    response: 'json?',
    location: 'text?',
    created_at: 'instant=',
  },
  invoice: {
    id: 'uuid=',
    legal_entity_id: 'text',
    series: 'text',
    number: 'text',
    order_id: 'uuid',
    customer_id: 'uuid',
    shipment_id: 'uuid?',
    invoiced_on: 'date',
    due_on: 'date',
    currency: 'text',
    net_minor: 'bigint',
    tax_minor: 'bigint',
    gross_minor: 'bigint',
    delivery: 'text=',
    delivery_attempts: 'integer=',
    delivery_retry_at: 'instant?',
    created_at: 'instant=',
  },
  invoice_line: {
    invoice_id: 'uuid',
    line_no: 'integer',
    order_line_no: 'integer',
    item_number: 'text',
    description: 'text',
    quantity: 'numeric',
    unit_price: 'numeric',
    tax_code: 'text',
    tax_rate_bp: 'integer',
    net_minor: 'bigint',
    tax_minor: 'bigint',
  },
  journal_entry: {
    id: 'bigint=',
    legal_entity_id: 'text',
    kind: 'text',
    key: 'text',
    effective_on: 'date',
    business_at: 'instant',
    recorded_at: 'instant=',
    workflow_id: 'text',
    step: 'text',
    transaction_id: 'text=',
  },
  journal_line: {
    entry_id: 'bigint',
    line_no: 'integer',
    account: 'text',
    amount_minor: 'bigint',
    currency: 'text',
    base_minor: 'bigint',
    item_id: 'uuid?',
    payment_id: 'uuid?',
  },
  legal_entity: {
    id: 'text',
    name: 'text',
    address: 'texts=',
    country: 'text',
    zone: 'text',
    currency: 'text',
    tax_number: 'text?',
    email: 'text?',
    iban: 'text?',
    bic: 'text?',
    created_at: 'instant=',
  },
  letter: {
    id: 'uuid=',
    legal_entity_id: 'text',
    customer_id: 'uuid',
    letter_on: 'date',
    state: 'text=',
    attempts: 'integer=',
    retry_at: 'instant?',
    sent_at: 'instant?',
    created_at: 'instant=',
  },
  mail_message: {
    key: 'text',
    legal_entity_id: 'text',
    state: 'text',
    attempts: 'integer=',
    outcome: 'text?',
    message_id: 'text?',
    created_at: 'instant=',
    changed_at: 'instant=',
  },
  note: {
    id: 'uuid=',
    legal_entity_id: 'text',
    body: 'text',
    created_by: 'text',
    created_at: 'instant=',
  },
  number_series: {
    legal_entity_id: 'text',
    series: 'text',
    prefix: 'text',
    next_number: 'bigint=',
    first_number: 'bigint=',
    last_on: 'date?',
  },
  open_item: {
    id: 'uuid=',
    legal_entity_id: 'text',
    customer_id: 'uuid',
    order_id: 'uuid',
    invoice_id: 'uuid?',
    kind: 'text',
    side: 'text',
    number: 'text',
    currency: 'text',
    original_minor: 'bigint',
    open_minor: 'bigint=',
    issued_on: 'date',
    due_on: 'date',
    posted_on: 'date',
    created_at: 'instant=',
  },
  order_line: {
    order_id: 'uuid',
    line_no: 'integer',
    item_number: 'text',
    description: 'text',
    is_service: 'boolean',
    quantity: 'numeric',
    unit_price: 'numeric',
    tax_code: 'text',
    tax_rate_bp: 'integer',
    net_minor: 'bigint',
    tax_minor: 'bigint',
    shipped_quantity: 'numeric=',
  },
  payment: {
    id: 'uuid=',
    legal_entity_id: 'text',
    customer_id: 'uuid',
    source: 'text',
    source_id: 'text',
    amount_minor: 'bigint',
    currency: 'text',
    value_on: 'date',
    reference: 'text',
    state: 'text=',
    unapplied_minor: 'bigint=',
    content_hash: 'text',
    created_by: 'text',
    created_at: 'instant=',
  },
  policy: {
    legal_entity_id: 'text',
    version: 'integer',
    body: 'json',
    created_by: 'text',
    created_at: 'instant=',
  },
  request_effect: {
    key: 'text',
    order_id: 'uuid?',
    result: 'json',
    created_at: 'instant=',
  },
  sales_order: {
    id: 'uuid=',
    legal_entity_id: 'text',
    kind: 'text',
    number: 'text',
    customer_id: 'uuid',
    currency: 'text',
    terms_days: 'integer',
    purchase_order: 'text?',
    requested_on: 'date?',
    net_minor: 'bigint',
    gross_minor: 'bigint',
    billed_minor: 'bigint=',
    opening: 'json?',
    content_hash: 'text',
    credit_state: 'text=',
    credit_reasons: 'json=',
    hold_until: 'instant?',
    stage: 'text=',
    created_by: 'text',
    created_at: 'instant=',
    changed_at: 'instant=',
  },
  shipment: {
    id: 'uuid=',
    order_id: 'uuid',
    shipped_on: 'date',
    carrier: 'text?',
    tracking: 'text?',
    request_key: 'text',
    created_at: 'instant=',
  },
  shipment_line: {
    shipment_id: 'uuid',
    line_no: 'integer',
    quantity: 'numeric',
    before_quantity: 'numeric',
    lots: 'texts=',
  },
  task: {
    id: 'uuid=',
    legal_entity_id: 'text',
    key: 'text',
    kind: 'text',
    owner_role: 'text',
    order_id: 'uuid?',
    item_id: 'uuid?',
    customer_id: 'uuid?',
    reason: 'text',
    ends_with: 'text',
    deadline_at: 'instant',
    state: 'text=',
    done_by: 'text?',
    done_at: 'instant?',
    created_at: 'instant=',
  },
  tax_code: {
    legal_entity_id: 'text',
    code: 'text',
    rate_bp: 'integer',
    description: 'text',
  },
} as const;

type Tables = typeof tables;

/** The schema for Kysely. */
export type Database = {
  [Table in keyof Tables]: { [Name in keyof Tables[Table]]: Column<Tables[Table][Name] & string> };
};
