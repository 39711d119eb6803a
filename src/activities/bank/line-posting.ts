// A bank line that is to be posted, and one on its way into the books.

import type { LinePlan } from '../../domain/line-plan.ts';
import type { Allocation } from '../../domain/matching/types.ts';
import type { LockedPayment } from '../payments/locked-payment.ts';
import type { BankLineRow } from './bank-line-row.ts';
import type { LineItem } from './line-items.ts';

export interface LinePosting {
  /** Locked by the caller, state stored or open. */
  readonly line: BankLineRow;
  readonly allocation: Allocation;
  /** Why, for the audit: the matcher's first reason, or that a person decided. */
  readonly because: string;
  readonly actor: string;
  readonly requestId?: string;
  readonly now: number;
}

/** A line on its way into the books: its payment and the orders of its items are locked. */
export interface OpenPosting extends LinePosting {
  readonly payment: LockedPayment;
  readonly plan: LinePlan;
  readonly items: readonly LineItem[];
  /** The payment's. */
  readonly entryId: number;
}
