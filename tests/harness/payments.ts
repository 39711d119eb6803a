// Payments that are taken back, undone and used by hand, as the door and their workflows do it, without a server.

import { sql } from 'kysely';
import { createPaymentActivities } from '../../src/activities/payments/index.ts';
import type { Db } from '../../src/database/client.ts';
import { storeReturn, type NewReturn } from '../../src/database/queries/payment-returns.ts';
import { asActivity, dependencies, MONDAY, requestOf } from './activities.ts';

type Activities = ReturnType<typeof createPaymentActivities>;

/** Tells a return as the door does, by default of everything for a lack of cover. @returns the door's own answer */
export function tellReturn(
  db: Db,
  told: Pick<NewReturn, 'paymentId' | 'sourceId'> & Partial<NewReturn>,
): ReturnType<typeof storeReturn> {
  return storeReturn(db, {
    ...{ amountMinor: null, feeMinor: 0, kind: 'returned_debit', reasonCode: 'AM04', returnedOn: null },
    ...{ contentHash: 'x', actor: 'key:test', requestId: 'test', now: MONDAY },
    ...told,
  });
}

export async function postReturn(db: Db, returnId: string, now = MONDAY): ReturnType<Activities['postReturn']> {
  const { postReturn: act } = createPaymentActivities(dependencies(db));
  return asActivity({ workflowId: `return/ACME-DE/${returnId}`, step: 'postReturn' }, () => act({ returnId, now }));
}

/** Tells a return and posts it. */
export async function takeBackPayment(
  db: Db,
  told: Parameters<typeof tellReturn>[1],
): ReturnType<Activities['postReturn']> {
  const result = await tellReturn(db, told);
  if (!result.ok) throw new Error(result.refusal.text);
  return postReturn(db, result.stored.id, told.now ?? MONDAY);
}

export async function undo(
  db: Db,
  one: { paymentId: string; itemId: string; key: string },
  now = MONDAY,
): ReturnType<Activities['undoAllocation']> {
  const { undoAllocation } = createPaymentActivities(dependencies(db));
  const { key, ...asked } = one;
  return asActivity({ workflowId: `change/undo/${key}`, step: 'undoAllocation' }, () =>
    undoAllocation({ ...requestOf(key), ...asked, now }),
  );
}

export async function allocate(
  db: Db,
  one: { paymentId: string; itemId: string; amountMinor?: number; key: string },
  now = MONDAY,
): ReturnType<Activities['allocateCash']> {
  const { allocateCash } = createPaymentActivities(dependencies(db));
  const { key, amountMinor = null, ...asked } = one;
  return asActivity({ workflowId: `change/allocation/${key}`, step: 'allocateCash' }, () =>
    allocateCash({ ...requestOf(key), ...asked, amountMinor, now }),
  );
}

/** What is open of items, by their numbers. */
export async function openOf(db: Db, ...numbers: readonly string[]): Promise<number[]> {
  const { rows } = await sql<{
    number: string;
    openMinor: number;
  }>`select number, open_minor as "openMinor" from open_item
    where number = any(${numbers}::text[])`.execute(db);
  return numbers.map((number) => rows.find((row) => row.number === number)?.openMinor ?? -1);
}

/** Unapplied, returned and refunded of a payment, in minor units. */
export async function moneyOf(db: Db, paymentId: string): Promise<[number, number, number]> {
  const { rows } = await sql<{
    u: number;
    r: number;
    f: number;
  }>`select unapplied_minor as u, returned_minor as r, refunded_minor as f
    from payment where id = ${paymentId}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('no such payment');
  return [row.u, row.r, row.f];
}

/** Debits less credits of an account, in minor units. */
export async function balanceOf(db: Db, account: string): Promise<number> {
  const { rows } = await sql<{ sum: number }>`select coalesce(sum(amount_minor), 0)::bigint as sum from journal_line
    where account = ${account}`.execute(db);
  return rows[0]?.sum ?? 0;
}
