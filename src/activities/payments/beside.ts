// What leaves an item beside the money that is laid on it: discount, bank charges, small differences, and another item's credit.

import { localDate } from '../../domain/calendar.ts';
import type { Tx } from '../../database/client.ts';
import { cause } from '../cause.ts';
import { post } from '../ledger.ts';
import type { LockedPayment } from './locked-payment.ts';

/** Each kind of entry that goes with another, and the account that bears it. */
export const BESIDE_ACCOUNTS = {
  discount: 'discounts',
  bank_charge: 'bank_charges',
  small_difference: 'small_differences',
} as const;
export type BesideKind = keyof typeof BESIDE_ACCOUNTS;

/** Where and in which currency it is posted. */
export type Ground = Pick<LockedPayment, 'legalEntityId' | 'zone' | 'currency'>;

/** A reduction that goes with an entry of a payment. */
export interface Reduction {
  readonly kind: BesideKind;
  /** The entry that it goes with, and goes back with. */
  readonly followed: number;
  readonly item: { readonly itemId: string; readonly side: 'debit' | 'credit' };
  /** More than 0. */
  readonly amountMinor: number;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** Posts a reduction of an item under the key `KIND/ENTRY/ITEM`. Its order is locked. */
export async function postBeside(tx: Tx, ground: Ground, reduction: Reduction): Promise<void> {
  const { kind, followed, item, amountMinor, now } = reduction;
  const { itemId } = item;
  const effectiveOn = localDate(ground.zone, now);
  const signed = item.side === 'debit' ? amountMinor : -amountMinor;
  const entryId = await post(tx, {
    legalEntityId: ground.legalEntityId,
    kind,
    key: `${kind}/${String(followed)}/${itemId}`,
    effectiveOn,
    businessAt: now,
    currency: ground.currency,
    lines: [
      { account: BESIDE_ACCOUNTS[kind], amountMinor: signed },
      { account: 'receivable', amountMinor: -signed, itemId, moves: true },
    ],
    cause: cause(),
  });
  await tx
    .insertInto('allocation')
    .values({
      entry_id: entryId,
      follows_entry_id: followed,
      item_id: itemId,
      amount_minor: amountMinor,
      effective_on: effectiveOn,
    })
    .execute();
}

/** A credit item that settles a debit item. */
export interface Clearing {
  /** Of the journal entry. */
  readonly key: string;
  readonly creditItemId: string;
  readonly debitItemId: string;
  /** More than 0. */
  readonly amountMinor: number;
  /** The entry of a payment that it goes with; null: it stands for itself. */
  readonly followed: number | null;
  readonly now: number;
}

/** Settles one item with another. The orders of both are locked. @returns the entry's ID */
export async function postClearing(tx: Tx, ground: Ground, clearing: Clearing): Promise<number> {
  const { key, creditItemId, debitItemId, amountMinor, followed, now } = clearing;
  const effectiveOn = localDate(ground.zone, now);
  const entryId = await post(tx, {
    legalEntityId: ground.legalEntityId,
    kind: 'clearing',
    key,
    effectiveOn,
    businessAt: now,
    currency: ground.currency,
    lines: [
      { account: 'receivable', amountMinor, itemId: creditItemId, moves: true },
      { account: 'receivable', amountMinor: -amountMinor, itemId: debitItemId, moves: true },
    ],
    cause: cause(),
  });
  const row = {
    entry_id: entryId,
    amount_minor: amountMinor,
    effective_on: effectiveOn,
    follows_entry_id: followed,
  };
  await tx
    .insertInto('allocation')
    .values([
      { ...row, item_id: debitItemId, counter_item_id: creditItemId },
      { ...row, item_id: creditItemId, counter_item_id: debitItemId },
    ])
    .execute();
  return entryId;
}
