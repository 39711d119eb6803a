// What two people decided was decided by two, and done; what waits for them is somebody's task.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const approvalsByTwo: BooksProof = {
  name: 'approvals_by_two',
  claim:
    'Who approved or rejected a case is not who asked, who withdrew it is; each approved credit note is issued over its amount, and no other is.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from approval`,
  offenders: sql`
    select a.kind || ' ' || a.id as id, a.state || ', asked by ' || a.asked_by || ', decided by ' || coalesce(a.decided_by, 'nobody') as text
    from approval a
    where case when a.state in ('approved', 'rejected') then a.decided_by is null or a.decided_by = a.asked_by or a.decided_at is null
      when a.state = 'withdrawn' then a.decided_by is distinct from a.asked_by
      else a.decided_by is not null end
    union all
    select 'credit note ' || coalesce(v.number, 'of approval ' || a.id),
      'approved ' || coalesce(a.amount_minor || ' of item ' || coalesce(t.number, 'none'), 'nothing')
        || ', issued ' || coalesce(v.gross_minor || ' for ' || coalesce(i.number, 'nothing'), 'nothing')
    from (select * from approval where kind = 'credit_note' and state = 'approved') a
    full join (select * from invoice where kind = 'credit_note') v on v.id = a.id
    left join open_item t on t.id = a.item_id left join invoice i on i.id = v.corrects_invoice_id
    where a.id is null or v.id is null or a.amount_minor <> v.gross_minor or t.invoice_id is distinct from v.corrects_invoice_id
    order by 1`,
};

export const approvalsHaveTasks: BooksProof = {
  name: 'approvals_have_tasks',
  claim: 'Each approval that waits is somebody’s open task, and no decided one is.',
  remedy:
    'Decide or withdraw it with POST /v1/approvals/{approvalId}/decision; then ask how its task could be ended by anything else.',
  looked: sql`select count(*) from approval where state = 'requested'`,
  offenders: sql`
    select a.kind || ' ' || a.id as id, a.state || ', open tasks ' || count(k.id) as text
    from approval a left join task k on k.approval_id = a.id and k.kind = 'approval' and k.state = 'open'
    group by a.id, a.kind, a.state having count(k.id) <> case a.state when 'requested' then 1 else 0 end
    order by 1`,
};
