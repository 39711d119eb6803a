// A posted payment is allocated and unapplied to the cent; a received one is not in the books.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const paymentsAddUp: BooksProof = {
  name: 'payments_add_up',
  claim: 'Each posted payment = Σ its allocations + its unapplied rest; a payment that is only received has neither.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from payment`,
  offenders: sql`
    select 'payment ' || p.source || '/' || p.source_id || ' (' || p.id || ')' as id,
      p.state || ' ' || p.amount_minor || ', allocated ' || coalesce(a.amount, 0) || ', unapplied ' || p.unapplied_minor as text
    from payment p
    left join (select payment_id, sum(amount_minor) as amount from allocation group by payment_id) a on a.payment_id = p.id
    where case p.state when 'posted' then p.amount_minor else 0 end <> coalesce(a.amount, 0) + p.unapplied_minor
    order by p.id`,
};
