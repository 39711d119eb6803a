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
}

export interface Posting {
  readonly legalEntityId: string;
  readonly kind: 'invoice' | 'opening_item' | 'payment';
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
  const lines = posting.lines.filter((line) => line.amountMinor !== 0);
  const { rows } = await sql<{ id: number }>`
    insert into journal_entry (legal_entity_id, kind, key, effective_on, business_at, workflow_id, step)
    values (${posting.legalEntityId}, ${posting.kind}, ${posting.key}, ${posting.effectiveOn},
      ${new Date(posting.businessAt)}, ${posting.cause.workflowId}, ${posting.cause.step})
    returning id`.execute(tx);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('defect: an entry was not written');
  await tx
    .insertInto('journal_line')
    .values(
      lines.map((line, index) => ({
        entry_id: id,
        line_no: index + 1,
        account: line.account,
        amount_minor: line.amountMinor,
        currency: posting.currency,
        base_minor: line.amountMinor,
        item_id: line.itemId ?? null,
        payment_id: line.paymentId ?? null,
      })),
    )
    .execute();
  return id;
}
