-- The hard lives: queues and tiers of holds, changes, cancellations, prepayments, returns, disputes, promises, plans, blocks,
-- approvals, returned payments, undone allocations, credit notes, write-offs and refunds.

-- ── Credit ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Customers that share one limit.
create table credit_group (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  number text not null,
  name text not null,
  currency text not null,
  limit_minor bigint check (limit_minor >= 0),
  is_blocked boolean not null default false,
  limit_until date,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  unique (legal_entity_id, number)
);

-- With a group, the group's limit counts and not the account's own.
alter table credit_account
  add column group_id uuid references credit_group,
  -- Last day on which the limit is good; null: without an end.
  add column limit_until date;
create index credit_account_group on credit_account (group_id) where group_id is not null;

alter table customer add column created_by text; -- Null: made before this was kept.

-- Held orders wait here, first in first out per credit account. Waiting ones count nothing; a granted one is reserved.
create table credit_hold (
  id bigint generated always as identity primary key,
  legal_entity_id text not null references legal_entity,
  order_id uuid not null references sales_order,
  customer_id uuid not null references customer,
  -- Whose room it waits for: the group's, else the customer's own.
  account_id uuid not null,
  amount_minor bigint not null check (amount_minor >= 0),
  -- Whether room alone lets it go; what only a person may decide keeps nobody else waiting.
  is_queued boolean not null,
  state text not null default 'waiting' check (state in ('waiting', 'granted', 'taken', 'released', 'rejected', 'expired', 'withdrawn')),
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
create unique index credit_hold_once on credit_hold (order_id) where state in ('waiting', 'granted');
create index credit_hold_queue on credit_hold (account_id, id) where state in ('waiting', 'granted');
create index credit_hold_released on credit_hold (customer_id, ended_at) where state = 'released';
-- What 0.1.0 held goes to the queue it would be in.
insert into credit_hold (legal_entity_id, order_id, customer_id, account_id, amount_minor, is_queued)
  select legal_entity_id, id, customer_id, customer_id, gross_minor - billed_minor, true
  from sales_order where credit_state = 'held' order by created_at, id;

-- ── Orders ─────────────────────────────────────────────────────────────────────────────────────────────────────────

do $$ declare found record; begin
  for found in select conname from pg_constraint where conrelid = 'sales_order'::regclass and contype = 'c'
    and (pg_get_constraintdef(oid) ~ 'stage = ANY' or pg_get_constraintdef(oid) ~ 'billed_minor') loop
    execute format('alter table sales_order drop constraint %I', found.conname);
  end loop;
  for found in select conname from pg_constraint where conrelid = 'order_line'::regclass and contype = 'c'
    and (pg_get_constraintdef(oid) ~ 'shipped_quantity' or pg_get_constraintdef(oid) ~ '^CHECK \(\(quantity') loop
    execute format('alter table order_line drop constraint %I', found.conname);
  end loop;
end $$;

alter table sales_order
  -- Its goods leave only when it is paid.
  add column is_prepaid boolean not null default false,
  add column cancelled_on date,
  -- When what was approved and never shipped loses its reservation.
  add column reserved_until timestamptz,
  -- Until when a release above the limit is good for what did not ship yet; null: it was no such release.
  add column released_until timestamptz,
  add column proforma text not null default 'none' check (proforma in ('none', 'pending', 'sent', 'unknown', 'undeliverable')),
  add column proforma_attempts integer not null default 0,
  add column proforma_retry_at timestamptz,
  add constraint sales_order_stage check (stage in (
    'credit_check', 'held', 'rejected', 'cancelled', 'prepayment', 'fulfilment', 'invoicing', 'disputed', 'collection', 'settled'
  )),
  -- Above the order's total where more was delivered than ordered.
  add constraint sales_order_billed check (billed_minor >= 0);

drop index sales_order_open;
create index sales_order_open on sales_order (legal_entity_id, stage, id) where stage not in ('settled', 'rejected', 'cancelled');

alter table order_line
  -- What had shipped when the line was last changed, and what that part amounts to: later parts are cut from the rest.
  add column base_quantity numeric(18, 6) not null default 0 check (base_quantity >= 0),
  add column base_net_minor bigint not null default 0,
  add column base_tax_minor bigint not null default 0,
  add constraint order_line_quantity check (quantity >= 0),
  -- Above the quantity where more was delivered than ordered.
  add constraint order_line_shipped check (shipped_quantity >= 0);

alter table shipment
  add column invoicing text not null default 'due' check (invoicing in ('due', 'quality_failed', 'contested', 'waived')),
  -- When a contested shipment is invoiced unless a person decided before.
  add column invoice_at timestamptz,
  -- Why it is contested, as a code.
  add column contested_because text check (contested_because in ('order_held', 'order_cancelled', 'order_rejected', 'over_delivered', 'not_prepaid', 'order_unassessed')),
  add check ((invoicing = 'contested') <= (invoice_at is not null));

-- Goods that came back, by the invoice that had charged them. Money follows by a credit note.
create table goods_return (
  id uuid primary key default uuidv7(),
  order_id uuid not null references sales_order,
  invoice_id uuid not null references invoice,
  returned_on date not null,
  reason text not null,
  note_id uuid references note,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp()
);
create index goods_return_order on goods_return (order_id);
create table goods_return_line (
  goods_return_id uuid not null references goods_return,
  invoice_line_no integer not null,
  quantity numeric(18, 6) not null check (quantity > 0),
  primary key (goods_return_id, invoice_line_no)
);

-- A credit note is a document as an invoice is: numbered, dated, delivered, with positive amounts.
alter table invoice
  add column kind text not null default 'invoice' check (kind in ('invoice', 'credit_note')),
  add column corrects_invoice_id uuid references invoice,
  add check ((kind = 'credit_note') = (corrects_invoice_id is not null));
drop index invoice_services;
create unique index invoice_services on invoice (order_id) where shipment_id is null and kind = 'invoice';
create index invoice_corrects on invoice (corrects_invoice_id) where corrects_invoice_id is not null;

-- ── What people ask for and others approve ─────────────────────────────────────────────────────────────────────────

create table approval (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  kind text not null check (kind in ('credit_note', 'write_off', 'refund', 'credit_limit')),
  customer_id uuid references customer,
  order_id uuid references sales_order,
  item_id uuid references open_item,
  payment_id uuid references payment,
  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null,
  reason text not null,
  note_id uuid references note,
  -- What exactly is to be done when it is approved; its shape depends on the kind (see src/domain/approval.ts).
  details jsonb not null default '{}',
  -- The workflow that waits for the decision.
  workflow_id text not null,
  state text not null default 'requested' check (state in ('requested', 'approved', 'rejected', 'withdrawn', 'lapsed')),
  asked_by text not null,
  -- Business time, by which the sum of thirty days counts.
  asked_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  decision_note_id uuid references note,
  deadline_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp()
);
create index approval_order on approval (order_id) where state = 'requested';
create index approval_customer on approval (customer_id, asked_at);
create index approval_open on approval (legal_entity_id, deadline_at, id) where state = 'requested';

-- Where a refund may go. Who changed it cannot refund to it.
create table bank_account (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  customer_id uuid not null references customer,
  iban text not null,
  bic text,
  holder text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
create index bank_account_customer on bank_account (customer_id) where ended_at is null;

-- ── The subledger, widened ─────────────────────────────────────────────────────────────────────────────────────────

alter table open_item drop constraint open_item_kind_check,
  add constraint open_item_kind_check check (kind in ('invoice', 'opening', 'credit_note'));

alter table journal_entry drop constraint journal_entry_kind_check,
  add constraint journal_entry_kind_check check (kind in (
    'invoice', 'opening_item', 'payment', 'credit_note', 'clearing', 'write_off', 'small_difference', 'allocation', 'undo',
    'payment_return', 'refund'
  ));

do $$ declare found record; begin
  for found in select conname from pg_constraint where conrelid = 'journal_line'::regclass and contype = 'c'
    and pg_get_constraintdef(oid) ~ 'opening_balance' loop
    execute format('alter table journal_line drop constraint %I', found.conname);
  end loop;
  for found in select conname from pg_constraint where conrelid = 'allocation'::regclass and contype = 'c' loop
    execute format('alter table allocation drop constraint %I', found.conname);
  end loop;
end $$;
alter table journal_line
  add constraint journal_line_account check (
    account ~ '^(receivable|revenue|tax_payable|opening_balance|unapplied_cash|bad_debt|small_differences|bank_charges|clearing:[a-z0-9][a-z0-9_-]*)$'
  ),
  -- Whether a line without a payment moves an item that is open already, by an allocation; without one it opens the item.
  add column moves boolean not null default false,
  add constraint journal_line_moves check (not moves or (item_id is not null and payment_id is null));
drop index journal_line_opens_once;
create unique index journal_line_opens_once on journal_line (item_id) where item_id is not null and payment_id is null and not moves;

-- An allocation lowers an item by something: a payment, an approved write-off or refund, another item, or a small difference that
-- goes with an earlier entry. A negative one takes an earlier one back, whole.
alter table allocation
  alter column payment_id drop not null,
  add column approval_id uuid references approval,
  add column counter_item_id uuid references open_item,
  add column follows_entry_id bigint references journal_entry,
  add column reverses_entry_id bigint references journal_entry,
  add constraint allocation_by_one check (num_nonnulls(payment_id, approval_id, counter_item_id, follows_entry_id) = 1),
  add constraint allocation_amount check (amount_minor <> 0 and (amount_minor < 0) = (reverses_entry_id is not null));
create unique index allocation_reversed_once on allocation (reverses_entry_id, item_id) where reverses_entry_id is not null;
create index allocation_follows on allocation (follows_entry_id) where follows_entry_id is not null;

alter table payment
  -- Moved by postings alone, as the unapplied rest is.
  add column returned_minor bigint not null default 0,
  add column refunded_minor bigint not null default 0,
  add constraint payment_gone_in_bounds check (returned_minor >= 0 and refunded_minor >= 0 and unapplied_minor + returned_minor + refunded_minor <= amount_minor);

-- What a bank or provider took back. Stored once, posted by its workflow.
create table payment_return (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  payment_id uuid not null references payment,
  source_id text not null,
  amount_minor bigint not null check (amount_minor > 0),
  fee_minor bigint not null default 0 check (fee_minor >= 0),
  kind text not null check (kind in ('returned_debit', 'chargeback', 'bounced_cheque')),
  reason_code text not null,
  -- What the code asks for: see src/domain/payment-return.ts.
  action text not null,
  returned_on date not null,
  state text not null default 'received' check (state in ('received', 'posted')),
  content_hash text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (payment_id, source_id)
);
create index payment_return_received on payment_return (created_at) where state = 'received';

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
    elsif new.account like 'clearing:%' and entry.kind = 'payment_return' then
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

create or replace function allocation_matches() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'journal_line' then
    if not exists (select from allocation where entry_id = new.entry_id and item_id = new.item_id and payment_id is not distinct from new.payment_id) then
      raise exception 'entry % moves item % without an allocation', new.entry_id, new.item_id using errcode = 'QT005';
    end if;
    return null;
  end if;
  if not exists (select from journal_entry e where e.id = new.entry_id and e.transaction_id = pg_current_xact_id() and e.effective_on = new.effective_on)
    or new.amount_minor is distinct from (select sum(case i.side when 'debit' then -l.amount_minor else l.amount_minor end)
      from journal_line l join open_item i on i.id = l.item_id
      where l.entry_id = new.entry_id and l.item_id = new.item_id and l.payment_id is not distinct from new.payment_id
        and (l.moves or l.payment_id is not null)) then
    raise exception 'an allocation of entry % says something else than its posting', new.entry_id using errcode = 'QT005';
  end if;
  if new.reverses_entry_id is not null and not exists (select from allocation a
      where a.entry_id = new.reverses_entry_id and a.item_id = new.item_id and a.amount_minor = -new.amount_minor
        and a.payment_id is not distinct from new.payment_id and a.approval_id is not distinct from new.approval_id
        and a.counter_item_id is not distinct from new.counter_item_id and a.follows_entry_id is not distinct from new.follows_entry_id) then
    raise exception 'entry % takes back what entry % never allocated', new.entry_id, new.reverses_entry_id using errcode = 'QT005';
  end if;
  return null;
end $$;
drop trigger journal_line_is_allocated on journal_line;
create constraint trigger journal_line_is_allocated after insert on journal_line deferrable initially deferred
  for each row when (new.item_id is not null and (new.payment_id is not null or new.moves)) execute function allocation_matches();

create or replace function open_item_is_posted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from journal_line where item_id = new.id and payment_id is null and not moves) then
    raise exception 'open item % has no posting', new.number using errcode = 'QT005';
  end if;
  return null;
end $$;

create or replace function payment_is_posted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.state = 'posted' and new.state <> 'posted' then
    raise exception 'payment % is posted', new.source_id using errcode = 'QT006';
  end if;
  if new.state = 'posted' and not exists (select from payment p where p.id = new.id and p.amount_minor
      = p.unapplied_minor + p.returned_minor + p.refunded_minor
        + (select coalesce(sum(a.amount_minor), 0) from allocation a where a.payment_id = p.id)) then
    raise exception 'payment % is not posted: its money is neither allocated, unapplied nor gone', new.source_id using errcode = 'QT006';
  end if;
  return null;
end $$;

create or replace function starts_at_zero() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'open_item' then
    new.open_minor := 0;
  else
    new.unapplied_minor := 0; new.returned_minor := 0; new.refunded_minor := 0;
  end if;
  return new;
end $$;

-- ── Disputes, promises, plans, blocks ──────────────────────────────────────────────────────────────────────────────

create table dispute (
  id uuid primary key default uuidv7(),
  legal_entity_id text not null references legal_entity,
  order_id uuid not null references sales_order,
  item_id uuid not null references open_item,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  reason text not null,
  -- Who told it: `customer_service` or `customer_mail`.
  source text not null check (source in ('customer_service', 'customer_mail')),
  state text not null default 'open' check (state in ('open', 'awaiting_approval', 'resolved', 'withdrawn')),
  outcome text check (outcome in ('credit_note', 'partly', 'rejected')),
  credited_minor bigint not null default 0 check (credited_minor between 0 and amount_minor),
  approval_id uuid references approval,
  owner_role text not null,
  raised_on date not null,
  -- When it should be resolved.
  due_at timestamptz not null,
  note_id uuid references note,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  resolved_by text,
  resolved_at timestamptz,
  check ((state = 'resolved') = (outcome is not null and resolved_at is not null) or state = 'awaiting_approval')
);
create index dispute_order on dispute (order_id);
create index dispute_open on dispute (legal_entity_id, due_at, id) where state in ('open', 'awaiting_approval');

create table dispute_message (
  id uuid primary key default uuidv7(),
  dispute_id uuid not null references dispute,
  direction text not null check (direction in ('from_customer', 'to_customer', 'internal')),
  note_id uuid not null references note,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp()
);
create index dispute_message_dispute on dispute_message (dispute_id, id);

create table evidence (
  id uuid primary key default uuidv7(),
  dispute_id uuid not null references dispute,
  name text not null,
  media_type text not null,
  content bytea not null,
  byte_count integer not null check (byte_count > 0),
  sha256 text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (dispute_id, sha256)
);

create table promise (
  id uuid primary key default uuidv7(),
  order_id uuid not null references sales_order,
  item_id uuid not null references open_item,
  amount_minor bigint not null check (amount_minor > 0),
  given_on date not null,
  promised_on date not null check (promised_on >= given_on),
  -- What payments had settled of the item before the promise.
  paid_before_minor bigint not null check (paid_before_minor >= 0),
  -- 1 for a first promise; one more for each that follows one that was not kept.
  level integer not null check (level > 0),
  state text not null default 'open' check (state in ('open', 'kept', 'partly_kept', 'broken', 'withdrawn')),
  note_id uuid references note,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  evaluated_at timestamptz
);
create unique index promise_once on promise (item_id) where state = 'open';
create index promise_order on promise (order_id);

create table payment_plan (
  id uuid primary key default uuidv7(),
  order_id uuid not null references sales_order,
  item_id uuid not null references open_item,
  paid_before_minor bigint not null check (paid_before_minor >= 0),
  state text not null default 'active' check (state in ('active', 'kept', 'broken', 'cancelled')),
  note_id uuid references note,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
create unique index payment_plan_once on payment_plan (item_id) where state = 'active';
create index payment_plan_order on payment_plan (order_id);
create table plan_instalment (
  plan_id uuid not null references payment_plan,
  instalment_no integer not null check (instalment_no > 0),
  due_on date not null,
  amount_minor bigint not null check (amount_minor > 0),
  primary key (plan_id, instalment_no)
);

-- A block holds one item, all items of an order, or all of a customer's.
alter table dunning_block
  add column customer_id uuid references customer,
  alter column order_id drop not null,
  alter column item_id drop not null;
update dunning_block b set customer_id = o.customer_id from sales_order o where o.id = b.order_id;
alter table dunning_block
  alter column customer_id set not null,
  add check (item_id is null or order_id is not null);
create index dunning_block_customer on dunning_block (customer_id) where order_id is null;

-- ── Tasks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Where a role reads its mail, per legal entity.
create table role_mailbox (
  legal_entity_id text not null references legal_entity,
  role text not null,
  email text not null,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (legal_entity_id, role)
);

alter table task drop constraint task_kind_check, drop constraint task_state_check;
alter table task
  add constraint task_kind_check check (kind in (
    'credit_hold', 'reservation_expired', 'order_rejected', 'order_cancelled', 'shipment_contested', 'quality_failed', 'dispute', 'promise_broken', 'plan_broken',
    'approval', 'payment_returned', 'open_credit', 'collect', 'invoice_undeliverable', 'invoice_unknown', 'proforma_undeliverable',
    'proforma_unknown', 'letter_undeliverable', 'letter_unknown', 'letter_missed'
  )),
  add constraint task_state_check check (state in ('open', 'done', 'lapsed')),
  add column dispute_id uuid references dispute,
  add column approval_id uuid references approval,
  -- 0: its first owner; each escalation adds one.
  add column tier integer not null default 0 check (tier >= 0),
  -- Who is asked when: [{"role", "at" (epoch ms)}], from tier 1 on.
  add column escalations jsonb not null default '[]',
  -- The highest tier whose owner was told, or needs not be; -1: nobody yet.
  add column told_tier integer not null default 0,
  add column tell_attempts integer not null default 0,
  add column tell_retry_at timestamptz,
  -- Ends by itself at its deadline: it only tells something.
  add column lapses boolean not null default false,
  add column assigned_to text,
  add column snoozed_until timestamptz;
alter table task alter column told_tier set default -1;
create index task_lapsing on task (deadline_at) where state = 'open' and lapses;
create table task_comment (
  id uuid primary key default uuidv7(),
  task_id uuid not null references task,
  note_id uuid not null references note,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp()
);
create index task_comment_task on task_comment (task_id, id);

-- ── Append-only, and rights ────────────────────────────────────────────────────────────────────────────────────────

do $$ declare name text; begin
  foreach name in array array['goods_return_line', 'dispute_message', 'evidence', 'plan_instalment', 'task_comment'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function is_append_only()', name || '_is_append_only', name);
    execute format('create trigger %I before truncate on %I for each statement execute function is_append_only()', name || '_is_never_truncated', name);
  end loop;
  foreach name in array array['approval', 'payment_return', 'goods_return', 'dispute', 'promise', 'payment_plan', 'credit_hold', 'bank_account'] loop
    execute format('create trigger %I before delete on %I for each row execute function is_append_only()', name || '_is_never_deleted', name);
    execute format('create trigger %I before truncate on %I for each statement execute function is_append_only()', name || '_is_never_truncated', name);
  end loop;
end $$;

grant select on credit_group, credit_hold, goods_return, goods_return_line, approval, bank_account, payment_return, dispute,
  dispute_message, evidence, promise, payment_plan, plan_instalment, role_mailbox, task_comment to quittance_app;
grant insert on credit_group, goods_return, goods_return_line, approval, bank_account, payment_return, dispute,
  dispute_message, evidence, promise, payment_plan, plan_instalment, role_mailbox, task_comment to quittance_app;
grant insert (legal_entity_id, order_id, customer_id, account_id, amount_minor, is_queued, state) on credit_hold to quittance_app;
grant insert (approval_id, counter_item_id, follows_entry_id, reverses_entry_id) on allocation to quittance_app;
grant update (name, limit_minor, is_blocked, limit_until, changed_at) on credit_group to quittance_app;
-- A customer that joins or leaves a group takes its waiting orders along.
grant update (state, ended_at, account_id) on credit_hold to quittance_app;
grant update (state, decided_by, decided_at, decision_note_id) on approval to quittance_app;
grant update (ended_at) on bank_account to quittance_app;
grant update (state) on payment_return to quittance_app;
grant update (state, outcome, credited_minor, approval_id, owner_role, resolved_by, resolved_at) on dispute to quittance_app;
grant update (state, evaluated_at) on promise to quittance_app;
grant update (state, ended_at) on payment_plan to quittance_app;
grant update on role_mailbox to quittance_app;
grant update (is_prepaid, cancelled_on, reserved_until, released_until, proforma, proforma_attempts, proforma_retry_at,
  requested_on, net_minor, gross_minor) on sales_order to quittance_app;
grant update (quantity, unit_price, net_minor, tax_minor, base_quantity, base_net_minor, base_tax_minor) on order_line to quittance_app;
grant update (invoicing, invoice_at, contested_because) on shipment to quittance_app;
