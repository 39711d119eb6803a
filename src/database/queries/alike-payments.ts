// Payments like others: of the same customer, amount and currency, within some days. What a payment is held for as a duplicate.

import { sql } from 'kysely';
import { referenceOf, type AlikePayment } from '../../domain/pre-validation.ts';
import type { Db, Tx } from '../client.ts';

/** A payment that is about to be posted. */
export interface AboutToPay {
  /** The bank line. */
  readonly id: string;
  readonly customerId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly valueOn: string;
}

/** Payments asked about at once. */
const ASKED_MAX = 1_000;

/**
 * Payments that were applied already, by bank line ID. What was wholly taken back is none.
 *
 * @param days how far value dates may lie apart
 */
export async function alikePayments(
  db: Db | Tx,
  asked: readonly AboutToPay[],
  days: number,
): Promise<Map<string, AlikePayment[]>> {
  const found = new Map<string, AlikePayment[]>();
  for (let from = 0; from < asked.length; from += ASKED_MAX) {
    const { rows } = await sql<{
      lineId: string;
      valueOn: string;
      texts: string[] | null;
      reference: string;
      itemIds: string[];
      name: string;
    }>`
      select q.id as "lineId", p.value_on as "valueOn", l.texts || l.structured_references as texts, p.reference,
        array(select a.item_id::text from allocation a where a.payment_id = p.id and a.amount_minor > 0 and not exists (
          select from allocation r where r.reverses_entry_id = a.entry_id and r.item_id = a.item_id)) as "itemIds",
        coalesce('line ' || l.position || ' of ' || f.name, p.source || '/' || p.source_id) as name
      from json_to_recordset(${JSON.stringify(asked.slice(from, from + ASKED_MAX))}::json) as q (id uuid, "customerId" uuid,
          "amountMinor" bigint, currency text, "valueOn" date)
        join payment p on p.customer_id = q."customerId" and p.amount_minor = q."amountMinor" and p.currency = q.currency
          and p.value_on between q."valueOn" - ${days}::integer and q."valueOn" + ${days}::integer
        left join bank_line l on l.payment_id = p.id and l.state = 'applied'
        left join bank_file f on f.id = l.file_id
      where p.state = 'posted' and p.returned_minor < p.amount_minor and l.id is distinct from q.id
      order by q.id, p.id`.execute(db);
    for (const { lineId, valueOn, texts, reference, itemIds, name } of rows) {
      const one = { valueOn, itemIds, name, reference: referenceOf(texts ?? [reference]) };
      found.set(lineId, [...(found.get(lineId) ?? []), one]);
    }
  }
  return found;
}
