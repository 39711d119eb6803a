// The one door through which entries are posted.

import { sql } from 'kysely';
import type { Tx } from '../database/client.ts';
import type { Cause } from './cause.ts';

export interface PostingLine {
  readonly account: string;
  /** Debits positive, credits negative, in minor units. */
  readonly amountMinor: number;
  readonly itemId?: string;
  readonly paymentId?: string;
  /** Whether a line without a payment moves an item that is open already, by an allocation; without it, it opens the item. */
  readonly moves?: boolean;
}

export type PostingKind =
  | 'invoice'
  | 'opening_item'
  | 'payment'
  | 'credit_note'
  | 'clearing'
  | 'write_off'
  | 'small_difference'
  | 'allocation'
  | 'undo'
  | 'payment_return'
  | 'refund';

export interface Posting {
  readonly legalEntityId: string;
  readonly kind: PostingKind;
  /** Business key: nothing is ever posted twice under it. */
  readonly key: string;
  /** Business date in the legal entity's zone. */
  readonly effectiveOn: string;
  readonly businessAt: number;
  /** The legal entity's own currency: base amounts equal the amounts. */
  readonly currency: string;
  readonly lines: readonly PostingLine[];
  readonly cause: Cause;
}

/** Posts an entry with its lines; lines of nothing are left out. @returns the entry's ID. Postgres refuses what does not balance. */
export async function post(tx: Tx, posting: Posting): Promise<number> {
  const lines = posting.lines
    .filter((line) => line.amountMinor !== 0)
    .map((line, index) => ({
      lineNo: index + 1,
      account: line.account,
      amountMinor: line.amountMinor,
      itemId: line.itemId ?? null,
      paymentId: line.paymentId ?? null,
      moves: line.moves ?? false,
    }));
  // Entry and lines in one statement: a posting is one round trip, and its text is the same for any number of lines.
  const { rows } = await sql<{ id: number }>`
    with entry as (
      insert into journal_entry (legal_entity_id, kind, key, effective_on, business_at, workflow_id, step)
      values (${posting.legalEntityId}, ${posting.kind}, ${posting.key}, ${posting.effectiveOn},
        ${new Date(posting.businessAt)}, ${posting.cause.workflowId}, ${posting.cause.step})
      returning id
    ), lines as (
      insert into journal_line (entry_id, line_no, account, amount_minor, currency, base_minor, item_id, payment_id, moves)
      select entry.id, l."lineNo", l.account, l."amountMinor", ${posting.currency}, l."amountMinor", l."itemId", l."paymentId", l.moves
      from entry, json_to_recordset(${JSON.stringify(lines)}::json) as l ("lineNo" integer, account text,
        "amountMinor" bigint, "itemId" uuid, "paymentId" uuid, moves boolean)
      order by l."lineNo"
    )
    select id from entry`.execute(tx);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('defect: an entry was not written');
  return id;
}
