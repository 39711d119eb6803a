// A payment under its lock: whoever moves its money begins here, before any order.

import { sql } from 'kysely';
import { wholePolicy, type SmallDifference, type StoredPolicy } from '../../domain/policy.ts';
import type { Tx } from '../../database/client.ts';

export interface LockedPayment {
  readonly id: string;
  readonly legalEntityId: string;
  /** The legal entity's zone: its business date counts for postings. */
  readonly zone: string;
  readonly customerId: string;
  readonly source: string;
  readonly sourceId: string;
  readonly amountMinor: number;
  /** The whole of it in the legal entity's currency. */
  readonly baseMinor: number;
  readonly currency: string;
  readonly reference: string;
  readonly state: 'received' | 'posted';
  readonly unappliedMinor: number;
  readonly returnedMinor: number;
  readonly refundedMinor: number;
  /** Its fixed amount is in the legal entity's currency. */
  readonly smallDifference: SmallDifference | null;
}

/** Locks the payment for the rest of the transaction: what is allocated of it stands still as well. @throws a defect when there is none */
export async function lockPayment(tx: Tx, paymentId: string): Promise<LockedPayment> {
  const { rows } = await sql<Omit<LockedPayment, 'smallDifference'> & { policy: StoredPolicy | null }>`
    select p.id, p.legal_entity_id as "legalEntityId", e.zone, p.customer_id as "customerId", p.source, p.source_id as "sourceId",
      p.amount_minor as "amountMinor", p.base_minor as "baseMinor", p.currency, p.reference, p.state, p.unapplied_minor as "unappliedMinor",
      p.returned_minor as "returnedMinor", p.refunded_minor as "refundedMinor",
      (select y.body from policy y where y.legal_entity_id = p.legal_entity_id order by y.version desc limit 1) as policy
    from payment p join legal_entity e on e.id = p.legal_entity_id where p.id = ${paymentId} for no key update of p`.execute(
    tx,
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no payment ${paymentId}`);
  const { policy, ...payment } = row;
  return { ...payment, smallDifference: wholePolicy(policy ?? {}).smallDifference };
}

/** Locks orders in the order of their IDs, as everywhere. */
export async function lockOrders(tx: Tx, orderIds: readonly string[]): Promise<void> {
  await sql`select 1 from sales_order where id = any(${orderIds}::uuid[]) order by id for no key update`.execute(tx);
}

/** What was told to be taken back of a locked payment and is not posted yet, in minor units: nobody else may pay it out. */
export async function returningMinor(tx: Tx, paymentId: string): Promise<number> {
  const { rows } = await sql<{ sum: number }>`select coalesce(sum(amount_minor), 0)::bigint as sum from payment_return
    where payment_id = ${paymentId} and state = 'received'`.execute(tx);
  return rows[0]?.sum ?? 0;
}
