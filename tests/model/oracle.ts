// What must be true of a company's books after every step, asked in SQL beside the code that wrote them.

import { sql } from 'kysely';
import type { Db } from '../../src/database/client.ts';
import { FINAL_STAGES } from '../../src/domain/agenda.ts';
import type { Model } from './model.ts';

/** Everything that is wrong with the books, letters and tasks of a legal entity, in words. */
export async function bookFaults(db: Db, legalEntityId: string, now: number): Promise<string[]> {
  const at = new Date(now);
  const { rows } = await sql<{ fault: string }>`
    with entity as (select ${legalEntityId}::text as id),
    item as (select i.* from open_item i, entity where i.legal_entity_id = entity.id),
    line as (select l.*, e.key from journal_line l join journal_entry e on e.id = l.entry_id, entity where e.legal_entity_id = entity.id),
    money as (select p.* from payment p, entity where p.legal_entity_id = entity.id)
    select 'entry ' || key || ' does not balance' as fault from line group by key, currency having sum(amount_minor) <> 0
    union all
    select 'control account ' || ledger || ', items ' || items from (
      select coalesce((select sum(amount_minor) from line where account = 'receivable'), 0) as ledger,
        coalesce((select sum(case side when 'debit' then open_minor else -open_minor end) from item), 0) as items) s where ledger <> items
    union all
    select 'unapplied cash ' || ledger || ', payments ' || unapplied from (
      select -coalesce((select sum(amount_minor) from line where account = 'unapplied_cash'), 0) as ledger,
        coalesce((select sum(unapplied_minor) from money), 0) as unapplied) s where ledger <> unapplied
    union all
    select number || ' is open with ' || open_minor || ' of ' || original_minor from item where open_minor not between 0 and original_minor
    union all
    select 'payment ' || source_id || ': ' || amount_minor || ' is not ' || allocated || ' allocated, ' || unapplied_minor || ' unapplied, '
        || refunded_minor || ' refunded, ' || returned_minor || ' returned'
      from (select p.*, coalesce((select sum(amount_minor) from allocation a where a.payment_id = p.id), 0) as allocated from money p) p
      where state = 'posted' and (amount_minor <> allocated + unapplied_minor + refunded_minor + returned_minor or allocated not between 0 and amount_minor)
    union all
    select 'payment ' || source_id || ' was told and is not posted' from money where state <> 'posted'
    union all
    select d.number || ' is open beside its own credit ' || c.number from item c join invoice n on n.id = c.invoice_id
      join item d on d.invoice_id = n.corrects_invoice_id where c.open_minor > 0 and d.open_minor > 0
    union all
    select 'two letters to one customer on ' || (l.sent_at at time zone c.zone)::date from letter l join customer c on c.id = l.customer_id, entity
      where l.legal_entity_id = entity.id and l.state = 'sent' group by l.customer_id, (l.sent_at at time zone c.zone)::date having count(*) > 1
    union all
    select i.number || ' took ' || d.level || ' twice' from dunning_step d join item i on i.id = d.item_id where d.state <> 'dropped'
      group by i.number, d.level having count(*) > 1
    union all
    select 'task ' || t.kind || ' has no owner, deadline or end' from task t left join sales_order o on o.id = t.order_id, entity
      where t.legal_entity_id = entity.id and t.state = 'open' and (t.owner_role = '' or t.deadline_at is null or not (
        t.lapses or jsonb_array_length(t.escalations) > t.tier or coalesce(o.stage <> all(${FINAL_STAGES}::text[]), false)
        or exists (select from approval a where a.id = t.approval_id and a.state = 'requested')))
    union all
    select 'task ' || t.kind || ' lapses and does not' from task t, entity
      where t.legal_entity_id = entity.id and t.state = 'open' and t.lapses and t.deadline_at <= ${at}
    union all
    select 'a task ' || t.kind || ' about nothing that is open' from task t, entity where t.legal_entity_id = entity.id and t.state = 'open' and (
        exists (select from approval a where a.id = t.approval_id and a.state <> 'requested')
        or exists (select from dispute d where d.id = t.dispute_id and t.kind = 'dispute' and d.state not in ('open', 'awaiting_approval'))
        or t.kind = 'credit_hold' and exists (select from sales_order o where o.id = t.order_id and (o.credit_state <> 'held' or o.cancelled_on is not null)))
    union all
    select 'order ' || o.number || ' is held without a hold, or has one and is not held' from sales_order o, entity
      where o.legal_entity_id = entity.id and (o.credit_state = 'held' and o.cancelled_on is null)
        <> exists (select from credit_hold h where h.order_id = o.id and h.state in ('waiting', 'granted'))`.execute(
    db,
  );
  return rows.map((row) => row.fault);
}

/** Items that a letter dunned although nothing of them was to dun on its day. */
export async function letterFaults(db: Db, letterId: string): Promise<string[]> {
  const { rows } = await sql<{ fault: string }>`
    select i.number || ' was dunned with ' || d.level || ' and nothing to dun' as fault
    from letter l join dunning_step d on d.letter_id = l.id join open_item i on i.id = d.item_id
    where l.id = ${letterId} and d.state = 'sent' and (
      i.open_minor <= (select coalesce(sum(p.amount_minor), 0) from dispute p where p.item_id = i.id and p.state in ('open', 'awaiting_approval'))
      or exists (select from promise p where p.item_id = i.id and p.state = 'open')
      or exists (select from payment_plan p where p.item_id = i.id and p.state = 'active')
      or exists (select from dunning_block b where b.customer_id = i.customer_id and (b.order_id is null or b.order_id = i.order_id)
        and (b.item_id is null or b.item_id = i.id) and l.letter_on between b.from_on and b.until_on
        and (b.ended_on is null or l.letter_on < b.ended_on)))`.execute(db);
  return rows.map((row) => row.fault);
}

/** Where the books say something else than the model. */
export async function modelFaults(db: Db, legalEntityId: string, model: Model): Promise<string[]> {
  const { rows } = await sql<{ id: string; what: string; value: string }>`
    select id::text, 'item' as what, side || ' ' || original_minor || ' open ' || open_minor as value
      from open_item where legal_entity_id = ${legalEntityId}
    union all
    select id::text, 'payment', 'unapplied ' || unapplied_minor || ' returned ' || returned_minor || ' refunded ' || refunded_minor
      from payment where legal_entity_id = ${legalEntityId}
    union all
    select id::text, 'order', 'gross ' || gross_minor || ' billed ' || billed_minor || ' cancelled ' || (cancelled_on is not null)
      from sales_order where legal_entity_id = ${legalEntityId}
    union all
    select id::text, 'shipment', case when exists (select from invoice i where i.shipment_id = s.id) then 'invoiced' else s.invoicing end
      from shipment s where order_id in (select id from sales_order where legal_entity_id = ${legalEntityId})
    union all
    select id::text, 'approval', state from approval where legal_entity_id = ${legalEntityId}
    union all
    select id::text, 'dispute', case state when 'resolved' then 'over' when 'withdrawn' then 'over' else state end
      from dispute where legal_entity_id = ${legalEntityId}`.execute(db);
  const known = expected(model);
  const found = new Map(rows.map(({ id, what, value }) => [id, `${what} ${value}`]));
  return [...new Set([...known.keys(), ...found.keys()])].flatMap((id) => {
    const is = found.get(id) ?? 'nothing';
    const { name, value } = known.get(id) ?? { name: id, value: 'nothing' };
    return is === value ? [] : [`${name}: books say ${is}, the model ${value}`];
  });
}

/** What the model says of each row, as the query above spells it. */
function expected(model: Model): Map<string, { name: string; value: string }> {
  const known = new Map<string, { name: string; value: string }>();
  for (const item of model.items) {
    const value = `item ${item.side} ${String(item.originalMinor)} open ${String(item.openMinor)}`;
    known.set(item.id, { name: item.number, value });
  }
  for (const one of model.payments) {
    const value = `payment unapplied ${String(one.unappliedMinor)} returned ${String(one.returnedMinor)} refunded ${String(one.refundedMinor)}`;
    known.set(one.id, { name: `payment for ${one.names.join(' ')}`, value });
  }
  for (const order of model.orders) {
    const value = `order gross ${String(model.grossOf(order))} billed ${String(order.billedMinor)} cancelled ${String(order.isCancelled)}`;
    known.set(order.id, { name: order.number, value });
    for (const one of order.shipments) {
      known.set(one.id, { name: `shipment of ${order.number}`, value: `shipment ${one.invoicing}` });
    }
  }
  for (const one of model.approvals) {
    known.set(one.id, { name: `${one.kind} of ${one.item?.number ?? 'a payment'}`, value: `approval ${one.state}` });
  }
  for (const one of model.disputes) {
    known.set(one.id, { name: `dispute of ${one.item.number}`, value: `dispute ${one.state}` });
  }
  return known;
}
