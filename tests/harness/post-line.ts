// Posts bank lines and opens them again as the activities of cash application do, and takes the books' picture before and after.

import { sql } from 'kysely';
import { lockBankLine } from '../../src/activities/bank/bank-line-row.ts';
import { postLine, reopenLine } from '../../src/activities/bank/post-line.ts';
import type { Db } from '../../src/database/client.ts';
import type { Allocation, ItemShare } from '../../src/domain/matching/types.ts';
import { asActivity, MONDAY } from './activities.ts';

/** A share that takes nothing but money, unless told otherwise. */
export function share(itemId: string, paidMinor: number, more: Partial<ItemShare> = {}): ItemShare {
  return {
    ...{ itemId, paidMinor, discountMinor: 0, isDiscountLate: false, chargesMinor: 0, toleranceMinor: 0 },
    ...{ deductionMinor: 0, deductionCode: null, leftMinor: 0 },
    ...more,
  };
}

/** Posts a stored line, as the run of its file would. @returns the answer, refusals too */
export function post(
  db: Db,
  lineId: string,
  allocation: Allocation,
  by: { actor?: string; now?: number } = {},
): ReturnType<typeof postLine> {
  const workflowId = `statement/${lineId}`;
  return asActivity({ workflowId, step: 'postLines' }, () =>
    db.transaction().execute(async (tx) => {
      const line = await lockBankLine(tx, lineId);
      const actor = by.actor ?? `workflow:${workflowId}`;
      return postLine(tx, { line, allocation, because: 'The text names it.', actor, now: by.now ?? MONDAY });
    }),
  );
}

/** Posts a line that can be posted. @returns its payment and who is told */
export async function posted(
  db: Db,
  lineId: string,
  allocation: Allocation,
): Promise<{ paymentId: string; orderIds: readonly string[] }> {
  const result = await post(db, lineId, allocation);
  if (!result.ok) throw new Error(result.refusal.text);
  return result;
}

/** Opens a line again, as a person asks. @returns the answer, refusals too */
export function reopen(db: Db, lineId: string, now = MONDAY): ReturnType<typeof reopenLine> {
  return asActivity({ workflowId: `change/reopen/${lineId}`, step: 'decideLine' }, () =>
    db.transaction().execute(async (tx) => {
      const line = await lockBankLine(tx, lineId);
      return reopenLine(tx, { line, actor: 'key:cash', requestId: 'test', now });
    }),
  );
}

/** Everything that a payment moves and its undo brings back: items, accounts in both currencies, disputes, dunning levels. */
export async function picture(db: Db, legalEntityId = 'ACME-DE'): Promise<readonly string[]> {
  const { rows } = await sql<{ text: string }>`
    select 'item ' || number || ' open ' || open_minor || ' base ' || coalesce((select sum(l.base_minor) from journal_line l
        where l.item_id = i.id), 0) as text from open_item i where legal_entity_id = ${legalEntityId}
    union all
    select 'account ' || l.account || ' ' || l.currency || ' ' || sum(l.amount_minor) || ' base ' || sum(l.base_minor)
      from journal_line l join journal_entry e on e.id = l.entry_id where e.legal_entity_id = ${legalEntityId}
      group by l.account, l.currency having sum(l.amount_minor) <> 0 or sum(l.base_minor) <> 0
    union all
    select 'disputed ' || t.number || ' ' || sum(d.amount_minor) from dispute d join open_item t on t.id = d.item_id
      where d.legal_entity_id = ${legalEntityId} and d.state in ('open', 'awaiting_approval') group by t.number
    union all
    select 'level ' || t.number || ' ' || d.level || ' ' || d.state from dunning_step d join open_item t on t.id = d.item_id
      where t.legal_entity_id = ${legalEntityId}
    union all
    select 'stage ' || number || ' ' || stage from sales_order where legal_entity_id = ${legalEntityId}
    order by 1`.execute(db);
  return rows.map(({ text }) => text);
}

/** What of a picture is another than before, both ways. Nothing: all is as it was. */
export function changes(before: readonly string[], now: readonly string[]): string[] {
  const [old, fresh] = [new Set(before), new Set(now)];
  return [
    ...before.filter((text) => !fresh.has(text)).map((text) => `- ${text}`),
    ...now.filter((text) => !old.has(text)).map((text) => `+ ${text}`),
  ];
}
