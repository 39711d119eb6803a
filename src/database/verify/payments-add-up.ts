// A posted payment is allocated, unapplied, returned and refunded to the cent; a received one is not in the books.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const paymentsAddUp: BooksProof = {
  name: 'payments_add_up',
  claim:
    'Each posted payment = Σ its allocations + its unapplied rest + what was returned (Σ its posted returns) and refunded; a payment that is only received has none of them.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from payment`,
  offenders: sql`
    select 'payment ' || p.source || '/' || p.source_id || ' (' || p.id || ')' as id,
      p.state || ' ' || p.amount_minor || ', allocated ' || coalesce(a.amount, 0) || ', unapplied ' || p.unapplied_minor
        || ', returned ' || p.returned_minor || ' (told ' || coalesce(r.amount, 0) || '), refunded ' || p.refunded_minor as text
    from payment p
    left join (select payment_id, sum(amount_minor) as amount from allocation group by payment_id) a on a.payment_id = p.id
    left join (select payment_id, sum(amount_minor) as amount from payment_return where state = 'posted' group by payment_id) r
      on r.payment_id = p.id
    where case p.state when 'posted' then p.amount_minor else 0 end
        <> coalesce(a.amount, 0) + p.unapplied_minor + p.returned_minor + p.refunded_minor
      or p.returned_minor <> coalesce(r.amount, 0)
    order by p.id`,
};
