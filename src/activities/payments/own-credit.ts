// An invoice that is open again takes the credit that corrects it: nobody is dunned for what was given back already.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { endCollecting } from '../approvals/end-collecting.ts';
import { askAboutReopenedCredits, endOpenCredits } from '../approvals/open-credit.ts';
import { engineActor } from '../cause.ts';
import { postClearing, type Ground } from './beside.ts';

/** A credit note and the invoice that it corrects, both open. */
interface Pair {
  readonly creditItemId: string;
  readonly creditNumber: string;
  readonly creditMinor: number;
  readonly debitItemId: string;
  readonly debitNumber: string;
  readonly orderId: string;
}

/**
 * Settles open invoices with the open credit notes that correct them, oldest first, where one of the two was just opened again.
 * Both belong to one order, which is locked. Between transactions no invoice is open beside credit of its own. Somebody is asked
 * to use what is left of the credit.
 *
 * @param about.itemIds what was opened again: invoices or credit notes
 * @param about.because the entry that opened them, for the key
 */
export async function clearOwnCredit(
  tx: Tx,
  ground: Ground,
  about: { itemIds: readonly string[]; because: string; now: number },
): Promise<void> {
  for (const pair of await openPairs(tx, about.itemIds)) await clearPair(tx, ground, { pair, ...about });
  await askAboutReopenedCredits(tx, about);
}

async function openPairs(tx: Tx, itemIds: readonly string[]): Promise<Pair[]> {
  const { rows } = await sql<Pair>`
    select c.id as "creditItemId", c.number as "creditNumber", c.open_minor as "creditMinor", d.id as "debitItemId",
      d.number as "debitNumber", d.order_id as "orderId"
    from open_item t join invoice v on v.id = t.invoice_id
      join invoice n on n.corrects_invoice_id = coalesce(v.corrects_invoice_id, v.id)
      join open_item c on c.invoice_id = n.id and c.open_minor > 0
      join open_item d on d.invoice_id = n.corrects_invoice_id and d.open_minor > 0
    where t.id = any(${itemIds}::uuid[]) group by c.id, d.id order by d.id, c.posted_on, c.number`.execute(tx);
  return rows;
}

async function clearPair(
  tx: Tx,
  ground: Ground,
  { pair, because, now }: { pair: Pair; because: string; now: number },
): Promise<void> {
  const { creditItemId, debitItemId, creditNumber, debitNumber, orderId } = pair;
  const { open_minor: openMinor } = await tx
    .selectFrom('open_item')
    .select('open_minor')
    .where('id', '=', debitItemId)
    .executeTakeFirstOrThrow();
  const amountMinor = Math.min(openMinor, pair.creditMinor);
  if (amountMinor === 0) return;
  const key = `clearing/${creditNumber}/${debitNumber}/${because}`;
  await postClearing(tx, ground, { key, creditItemId, debitItemId, amountMinor, followed: null, now });
  const { legalEntityId, currency } = ground;
  await endCollecting(tx, debitItemId, 'credit_note');
  if (amountMinor === pair.creditMinor) {
    await endOpenCredits(tx, [creditItemId], 'clearing');
  }
  await writeAudit(tx, {
    ...{ legalEntityId, orderId, actor: engineActor(), action: 'credit_note.cleared', subject: creditNumber },
    because: `${debitNumber}, which it corrects, is open again.`,
    details: { item: debitNumber, amountMinor, currency, effectiveOn: localDate(ground.zone, now) },
    businessAt: now,
  });
}
