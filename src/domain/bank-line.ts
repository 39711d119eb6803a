// What becomes of a line of a bank file: its states, who else than a customer may have caused it, and why a person is asked.

import type { BankLine } from './bank-files/types.ts';
import type { Answer } from './matching/types.ts';
import type { Exit } from './states.ts';

/** The source of payments that bank lines brought; `clearing:statement` is the money on our bank accounts. No other door may use the name. */
export const BANK_LINE_SOURCE = 'statement';

type Table<State extends string> = Readonly<Record<State, readonly Exit<State>[]>>;

/** A file that a bank sent. */
export const BANK_FILE_STATES = {
  received: [
    { to: 'read', by: 'read, and its totals hold' },
    { to: 'refused', by: 'it cannot be read, or its totals do not hold: nothing of it is visible' },
  ],
  refused: [{ to: 'read', by: 'a person with the right accepted its totals with a reason' }],
  read: [{ to: 'done', by: 'each of its lines has its answer' }],
  done: [],
} as const satisfies Table<'received' | 'refused' | 'read' | 'done'>;

/** A line of it. */
export const BANK_LINE_STATES = {
  stored: [
    { to: 'applied', by: 'matched above the threshold, and posted' },
    { to: 'cleared', by: 'the money of a payment, or of payouts, that another door had told' },
    { to: 'returned', by: 'the bank took back what an earlier line or a debit had brought' },
    { to: 'duplicate', by: 'another file had told the same movement' },
    { to: 'ignored', by: 'pending, for information, or money out that concerns no customer' },
    { to: 'open', by: 'a person is asked' },
  ],
  open: [
    { to: 'applied', by: 'a person confirmed, changed or split it, or put it on account; or its advice came' },
    { to: 'cleared', by: 'a person says whose money it is, or its payout was told' },
    { to: 'returned', by: 'a person says which payment it took back' },
    { to: 'duplicate', by: 'a person says that it is the same movement' },
    { to: 'ignored', by: 'a person says that it is not a customer’s payment' },
  ],
  applied: [{ to: 'open', by: 'a person took the whole payment back: it was somebody else’s money' }],
  cleared: [],
  returned: [],
  duplicate: [],
  ignored: [{ to: 'open', by: 'a person says that it is a customer’s payment after all' }],
} as const satisfies Table<'stored' | 'open' | 'applied' | 'cleared' | 'returned' | 'duplicate' | 'ignored'>;
export type BankLineState = keyof typeof BANK_LINE_STATES;

/** A remittance advice and its money. */
export const ADVICE_STATES = {
  parked: [
    { to: 'joined', by: 'one line fits it' },
    { to: 'open', by: 'several lines fit it alike' },
    { to: 'ended', by: 'a person put it away' },
  ],
  open: [
    { to: 'joined', by: 'a person chose its line' },
    { to: 'ended', by: 'a person put it away' },
  ],
  joined: [],
  ended: [],
} as const satisfies Table<'parked' | 'open' | 'joined' | 'ended'>;

/** What a provider says that it pays out. */
export const PAYOUT_STATES = {
  expected: [{ to: 'cleared', by: 'its bank line came' }],
  cleared: [],
} as const satisfies Table<'expected' | 'cleared'>;

/** What the bank told of a line, as it is kept. */
export type LineAsTold = Omit<BankLine, 'status' | 'batch' | 'place'>;

/** Why a person is asked, or what became of a line, for the reader. */
export interface LineReason {
  /** Stable, such as `bank_details_changed`. */
  readonly code: string;
  /** A whole sentence with its figures. */
  readonly text: string;
}

/** A movement that no open item explains: money that another door had told, or that was taken back. Worked out from rows, never guessed. */
export type OtherDoor =
  | { readonly kind: 'clear_payment'; readonly paymentId: string; readonly because: string }
  | { readonly kind: 'clear_payout'; readonly payoutId: string; readonly because: string }
  /** Takes back payments: whole when the amounts are the same, else so much of the one. */
  | {
      readonly kind: 'take_back';
      readonly paymentId: string;
      readonly amountMinor: number;
      readonly feeMinor: number;
      readonly reasonCode: string;
      readonly because: string;
    }
  /** The debit of a return that another door had told: nothing is returned twice. */
  | { readonly kind: 'clear_return'; readonly returnId: string; readonly because: string }
  /** A refund that left the account. */
  | { readonly kind: 'clear_refund'; readonly approvalId: string; readonly because: string }
  /** Two lines of which one takes back the other before anybody applied it: nothing but a fee is posted. */
  | { readonly kind: 'settle_lines'; readonly otherLineId: string; readonly because: string }
  | { readonly kind: 'ignore'; readonly reason: LineReason }
  | { readonly kind: 'ask'; readonly reasons: readonly LineReason[] };

/** What is kept as a line's answer. */
export type LineAnswer = Answer | (OtherDoor & { readonly lineId: string });
