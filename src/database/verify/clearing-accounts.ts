// The clearing accounts in the ledger are what bank lines brought, and what other doors told and no line has brought.

import { sql } from 'kysely';
import { OPEN_CLEARING } from '../queries/clearing.ts';
import { BANK_LINE_ID } from './bank-lines.ts';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

/** Payments that the API told under the source of bank lines, before bank files were read: no line is theirs, and their entries are no line's. */
const elsewhere = sql`select l.entry_id from journal_line l join payment p on p.id = l.payment_id
  where p.source = 'statement' and p.source_id !~ ${BANK_LINE_ID}`;

export const clearingOfBank: BooksProof = {
  name: 'clearing_of_bank',
  claim:
    'Per legal entity and currency, account clearing:statement = Σ bank lines that are applied, cleared or returned, less returns of such lines’ payments whose debit has not come.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from bank_line`,
  offenders: sql`
    with sides as (
      select e.legal_entity_id, l.currency, l.amount_minor as ledger, 0::bigint as lines from journal_line l
        join journal_entry e on e.id = l.entry_id
        where l.account = 'clearing:statement' and l.amount_minor <> 0 and l.entry_id not in (${elsewhere})
      union all
      select legal_entity_id, currency, 0, amount_minor from bank_line where state in ('applied', 'cleared', 'returned')
      union all
      select p.legal_entity_id, p.currency, 0, -(r.amount_minor + r.fee_minor) from payment_return r join payment p on p.id = r.payment_id
        where r.state = 'posted' and r.kind <> 'misposted' and r.cleared_by_line_id is null
          and p.source = 'statement' and p.source_id ~ ${BANK_LINE_ID}
    )
    select legal_entity_id || ' ' || currency as id, 'clearing:statement ' || sum(ledger) || ', bank lines ' || sum(lines) as text
    from sides group by legal_entity_id, currency having sum(ledger) <> sum(lines) order by 1`,
};

export const clearingOfDoors: BooksProof = {
  name: 'clearing_of_doors',
  claim:
    'Per legal entity, source and currency, the source’s clearing account = Σ payments that no bank line brought − returns and refunds that none took: whatever is cleared left nothing on it.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from payment where source <> 'statement'`,
  offenders: sql`
    with sides as (
      select e.legal_entity_id, substr(l.account, 10) as source, l.currency, l.amount_minor as ledger, 0::bigint as open
        from journal_line l join journal_entry e on e.id = l.entry_id
        where l.account like 'clearing:%' and l.account <> 'clearing:statement' and l.amount_minor <> 0
      union all
      select legal_entity_id, source, currency, 0, amount from (${OPEN_CLEARING}) o
    )
    select legal_entity_id || ' clearing:' || source || ' ' || currency as id,
      'ledger ' || sum(ledger) || ', not cleared ' || sum(open) as text
    from sides group by legal_entity_id, source, currency having sum(ledger) <> sum(open) order by 1`,
};
