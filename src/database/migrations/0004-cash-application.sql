-- Cash application: bank files and their lines, payers, remittance advice, provider payouts, foreign currency, differences beside payments.

-- ── Our own bank accounts, and how their files are read ────────────────────────────────────────────────────────────

create table house_bank_account (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  -- As statements name it: an IBAN without spaces, or the bank's own number, with its routing number in front where there is one.
  number text not null check (number = upper(number) and number !~ '\s'),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  name text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, number)
);
insert into house_bank_account (legal_entity_id, number, currency, name, created_by)
  select id, upper(regexp_replace(iban, '\s', '', 'g')), currency, name, 'migration' from legal_entity where iban is not null;

-- How a bank's CSV files are read: see src/domain/bank-files/csv-mapping.ts.
create table csv_mapping (
  legal_entity_id text not null references legal_entity,
  name text not null check (name ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
  body jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (legal_entity_id, name)
);

-- ── Bank files ─────────────────────────────────────────────────────────────────────────────────────────────────────

create table bank_file (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  name text not null,
  format text not null check (format in ('camt.053', 'camt.054', 'mt940', 'mt942', 'bai2', 'lockbox', 'ofx', 'csv')),
  mapping_name text,
  byte_count bigint not null check (byte_count > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  -- received: stored, not read. refused: nothing of it is visible. read: its lines are. done: every line has its answer.
  state text not null default 'received' check (state in ('received', 'refused', 'read', 'done')),
  -- Why it is refused: {"code", "text", "place", "checks": [TotalCheck, …]}.
  problem jsonb,
  accepted_by text,
  accept_note_id uuid references note,
  -- Lines in it, lines nobody had told before, and how many of these have their answer, posted or not.
  lines_read integer not null default 0,
  lines_new integer not null default 0,
  lines_done integer not null default 0,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp()
);
-- The same bytes once, unless they were refused: a refused file may be sent again after what was missing is there.
create unique index bank_file_once on bank_file (legal_entity_id, sha256) where state <> 'refused';
create index bank_file_unfinished on bank_file (created_at) where state in ('received', 'read');
create index bank_file_entity on bank_file (legal_entity_id, id);

create table bank_file_chunk (
  -- The bytes come before anybody knows their length and hash: the file's row is written last, in the same transaction.
  file_id uuid not null references bank_file deferrable initially deferred,
  position integer not null check (position >= 0),
  content bytea not null,
  primary key (file_id, position)
);

create table bank_statement (
  id uuid primary key default uuidv7(),
  file_id uuid not null references bank_file,
  legal_entity_id text not null references legal_entity,
  account_id uuid not null references house_bank_account,
  -- Its place in the file, from 1.
  position integer not null check (position > 0),
  statement_id text,
  sequence text,
  currency text,
  opening_minor bigint,
  opening_on date,
  closing_minor bigint,
  closing_on date,
  lines_read integer not null,
  -- Whether its totals held; otherwise a person accepted it all the same.
  is_balanced boolean not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (file_id, position)
);
create index bank_statement_account on bank_statement (account_id, closing_on);

-- Lines on their way in: written in batches while a file is read, moved to bank_line when its totals hold, gone with it when not.
create table bank_line_staging (
  file_id uuid not null references bank_file,
  statement_position integer not null,
  position integer not null,
  -- A BankLine of src/domain/bank-files/types.ts.
  body jsonb not null,
  primary key (file_id, position)
);

create table bank_line (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  account_id uuid not null references house_bank_account,
  statement_id uuid not null references bank_statement,
  file_id uuid not null references bank_file,
  -- Its place in the file, from 1.
  position integer not null,
  -- The kind of file that told it; lines are told apart within one source by `identity`.
  source text not null,
  -- The bank's reference, else a hash of the line, and its number among equals of the account's day.
  identity text not null,
  -- Signed: more than 0 is money in.
  amount_minor bigint not null check (amount_minor <> 0),
  currency text not null,
  booked_on date not null,
  value_on date not null,
  is_reversal boolean not null,
  return_reason text,
  bank_reference text,
  end_to_end_id text,
  trace text,
  transaction_code text,
  counterpart_name text,
  counterpart_account text,
  texts text[] not null,
  structured_references text[] not null,
  remittance jsonb not null,
  -- {"currency", "amountMinor", "rate"}, or null.
  instructed jsonb,
  charges_minor bigint not null default 0 check (charges_minor >= 0),
  batch text,
  place text not null,
  -- Pending and informative lines are `ignored` from the start and never applied.
  state text not null default 'stored' check (state in ('stored', 'open', 'applied', 'cleared', 'returned', 'duplicate', 'ignored')),
  -- The matcher's answer (Answer of src/domain/matching/types.ts), null before it was asked or when it is not its case.
  answer jsonb,
  -- Why a person is asked, or what became of it: [{"code", "text"}], the most important first.
  reasons jsonb not null default '[]',
  -- What it became: a payment that it brought, or one that it cleared.
  payment_id uuid references payment,
  -- Another source's line of the same movement.
  duplicate_of_id uuid references bank_line,
  decided_by text,
  decided_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  constraint bank_line_once unique (account_id, source, identity)
);
create index bank_line_file on bank_line (file_id, position);
create index bank_line_statement on bank_line (statement_id, position);
create index bank_line_open on bank_line (legal_entity_id, booked_on, id) where state = 'open';
create index bank_line_stored on bank_line (file_id, position) where state = 'stored';
create index bank_line_movement on bank_line (account_id, booked_on, amount_minor);
create index bank_line_payment on bank_line (payment_id) where payment_id is not null;
create index bank_line_repeated on bank_line (duplicate_of_id) where duplicate_of_id is not null;

-- ── Payers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

alter table customer
  -- Who may pay for it.
  add column parent_id uuid references customer,
  add column bank_details_changed_at timestamptz,
  -- Early payment discounts: [{"days", "percentBp"}], by rising days; percentBp in hundredths of a percent of the invoice.
  add column discount_terms jsonb not null default '[]',
  add constraint customer_parent_other check (parent_id <> id);

create index customer_parent on customer (parent_id) where parent_id is not null;

-- What was agreed when an order came is good for its invoices, whatever the customer is granted later.
alter table sales_order add column discount_terms jsonb not null default '[]';
create function takes_discount_terms() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  select discount_terms into new.discount_terms from customer where id = new.customer_id;
  new.discount_terms := coalesce(new.discount_terms, '[]');
  return new;
end $$;
revoke execute on function takes_discount_terms() from public;
create trigger sales_order_takes_discount_terms before insert on sales_order for each row execute function takes_discount_terms();

-- What people's confirmations taught about who pays for whom. Removed by ending it.
create table payer_knowledge (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  customer_id uuid not null references customer,
  kind text not null check (kind in ('account', 'name')),
  -- As the bank wrote it.
  text text not null,
  -- As it is compared.
  normalised text not null check (normalised <> ''),
  -- The line whose confirmation taught it.
  line_id uuid references bank_line,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_by text,
  ended_at timestamptz,
  ended_because text
);
create unique index payer_knowledge_once on payer_knowledge (legal_entity_id, customer_id, kind, normalised) where ended_at is null;
create index payer_knowledge_customer on payer_knowledge (customer_id, id);

-- ── Remittance advice ──────────────────────────────────────────────────────────────────────────────────────────────

create table remittance_advice (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  -- A RemittanceAdvice of src/domain/bank-files/remittance-types.ts.
  sender_name text,
  sender_account text,
  trace text,
  paid_on date,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  lines jsonb not null,
  -- The document's hash and the advice's place in it: the same advice once.
  document_sha256 text not null,
  position integer not null,
  -- parked: its money has not come. joined: with its line. open: several lines fit, a person decides. ended: a person put it away.
  state text not null default 'parked' check (state in ('parked', 'joined', 'open', 'ended')),
  line_id uuid references bank_line,
  -- When its run first looked for its money; what was never looked for is the sweep's.
  sought_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, document_sha256, position)
);
create unique index remittance_advice_line on remittance_advice (line_id) where line_id is not null;
create index remittance_advice_never_sought on remittance_advice (created_at) where state = 'parked' and sought_at is null;
create index remittance_advice_parked on remittance_advice (legal_entity_id, amount_minor) where state in ('parked', 'open');

-- ── Money that a provider pays out ─────────────────────────────────────────────────────────────────────────────────

create table provider_payout (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  -- The payments' source.
  source text not null,
  payout_id text not null,
  paid_on date not null,
  currency text not null,
  -- What reaches the bank: payments less fees, less what was charged back.
  net_minor bigint not null check (net_minor > 0),
  fee_minor bigint not null check (fee_minor >= 0),
  -- [{"kind": "payment" | "chargeback", "sourceId", "amountMinor"}]
  lines jsonb not null,
  state text not null default 'expected' check (state in ('expected', 'cleared')),
  line_id uuid references bank_line,
  content_hash text not null,
  -- When its run looked for the line; a sweep starts what never looked.
  sought_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, source, payout_id)
);
create index provider_payout_never_sought on provider_payout (created_at) where state = 'expected' and sought_at is null;
create index provider_payout_expected on provider_payout (legal_entity_id, currency, net_minor) where state = 'expected';

-- ── The subledger, widened: foreign currency, discounts, bank charges, credit used beside a payment ────────────────

create table exchange_rate (
  legal_entity_id text not null references legal_entity,
  currency text not null,
  rate_on date not null,
  -- Units of the legal entity's currency for one of `currency`.
  rate numeric(20, 10) not null check (rate > 0),
  source text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (legal_entity_id, currency, rate_on)
);

alter table sales_order
  -- Units of the legal entity's currency for one of the order's; null when they are the same.
  add column exchange_rate numeric(20, 10) check (exchange_rate > 0),
  -- The same in minor units of both currencies, whose decimal places the database does not know; 1 when they are the same.
  add column base_factor numeric not null default 1 check (base_factor > 0),
  add constraint sales_order_base_factor check (exchange_rate is not null or base_factor = 1);
-- What the whole item, or payment, is in the legal entity's currency: what is moved of it takes its share along.
alter table open_item add column base_minor bigint not null default 0;
alter table payment add column base_minor bigint not null default 0;
alter table open_item disable trigger user;
alter table payment disable trigger user;
update open_item set base_minor = original_minor;
update payment set base_minor = amount_minor;
alter table open_item enable trigger user;
alter table payment enable trigger user;
alter table open_item add constraint open_item_base check (base_minor > 0);
alter table payment add constraint payment_base check (base_minor > 0);

alter table journal_entry drop constraint journal_entry_kind_check,
  add constraint journal_entry_kind_check check (kind in (
    'invoice', 'opening_item', 'payment', 'credit_note', 'clearing', 'write_off', 'small_difference', 'allocation', 'undo',
    'payment_return', 'refund', 'discount', 'bank_charge', 'bank_clearing', 'provider_payout'
  ));
alter table journal_line drop constraint journal_line_account,
  add constraint journal_line_account check (
    account ~ '^(receivable|revenue|tax_payable|opening_balance|unapplied_cash|bad_debt|small_differences|bank_charges|discounts|exchange|exchange_difference|clearing:[a-z0-9][a-z0-9_-]*)$'
  );
do $$ declare found record; begin
  for found in select conname from pg_constraint where conrelid = 'journal_line'::regclass and contype = 'c'
    and pg_get_constraintdef(oid) ~ '\(amount_minor <> 0\)' loop
    execute format('alter table journal_line drop constraint %I', found.conname);
  end loop;
end $$;
-- A realised difference moves the base amount alone.
alter table journal_line add constraint journal_line_amount check (amount_minor <> 0 or (account = 'exchange_difference' and base_minor <> 0));

-- Another item's credit may be used beside a payment: such an allocation names the payment's entry as well, and goes back with it.
alter table allocation drop constraint allocation_by_one,
  add constraint allocation_by_one check (
    num_nonnulls(payment_id, approval_id, counter_item_id) = 1 and (follows_entry_id is null or counter_item_id is not null)
    or num_nonnulls(payment_id, approval_id, counter_item_id) = 0 and follows_entry_id is not null
  );

alter table payment_return drop constraint payment_return_kind_check,
  -- misposted: the bank's line was somebody else's money, and is applied anew.
  add constraint payment_return_kind_check check (kind in ('returned_debit', 'chargeback', 'bounced_cheque', 'misposted'));

alter table payment
  -- The bank line that brought the money of a payment told by another door; its clearing account is clear from then on.
  add column cleared_by_line_id uuid references bank_line,
  add column cleared_at timestamptz;
-- All that is open of a legal entity, page by page, for the matcher.
create index open_item_entity on open_item (legal_entity_id, id) where open_minor > 0;
create index payment_alike on payment (customer_id, amount_minor, value_on);
create index payment_uncleared on payment (legal_entity_id, source, value_on, id) where cleared_by_line_id is null and source <> 'statement';
create index payment_uncleared_amount on payment (legal_entity_id, amount_minor) where cleared_by_line_id is null and source <> 'statement';
create index payment_source_id on payment (legal_entity_id, source_id);
-- So with what was taken back, or paid back, before the bank's line of it came.
alter table payment_return
  add column cleared_by_line_id uuid references bank_line,
  add column cleared_at timestamptz;
create index payment_return_line on payment_return (cleared_by_line_id) where cleared_by_line_id is not null;
create index payment_return_uncleared on payment_return (legal_entity_id, returned_on) where cleared_by_line_id is null;
alter table approval
  add column cleared_by_line_id uuid references bank_line,
  add column cleared_at timestamptz;
create index approval_uncleared on approval (legal_entity_id, amount_minor)
  where kind = 'refund' and state = 'approved' and cleared_by_line_id is null;
-- A return names what it takes back.
create index bank_line_end_to_end on bank_line (legal_entity_id, end_to_end_id) where end_to_end_id is not null;
create index bank_line_bank_reference on bank_line (legal_entity_id, bank_reference) where bank_reference is not null;
create index bank_line_trace on bank_line (legal_entity_id, trace) where trace is not null;
create index bank_line_amount on bank_line (legal_entity_id, amount_minor);

alter table dispute drop constraint dispute_source_check,
  add constraint dispute_source_check check (source in ('customer_service', 'customer_mail', 'short_payment')),
  -- The payment's entry that fell short: with its undo the deduction is withdrawn.
  add column follows_entry_id bigint references journal_entry;
create index dispute_follows on dispute (follows_entry_id) where follows_entry_id is not null;

-- A payment in a foreign currency may stand on an account in our own: what is taken back of it then leaves over `exchange`.
create or replace function journal_line_applies() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
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
    if new.payment_id is null and not new.moves and (abs(new.amount_minor) <> item.original_minor or item.posted_on <> entry.effective_on) then
      raise exception 'open item % is opened in full and on its date', item.number using errcode = 'QT005';
    end if;
  end if;
  if new.payment_id is not null then
    if new.account = 'unapplied_cash' then
      update payment set unapplied_minor = unapplied_minor - new.amount_minor
        where id = new.payment_id and currency = new.currency and legal_entity_id = entry.legal_entity_id;
    elsif (new.account like 'clearing:%' or new.account = 'exchange') and entry.kind = 'payment_return' then
      update payment set returned_minor = returned_minor - new.amount_minor
        where id = new.payment_id and currency = new.currency and legal_entity_id = entry.legal_entity_id;
    elsif new.account like 'clearing:%' and entry.kind = 'refund' then
      update payment set refunded_minor = refunded_minor - new.amount_minor
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

-- ── Tasks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

alter table task drop constraint task_kind_check,
  add constraint task_kind_check check (kind in (
    'credit_hold', 'reservation_expired', 'order_rejected', 'order_cancelled', 'shipment_contested', 'quality_failed', 'dispute', 'promise_broken', 'plan_broken',
    'approval', 'payment_returned', 'open_credit', 'collect', 'invoice_undeliverable', 'invoice_unknown', 'proforma_undeliverable',
    'proforma_unknown', 'letter_undeliverable', 'letter_unknown', 'letter_missed',
    'statement_refused', 'statement_gap', 'cash_exceptions', 'clearing_open', 'advice_open'
  ));

-- ── Append-only, and rights ────────────────────────────────────────────────────────────────────────────────────────

do $$ declare name text; begin
  foreach name in array array['bank_file_chunk', 'bank_statement', 'exchange_rate'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function is_append_only()', name || '_is_append_only', name);
    execute format('create trigger %I before truncate on %I for each statement execute function is_append_only()', name || '_is_never_truncated', name);
  end loop;
  foreach name in array array['bank_file', 'bank_line', 'payer_knowledge', 'remittance_advice', 'provider_payout', 'house_bank_account'] loop
    execute format('create trigger %I before delete on %I for each row execute function is_append_only()', name || '_is_never_deleted', name);
    execute format('create trigger %I before truncate on %I for each statement execute function is_append_only()', name || '_is_never_truncated', name);
  end loop;
end $$;

grant select, insert on house_bank_account, csv_mapping, bank_file, bank_file_chunk, bank_statement, bank_line_staging, bank_line,
  payer_knowledge, remittance_advice, provider_payout, exchange_rate to quittance_app;
grant update (name) on house_bank_account to quittance_app;
grant update (body, changed_by, changed_at) on csv_mapping to quittance_app;
grant update (state, problem, accepted_by, accept_note_id, lines_read, lines_new, lines_done, changed_at) on bank_file to quittance_app;
grant update (state, answer, reasons, payment_id, duplicate_of_id, decided_by, decided_at) on bank_line to quittance_app;
grant delete on bank_line_staging to quittance_app;
grant update (ended_by, ended_at, ended_because) on payer_knowledge to quittance_app;
grant update (state, line_id, sought_at, changed_at) on remittance_advice to quittance_app;
grant update (state, line_id, sought_at) on provider_payout to quittance_app;
grant update (parent_id, bank_details_changed_at, discount_terms) on customer to quittance_app;
grant insert (base_minor) on open_item to quittance_app;
grant insert (base_minor, cleared_by_line_id, cleared_at) on payment to quittance_app;
grant update (cleared_by_line_id, cleared_at) on payment to quittance_app;
grant update (cleared_by_line_id, cleared_at) on payment_return to quittance_app;
grant update (cleared_by_line_id, cleared_at) on approval to quittance_app;

-- In the legal entity's own currency the base is the amount, and need not be told.
create or replace function starts_at_zero() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'open_item' then
    new.open_minor := 0;
    new.base_minor := coalesce(nullif(new.base_minor, 0), new.original_minor);
  else
    new.unapplied_minor := 0; new.returned_minor := 0; new.refunded_minor := 0;
    new.base_minor := coalesce(nullif(new.base_minor, 0), new.amount_minor);
  end if;
  return new;
end $$;
