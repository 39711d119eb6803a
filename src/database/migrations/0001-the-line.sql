-- The line: master data, orders, shipments, invoices, the subledger, letters, payments, access and audit.
-- The application connects as a member of quittance_app, which owns nothing; what it may touch is granted below, table by table.

do $$ begin
  if not exists (select from pg_roles where rolname = 'quittance_app') then create role quittance_app nologin; end if;
exception when duplicate_object or unique_violation then null; -- Another database of the cluster was quicker: roles are cluster wide.
end $$;

-- ── Master data ────────────────────────────────────────────────────────────────────────────────────────────────────

create table legal_entity (
  id text primary key check (id ~ '^[A-Z0-9][A-Z0-9-]{1,31}$'),
  name text not null,
  address text[] not null default '{}',
  country text not null check (country ~ '^[A-Z]{2}$'),
  zone text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  tax_number text,
  email text,
  iban text,
  bic text,
  created_at timestamptz not null default clock_timestamp()
);

create table tax_code (
  legal_entity_id text not null references legal_entity,
  code text not null,
  rate_bp integer not null check (rate_bp between 0 and 10000),
  description text not null,
  primary key (legal_entity_id, code)
);

create table calendar_year (
  country text not null,
  year integer not null,
  weekend integer[] not null,
  holidays date[] not null,
  source text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (country, year)
);

create table policy (
  legal_entity_id text not null references legal_entity,
  version integer not null check (version > 0),
  body jsonb not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (legal_entity_id, version)
);

create table customer (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  number text not null,
  name text not null,
  email text,
  address text[] not null default '{}',
  country text not null check (country ~ '^[A-Z]{2}$'),
  zone text not null,
  language text not null,
  tax_number text,
  terms_days integer not null check (terms_days between 0 and 365),
  content_hash text not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, number)
);

-- Who is locked when credit is decided. Changed by workflows only.
create table credit_account (
  customer_id uuid primary key references customer,
  legal_entity_id text not null references legal_entity,
  currency text not null,
  limit_minor bigint check (limit_minor >= 0),
  is_blocked boolean not null default false,
  changed_at timestamptz not null default clock_timestamp()
);

create table catalogue_item (
  legal_entity_id text not null references legal_entity,
  number text not null,
  description text not null,
  kind text not null check (kind in ('goods', 'service')),
  unit_price numeric(18, 6) not null check (unit_price >= 0),
  tax_code text not null,
  content_hash text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (legal_entity_id, number),
  foreign key (legal_entity_id, tax_code) references tax_code
);

create table number_series (
  legal_entity_id text not null references legal_entity,
  series text not null,
  prefix text not null,
  next_number bigint not null default 1 check (next_number > 0),
  -- Where the series began, kept so that a gap at its head shows as well.
  first_number bigint not null default 1,
  last_on date,
  primary key (legal_entity_id, series)
);

create function number_series_goes_forward() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    new.first_number := new.next_number;
  elsif new.next_number not in (old.next_number, old.next_number + 1) or new.last_on < old.last_on
    or (old.last_on is not null and new.last_on is null) then
    raise exception 'series % of % goes forward, one number at a time', old.series, old.legal_entity_id using errcode = 'QT007';
  end if;
  return new;
end $$;
create trigger number_series_goes_forward before insert or update on number_series
  for each row execute function number_series_goes_forward();

-- ── Orders ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Free text that people write: kept here so that it never enters a workflow's history.
create table note (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  body text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp()
);

create table sales_order (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  kind text not null check (kind in ('order', 'opening')),
  number text not null,
  customer_id uuid not null references customer,
  currency text not null,
  terms_days integer not null,
  purchase_order text,
  requested_on date,
  net_minor bigint not null check (net_minor >= 0),
  gross_minor bigint not null check (gross_minor >= 0),
  billed_minor bigint not null default 0,
  -- What an opening item brings along; null for orders of our own.
  opening jsonb,
  content_hash text not null,
  credit_state text not null default 'unassessed' check (credit_state in ('unassessed', 'held', 'approved', 'rejected')),
  credit_reasons jsonb not null default '[]',
  hold_until timestamptz,
  stage text not null default 'credit_check' check (
    stage in ('credit_check', 'held', 'rejected', 'fulfilment', 'invoicing', 'collection', 'settled')
  ),
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, kind, number),
  check ((kind = 'opening') = (opening is not null)),
  check (billed_minor between 0 and gross_minor)
);
create index sales_order_open on sales_order (legal_entity_id, stage, id) where stage not in ('settled', 'rejected');
create index sales_order_customer on sales_order (customer_id, id);
create index sales_order_unbilled on sales_order (customer_id) where credit_state = 'approved' and billed_minor < gross_minor;
create index sales_order_unassessed on sales_order (created_at) where credit_state = 'unassessed';

create table order_line (
  order_id uuid not null references sales_order,
  line_no integer not null check (line_no > 0),
  item_number text not null,
  description text not null,
  is_service boolean not null,
  quantity numeric(18, 6) not null check (quantity > 0),
  unit_price numeric(18, 6) not null check (unit_price >= 0),
  tax_code text not null,
  tax_rate_bp integer not null,
  net_minor bigint not null check (net_minor >= 0),
  tax_minor bigint not null check (tax_minor >= 0),
  shipped_quantity numeric(18, 6) not null default 0,
  primary key (order_id, line_no),
  check (shipped_quantity between 0 and quantity)
);

create table shipment (
  id uuid primary key default uuidv7(),
  order_id uuid not null references sales_order,
  shipped_on date not null,
  carrier text,
  tracking text,
  request_key text not null unique,
  created_at timestamptz not null default clock_timestamp()
);
create index shipment_order on shipment (order_id);

create table shipment_line (
  shipment_id uuid not null references shipment,
  line_no integer not null,
  quantity numeric(18, 6) not null check (quantity > 0),
  -- What earlier shipments of the order line carried: invoiced amounts are cut from the whole by cumulated quantity.
  before_quantity numeric(18, 6) not null check (before_quantity >= 0),
  lots text[] not null default '{}',
  primary key (shipment_id, line_no)
);

create table invoice (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  series text not null,
  number text not null,
  order_id uuid not null references sales_order,
  customer_id uuid not null references customer,
  -- Null for the invoice of an order's services.
  shipment_id uuid unique references shipment,
  invoiced_on date not null,
  due_on date not null,
  currency text not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  gross_minor bigint not null check (gross_minor = net_minor + tax_minor),
  delivery text not null default 'pending' check (delivery in ('pending', 'sent', 'unknown', 'undeliverable')),
  delivery_attempts integer not null default 0,
  delivery_retry_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, series, number),
  foreign key (legal_entity_id, series) references number_series
);
create index invoice_order on invoice (order_id);
create unique index invoice_services on invoice (order_id) where shipment_id is null;

create table invoice_line (
  invoice_id uuid not null references invoice,
  line_no integer not null,
  order_line_no integer not null,
  item_number text not null,
  description text not null,
  quantity numeric(18, 6) not null,
  unit_price numeric(18, 6) not null,
  tax_code text not null,
  tax_rate_bp integer not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  primary key (invoice_id, line_no)
);

-- ── The subledger: append-only, balanced, bounded ──────────────────────────────────────────────────────────────────

create table open_item (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  customer_id uuid not null references customer,
  order_id uuid not null references sales_order,
  invoice_id uuid unique references invoice,
  kind text not null check (kind in ('invoice', 'opening')),
  side text not null check (side in ('debit', 'credit')),
  number text not null,
  currency text not null,
  original_minor bigint not null check (original_minor > 0),
  -- Moved by postings alone (see journal_line_applies): nobody else may write it.
  open_minor bigint not null default 0,
  issued_on date not null,
  due_on date not null,
  -- The business date of the posting that opened it; as-of reports count it from here.
  posted_on date not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, number),
  constraint open_item_in_bounds check (open_minor between 0 and original_minor)
);
create index open_item_order on open_item (order_id);
create index open_item_open on open_item (customer_id, due_on) where open_minor > 0;

create table payment (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  customer_id uuid not null references customer,
  source text not null check (source ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
  source_id text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  value_on date not null,
  reference text not null,
  state text not null default 'received' check (state in ('received', 'posted')),
  -- Moved by postings alone.
  unapplied_minor bigint not null default 0,
  content_hash text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, source, source_id),
  constraint payment_unapplied_in_bounds check (unapplied_minor between 0 and amount_minor)
);
create index payment_customer on payment (customer_id, id);
create index payment_unapplied on payment (customer_id) where unapplied_minor > 0;
create index payment_received on payment (created_at) where state = 'received';

create table journal_entry (
  id bigint generated always as identity primary key,
  legal_entity_id text not null references legal_entity,
  kind text not null check (kind in ('invoice', 'opening_item', 'payment')),
  -- The business key: a second effect under it cannot be posted.
  key text not null,
  effective_on date not null,
  business_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  -- The cause: which workflow posted, in which step.
  workflow_id text not null check (workflow_id <> ''),
  step text not null check (step <> ''),
  transaction_id xid8 not null default pg_current_xact_id(),
  constraint journal_entry_once unique (legal_entity_id, key)
);

create table journal_line (
  entry_id bigint not null references journal_entry,
  line_no integer not null check (line_no > 0),
  account text not null check (account ~ '^(receivable|revenue|tax_payable|opening_balance|unapplied_cash|clearing:[a-z0-9][a-z0-9_-]*)$'),
  -- Debits are positive, credits negative.
  amount_minor bigint not null check (amount_minor <> 0),
  currency text not null,
  base_minor bigint not null,
  item_id uuid references open_item,
  payment_id uuid references payment,
  primary key (entry_id, line_no),
  check ((account = 'receivable') = (item_id is not null)),
  check (account <> 'unapplied_cash' or payment_id is not null)
);
create index journal_line_item on journal_line (item_id) where item_id is not null;
-- An item is opened by one line; every other line on it carries the payment that moved it.
create unique index journal_line_opens_once on journal_line (item_id) where item_id is not null and payment_id is null;

create table allocation (
  entry_id bigint not null references journal_entry,
  payment_id uuid not null references payment,
  item_id uuid not null references open_item,
  amount_minor bigint not null check (amount_minor > 0),
  effective_on date not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (entry_id, item_id)
);
create index allocation_item on allocation (item_id);
create index allocation_payment on allocation (payment_id);

-- A line moves what it stands for, in the same statement, so that an item's balance is its postings and nothing else.
create function journal_line_applies() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare entry journal_entry; item open_item;
begin
  select * into strict entry from journal_entry where id = new.entry_id;
  if entry.transaction_id <> pg_current_xact_id() then
    raise exception 'journal entry % is closed: lines are posted with their entry or not at all', new.entry_id using errcode = 'QT001';
  end if;
  if new.item_id is not null then
    update open_item set open_minor = open_minor + case side when 'debit' then new.amount_minor else -new.amount_minor end
      where id = new.item_id returning * into strict item;
    if item.currency <> new.currency or item.legal_entity_id <> entry.legal_entity_id then
      raise exception 'open item % is of another currency or legal entity than its posting', item.number using errcode = 'QT002';
    end if;
    if new.payment_id is null and (abs(new.amount_minor) <> item.original_minor or item.posted_on <> entry.effective_on) then
      raise exception 'open item % is opened in full and on its date', item.number using errcode = 'QT005';
    end if;
  end if;
  if new.payment_id is not null then
    if new.account = 'unapplied_cash' then
      update payment set unapplied_minor = unapplied_minor - new.amount_minor
        where id = new.payment_id and currency = new.currency and legal_entity_id = entry.legal_entity_id;
    else
      perform from payment where id = new.payment_id and currency = new.currency and legal_entity_id = entry.legal_entity_id;
    end if;
    if not found then
      raise exception 'payment % is of another currency or legal entity than its posting', new.payment_id using errcode = 'QT002';
    end if;
  end if;
  return null;
end $$;
create trigger journal_line_applies after insert on journal_line for each row execute function journal_line_applies();

create function journal_entry_balances() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare entry bigint; found_sums record;
begin
  if tg_table_name = 'journal_entry' then entry := new.id; else entry := new.entry_id; end if;
  select count(*) as currencies, string_agg(amount || ' ' || currency, ', ') filter (where amount <> 0) as too_much,
      coalesce(sum(base), 0) as base, coalesce(bool_and(is_base_right), true) as is_base_right
    into found_sums
    from (
      select l.currency, sum(l.amount_minor) as amount, sum(l.base_minor) as base,
        bool_and(l.currency <> e.currency or l.base_minor = l.amount_minor) as is_base_right
      from journal_line l join journal_entry j on j.id = l.entry_id join legal_entity e on e.id = j.legal_entity_id
      where l.entry_id = entry group by l.currency
    ) sums;
  if found_sums.currencies = 0 then
    raise exception 'journal entry % has no lines', entry using errcode = 'QT003';
  elsif found_sums.too_much is not null then
    raise exception 'journal entry % does not balance: % too much', entry, found_sums.too_much using errcode = 'QT003';
  elsif found_sums.base <> 0 then
    raise exception 'journal entry % does not balance in the base currency', entry using errcode = 'QT003';
  elsif not found_sums.is_base_right then
    raise exception 'journal entry % has base amounts unlike its amounts in the base currency', entry using errcode = 'QT003';
  end if;
  return null;
end $$;
create constraint trigger journal_entry_balances after insert on journal_entry
  deferrable initially deferred for each row execute function journal_entry_balances();
create constraint trigger journal_line_balances after insert on journal_line
  deferrable initially deferred for each row execute function journal_entry_balances();

-- What moved an item and what the payment says about it are one: a line on an item with a payment has its allocation,
-- an allocation has its line, and both belong to one entry, written in one transaction.
create function allocation_matches() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'journal_line' then
    if not exists (select from allocation where entry_id = new.entry_id and item_id = new.item_id and payment_id = new.payment_id) then
      raise exception 'entry % moves item % by a payment without an allocation', new.entry_id, new.item_id using errcode = 'QT005';
    end if;
  elsif not exists (select from journal_entry e where e.id = new.entry_id and e.transaction_id = pg_current_xact_id() and e.effective_on = new.effective_on)
    or new.amount_minor is distinct from (select abs(sum(amount_minor)) from journal_line
      where entry_id = new.entry_id and item_id = new.item_id and payment_id = new.payment_id) then
    raise exception 'an allocation of entry % says something else than its posting', new.entry_id using errcode = 'QT005';
  end if;
  return null;
end $$;
create constraint trigger allocation_matches after insert on allocation
  deferrable initially deferred for each row execute function allocation_matches();
create constraint trigger journal_line_is_allocated after insert on journal_line deferrable initially deferred
  for each row when (new.item_id is not null and new.payment_id is not null) execute function allocation_matches();

-- An item exists by its posting.
create function open_item_is_posted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from journal_line where item_id = new.id and payment_id is null) then
    raise exception 'open item % has no posting', new.number using errcode = 'QT005';
  end if;
  return null;
end $$;
create constraint trigger open_item_is_posted after insert on open_item
  deferrable initially deferred for each row execute function open_item_is_posted();

-- "Posted" is no word but a fact: all of the money is allocated or unapplied. It is never taken back.
create function payment_is_posted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.state = 'posted' and new.state <> 'posted' then
    raise exception 'payment % is posted', new.source_id using errcode = 'QT006';
  end if;
  if new.state = 'posted' and not exists (select from payment p where p.id = new.id and p.amount_minor
      = p.unapplied_minor + (select coalesce(sum(a.amount_minor), 0) from allocation a where a.payment_id = p.id)) then
    raise exception 'payment % is not posted: its money is neither allocated nor unapplied', new.source_id using errcode = 'QT006';
  end if;
  return null;
end $$;
create constraint trigger payment_is_posted after insert or update of state on payment
  deferrable initially deferred for each row execute function payment_is_posted();

-- New rows start without a balance, whatever the insert says.
create function starts_at_zero() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'open_item' then new.open_minor := 0; else new.unapplied_minor := 0; end if;
  return new;
end $$;
create trigger open_item_starts_at_zero before insert on open_item for each row execute function starts_at_zero();
create trigger payment_starts_at_zero before insert on payment for each row execute function starts_at_zero();

-- The transaction of an entry is the one that writes it, whatever the insert says.
create function journal_entry_is_now() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  new.transaction_id := pg_current_xact_id();
  new.recorded_at := clock_timestamp();
  return new;
end $$;
create trigger journal_entry_is_now before insert on journal_entry for each row execute function journal_entry_is_now();

create function is_append_only() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  raise exception '% is append-only: corrections are new postings', tg_table_name using errcode = 'QT004';
end $$;

-- ── Dunning ────────────────────────────────────────────────────────────────────────────────────────────────────────

create table letter (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  customer_id uuid not null references customer,
  letter_on date not null,
  state text not null default 'open' check (state in ('open', 'sending', 'sent', 'undeliverable', 'unknown', 'missed', 'empty')),
  attempts integer not null default 0,
  retry_at timestamptz,
  sent_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, customer_id, letter_on)
);
create index letter_unsent on letter (letter_on) where state in ('open', 'sending');

create table dunning_step (
  id uuid primary key default uuidv7(),
  item_id uuid not null references open_item,
  order_id uuid not null references sales_order,
  level text not null check (level in ('notice', 'reminder1', 'reminder2', 'reminder3', 'collector')),
  letter_id uuid references letter,
  step_on date not null,
  state text not null check (state in ('waiting', 'sent', 'undeliverable', 'unknown', 'dropped')),
  is_imported boolean not null default false,
  created_at timestamptz not null default clock_timestamp()
);
-- No level twice for one item, unless it was dropped before it was sent.
create unique index dunning_step_once on dunning_step (item_id, level) where state <> 'dropped';
create index dunning_step_letter on dunning_step (letter_id);
create index dunning_step_order on dunning_step (order_id);

create table dunning_block (
  id uuid primary key default uuidv7(),
  order_id uuid not null references sales_order,
  item_id uuid not null references open_item,
  from_on date not null,
  until_on date,
  ended_on date,
  reason text not null,
  note_id uuid references note,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  check (until_on >= from_on)
);
create index dunning_block_order on dunning_block (order_id);

-- ── Mail, tasks, requests, access, audit ───────────────────────────────────────────────────────────────────────────

-- One message under one key, ever: SMTP does not deduplicate, so its state is written before and after the talk.
create table mail_message (
  key text primary key,
  legal_entity_id text not null references legal_entity,
  state text not null check (state in ('sending', 'sent', 'not_sent', 'refused', 'unknown')),
  attempts integer not null default 1,
  outcome text,
  message_id text,
  created_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp()
);

create table task (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  key text not null,
  kind text not null check (kind in ('credit_hold', 'collect', 'invoice_undeliverable', 'invoice_unknown', 'letter_undeliverable', 'letter_unknown', 'letter_missed')),
  owner_role text not null,
  order_id uuid references sales_order,
  item_id uuid references open_item,
  customer_id uuid references customer,
  reason text not null,
  -- The request that ends the task.
  ends_with text not null,
  deadline_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'done')),
  done_by text,
  done_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, key)
);
create index task_open on task (legal_entity_id, deadline_at, id) where state = 'open';
create index task_order on task (order_id);

-- What an Update of an order answered: the same request gives the same answer, also after its run is forgotten.
create table request_effect (
  key text primary key,
  order_id uuid references sales_order,
  result jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);

create table api_key (
  id uuid primary key default uuidv7(),
  name text not null,
  key_hash text not null unique,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);
create table api_key_role (
  api_key_id uuid not null references api_key,
  -- A legal entity, or '*' for all of the installation.
  legal_entity_id text not null,
  role text not null,
  primary key (api_key_id, legal_entity_id, role)
);

create table idempotency_key (
  api_key_id uuid not null references api_key,
  route text not null,
  key text not null,
  body_hash text not null,
  status integer,
  response jsonb,
  location text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (api_key_id, route, key)
);
create index idempotency_key_age on idempotency_key (created_at);

create table audit_entry (
  id bigint generated always as identity primary key,
  legal_entity_id text,
  at timestamptz not null default clock_timestamp(),
  business_at timestamptz,
  actor text not null,
  action text not null,
  order_id uuid,
  subject text,
  because text,
  details jsonb,
  request_id text
);
create index audit_entry_order on audit_entry (order_id, id) where order_id is not null;
create index audit_entry_entity on audit_entry (legal_entity_id, id);

-- ── Append-only, for everybody ─────────────────────────────────────────────────────────────────────────────────────

do $$ declare name text; begin
  foreach name in array array['journal_entry', 'journal_line', 'allocation', 'audit_entry', 'invoice_line'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function is_append_only()', name || '_is_append_only', name);
    execute format('create trigger %I before truncate on %I for each statement execute function is_append_only()', name || '_is_never_truncated', name);
  end loop;
  foreach name in array array['open_item', 'invoice', 'payment'] loop
    execute format('create trigger %I before delete on %I for each row execute function is_append_only()', name || '_is_never_deleted', name);
    execute format('create trigger %I before truncate on %I for each statement execute function is_append_only()', name || '_is_never_truncated', name);
  end loop;
end $$;

-- ── Rights ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Without this, anybody could hang the functions that move balances on a temporary table of their own.
revoke execute on all functions in schema public from public;
revoke create on schema public from public;

grant usage on schema public to quittance_app;
grant select on all tables in schema public to quittance_app;
grant insert on
  legal_entity, tax_code, calendar_year, policy, customer, credit_account, catalogue_item, number_series, note, sales_order,
  order_line, shipment, shipment_line, invoice, invoice_line, journal_line,
  letter, dunning_step, dunning_block, mail_message, task, request_effect, api_key, api_key_role, idempotency_key
  to quittance_app;
-- Numbers, times and balances that only the database itself gives are left out.
grant insert (legal_entity_id, kind, key, effective_on, business_at, workflow_id, step) on journal_entry to quittance_app;
grant insert (entry_id, payment_id, item_id, amount_minor, effective_on) on allocation to quittance_app;
grant insert (id, legal_entity_id, customer_id, order_id, invoice_id, kind, side, number, currency, original_minor, issued_on, due_on, posted_on)
  on open_item to quittance_app;
grant insert (id, legal_entity_id, customer_id, source, source_id, amount_minor, currency, value_on, reference, content_hash, created_by)
  on payment to quittance_app;
grant insert (legal_entity_id, business_at, actor, action, order_id, subject, because, details, request_id) on audit_entry to quittance_app;
grant update on letter, dunning_step, dunning_block, mail_message, task, idempotency_key, credit_account to quittance_app;
grant update (name, address, tax_number, email, iban, bic) on legal_entity to quittance_app;
grant update (name, email, address, country, zone, language, tax_number, terms_days, content_hash) on customer to quittance_app;
grant update (description, kind, unit_price, tax_code, content_hash) on catalogue_item to quittance_app;
grant update (next_number, last_on) on number_series to quittance_app;
grant update (billed_minor, credit_state, credit_reasons, hold_until, stage, changed_at) on sales_order to quittance_app;
grant update (shipped_quantity) on order_line to quittance_app;
grant update (delivery, delivery_attempts, delivery_retry_at) on invoice to quittance_app;
grant update (state) on payment to quittance_app;
grant update (revoked_at) on api_key to quittance_app;
grant delete on idempotency_key to quittance_app;
