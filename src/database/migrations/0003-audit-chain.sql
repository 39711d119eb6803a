-- The audit chain: which transaction wrote an audit entry, and the seals that chain committed entries by hash.

-- Entries from before this was kept get 0, which is before every transaction. A constant default rewrites no row.
alter table audit_entry add column transaction_id xid8 not null default '0';
alter table audit_entry alter column transaction_id set default pg_current_xact_id();
-- The order of sealing: once all transactions below a number have ended, no entry can appear there any more.
create index audit_entry_transaction on audit_entry (transaction_id, id);

-- No foreign key to the entry: its checks would lock, and so write, every old row. `quittance verify` says what is missing.
create table audit_seal (
  -- The legal entity's ID, or `*` for entries without one.
  chain text not null,
  position bigint not null check (position > 0),
  entry_id bigint not null unique,
  previous_hash text not null check (previous_hash ~ '^[0-9a-f]{64}$'),
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  sealed_at timestamptz not null default clock_timestamp(),
  primary key (chain, position)
);
-- The sealer goes on after the latest seal.
create index audit_seal_latest on audit_seal (sealed_at);

create trigger audit_seal_is_append_only before update or delete on audit_seal for each row execute function is_append_only();
create trigger audit_seal_is_never_truncated before truncate on audit_seal for each statement execute function is_append_only();

grant select on audit_seal to quittance_app;
grant insert (chain, position, entry_id, previous_hash, hash) on audit_seal to quittance_app;
