// Settles an open item with an open credit of the same customer, as a person asks.

import { sql } from 'kysely';
import { formatDecimal, minorUnits } from '../../domain/money.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { Request } from '../../workflows/messages.ts';
import { endCollecting } from '../approvals/end-collecting.ts';
import { endOpenCredits } from '../approvals/open-credit.ts';
import { postClearing } from './beside.ts';
import { lockOrders } from './locked-payment.ts';

export interface CreditClearing {
  readonly legalEntityId: string;
  /** An open credit item, such as a credit note's. */
  readonly creditItemId: string;
  /** An open item of the same customer. */
  readonly debitItemId: string;
  /** `null`: as much as fits. */
  readonly amountMinor: number | null;
  readonly request: Pick<Request, 'requestKey' | 'actor' | 'requestId'>;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

export interface ClearedCredit {
  readonly amountMinor: number;
  readonly customerId: string;
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

export interface Side {
  readonly itemId: string;
  readonly number: string;
  readonly side: 'debit' | 'credit';
  readonly customerId: string;
  readonly orderId: string;
  readonly currency: string;
  readonly openMinor: number;
  readonly zone: string;
}

/**
 * Clears a credit against an item, once under the request's key; it frees no room and takes none. Locks both orders.
 * Refuses `item_unknown`, `not_a_pair`, `currency_differs` and `clearing_does_not_fit`.
 */
export async function clearCredit(tx: Tx, asked: CreditClearing): Promise<Result<ClearedCredit>> {
  const { creditItemId, debitItemId, request, now } = asked;
  const found = await lockPair(tx, asked);
  if (!found.ok) return found;
  const { credit, debit } = found;
  const { legalEntityId } = asked;
  const { currency, zone, customerId } = debit;
  const fitMinor = Math.min(credit.openMinor, debit.openMinor);
  const amountMinor = asked.amountMinor ?? fitMinor;
  if (amountMinor <= 0 || amountMinor > fitMinor) return refuseAmount({ credit, debit, amountMinor });
  const key = `clearing/${credit.number}/${debit.number}/${request.requestKey}`;
  const ground = { legalEntityId, zone, currency };
  await postClearing(tx, ground, { key, creditItemId, debitItemId, amountMinor, followed: null, now });
  await endCollecting(tx, debitItemId, 'credit_note');
  if (amountMinor === credit.openMinor) {
    await endOpenCredits(tx, [creditItemId], request.actor);
  }
  const base = {
    ...{ legalEntityId, actor: request.actor, action: 'credit.cleared', requestId: request.requestId },
    because: 'A person settled the one with the other.',
    details: { credit: credit.number, item: debit.number, amountMinor: minorUnits(amountMinor), currency },
    businessAt: now,
  };
  const orders = [...new Map([debit, credit].map((side) => [side.orderId, side]))];
  await writeAudit(tx, ...orders.map(([orderId, { number }]) => ({ ...base, orderId, subject: number })));
  return { ok: true, amountMinor, customerId, orderIds: orders.map(([orderId]) => orderId) };
}

/** A credit and an item of one customer, with the orders of both locked. Refuses `item_unknown`, `not_a_pair` and `currency_differs`. */
export async function lockPair(
  tx: Tx,
  { legalEntityId, creditItemId, debitItemId }: Omit<CreditClearing, 'amountMinor'>,
): Promise<Result<{ credit: Side; debit: Side }>> {
  const ours = sql`i.id = any(${[creditItemId, debitItemId]}::uuid[]) and i.legal_entity_id = ${legalEntityId}`;
  const { rows: orders } = await sql<{ id: string }>`select i.order_id as id from open_item i where ${ours}`.execute(
    tx,
  );
  await lockOrders(
    tx,
    orders.map(({ id }) => id),
  );
  const { rows } = await sql<Side>`
    select i.id as "itemId", i.number, i.side, i.customer_id as "customerId", i.order_id as "orderId", i.currency,
      i.open_minor as "openMinor", e.zone
    from open_item i join legal_entity e on e.id = i.legal_entity_id where ${ours}`.execute(tx);
  const credit = rows.find(({ itemId }) => itemId === creditItemId);
  const debit = rows.find(({ itemId }) => itemId === debitItemId);
  if (credit === undefined || debit === undefined) {
    return refuse({
      kind: 'not_found',
      code: 'item_unknown',
      text: 'There is no such item in this legal entity.',
      hint: 'Name an open credit note and an open invoice of one customer.',
    });
  }
  return areAPair(credit, debit);
}

function areAPair(credit: Side, debit: Side): Result<{ credit: Side; debit: Side }> {
  const isPair = credit.side === 'credit' && debit.side === 'debit' && credit.customerId === debit.customerId;
  if (!isPair) {
    return refuse({
      kind: 'unprocessable',
      code: 'not_a_pair',
      text: `${credit.number} is no credit that could settle ${debit.number}.`,
      hint: 'Name a credit and an invoice of the same customer.',
    });
  }
  if (credit.currency === debit.currency) return { ok: true, credit, debit };
  return refuse({
    kind: 'unprocessable',
    code: 'currency_differs',
    text: `${credit.number} is in ${credit.currency}, and ${debit.number} in ${debit.currency}.`,
    hint: 'Settle an item with credit of its own currency.',
  });
}

function refuseAmount({
  credit,
  debit,
  amountMinor,
}: {
  credit: Side;
  debit: Side;
  amountMinor: number;
}): ReturnType<typeof refuse> {
  const show = (minor: number): string => `${formatDecimal(minor, debit.currency)} ${debit.currency}`;
  return refuse({
    kind: 'unprocessable',
    code: 'clearing_does_not_fit',
    text: `${show(amountMinor)} does not fit: ${show(credit.openMinor)} of ${credit.number} and ${show(debit.openMinor)} of ${debit.number} are open.`,
    hint: 'Settle no more than is open of both, and more than nothing.',
    details: { amountMinor, creditMinor: credit.openMinor, openMinor: debit.openMinor, currency: debit.currency },
  });
}
