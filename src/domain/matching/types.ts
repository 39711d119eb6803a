// What the matcher is told and what it answers: plain data, amounts in minor units, dates as YYYY-MM-DD.

/** Where a text by which an item can be named comes from; the order is the order of trust. */
export type ReferenceKind = 'payment_reference' | 'invoice' | 'order' | 'purchase_order' | 'delivery' | 'other';

export interface ItemReference {
  readonly kind: ReferenceKind;
  /** As we print it, e.g. `INV-2026-000123` or `RF18 5390 0754 7034`. */
  readonly text: string;
}

/** A reduction that may be taken when the money's value date is not after `until`. */
export interface DiscountTier {
  readonly until: string;
  /** Of what is open, in minor units of the item's currency; more than 0. */
  readonly amountMinor: number;
}

/** One open item of the subledger: a debit item is to be paid, a credit item (credit note, unapplied cash) may be used up. */
export interface MatchItem {
  readonly id: string;
  readonly customerId: string;
  readonly side: 'debit' | 'credit';
  readonly currency: string;
  /** What is open, always more than 0. */
  readonly openMinor: number;
  readonly issuedOn: string;
  readonly dueOn: string;
  readonly references: readonly ItemReference[];
  /** By falling amount. Empty when no discount was agreed. */
  readonly discounts: readonly DiscountTier[];
  /** The part of what is open that a running dispute has out of payment; 0 if none. A payment short by exactly this is a full answer. */
  readonly disputedMinor: number;
}

/** Where a payer's name or account is known from. */
export type KnowledgeSource = 'master' | 'confirmed';

export interface KnownText {
  readonly text: string;
  readonly source: KnowledgeSource;
}

/** What is known about one customer as a payer. */
export interface MatchPayer {
  readonly customerId: string;
  /** Own name first, then aliases. */
  readonly names: readonly KnownText[];
  /** IBAN or bank's own account number, as given. */
  readonly accounts: readonly KnownText[];
  /** The customer that may pay for this one, if any. */
  readonly parentId: string | null;
}

/** One thing that a remittance advice (or the structured part of a bank line) says is paid. */
export interface RemittanceLine {
  readonly reference: string;
  /** What is paid for it, after reductions; null when the advice does not say. Negative for a credit note that is taken. */
  readonly paidMinor: number | null;
  /** A discount or deduction the payer says to have taken, 0 or more; null when the advice does not say. */
  readonly reducedMinor: number | null;
  /** The payer's reason for a reduction (ANSI X12 element 426 or free), null when none. */
  readonly reasonCode: string | null;
  /** Whether the reduction is named a cash discount. */
  readonly isDiscount: boolean;
}

/** Another currency's amount that the bank names beside the booked one. */
export interface InstructedAmount {
  readonly currency: string;
  readonly amountMinor: number;
}

/** A booked credit on our account that is to be matched. */
export interface MatchLine {
  readonly id: string;
  readonly currency: string;
  /** What was booked, more than 0. */
  readonly amountMinor: number;
  readonly bookedOn: string;
  readonly valueOn: string;
  readonly payerName: string | null;
  readonly payerAccount: string | null;
  /** Free remittance text, in the order of the file. Hostile: any length up to the intake's limits, any characters. */
  readonly texts: readonly string[];
  /** References which the format marks as structured creditor references. */
  readonly structuredReferences: readonly string[];
  /** What an advice that was joined to this line, or the line's own structured part, says. */
  readonly remittance: readonly RemittanceLine[];
  readonly instructed: InstructedAmount | null;
  /** What banks kept from the payment, in the line's currency; 0 when not told. */
  readonly chargesMinor: number;
}

/** What the company lets the matcher do. */
export interface MatchingPolicy {
  /** A line is posted without a person only from this score on, of 1000. */
  readonly scoreMin: number;
  /** ... and only this far ahead of the second best answer. */
  readonly marginMin: number;
  /** Difference that is written off: not more than this many minor units (by currency, else `toleranceMinor`) ... */
  readonly toleranceMinorByCurrency: Readonly<Record<string, number>>;
  readonly toleranceMinor: number;
  /** ... and not more than this many hundredths of a percent of what was open. */
  readonly toleranceBasisPoints: number;
  /** Days after a discount's last day on which it is still in time. */
  readonly discountGraceDays: number;
  /** Whether a discount taken too late is granted all the same; otherwise it stays open as a deduction. */
  readonly isLateDiscountGranted: boolean;
  /** The most that banks may have kept without telling, in minor units by currency, else `chargesMinor`; posted as bank charges. 0 never. */
  readonly chargesMinorByCurrency: Readonly<Record<string, number>>;
  readonly chargesMinor: number;
  /** Whether a payment of a known payer without any reference pays the oldest items first. */
  readonly isOldestFirst: boolean;
  /** Whether money of a known payer that fits nothing is put on the customer's account without a person. */
  readonly isOnAccountAutomatic: boolean;
}

/** Where a share's difference between what was open and what was paid goes. */
export interface ItemShare {
  readonly itemId: string;
  /**
   * What of the payment is applied to the item, in the line's currency (in the item's when the line's instructed amount is in it).
   * Negative for a credit item that is used up.
   */
  readonly paidMinor: number;
  /** The following are in the item's currency, 0 or more, and leave the item beside what is paid. */
  readonly discountMinor: number;
  readonly isDiscountLate: boolean;
  readonly chargesMinor: number;
  readonly toleranceMinor: number;
  /** What stays open although the payer says (or shows) that it is not to be paid; becomes a deduction with this code. */
  readonly deductionMinor: number;
  readonly deductionCode: string | null;
  /** What is left open on the item afterwards, in its currency (with the deduction in it). */
  readonly leftMinor: number;
}

/** Money laid on items; `onAccountMinor` and the shares' `paidMinor` sum to the payment. */
export interface Allocation {
  readonly customerId: string;
  readonly shares: readonly ItemShare[];
  /** What is more than was open: unapplied cash of the customer. In the shares' currency. */
  readonly onAccountMinor: number;
}

/** The passes in the order of their trust. */
export type Pass =
  | 'remittance'
  | 'structured_reference'
  | 'reference'
  | 'order_reference'
  | 'damaged_reference'
  | 'payer_amount'
  | 'payer_reduced_amount'
  | 'subset_sum'
  | 'part_payments'
  | 'oldest_first'
  | 'on_account';

/** One possible answer. */
export interface Proposal {
  readonly pass: Pass;
  readonly allocation: Allocation;
  /** 0 to 1000. */
  readonly score: number;
  /** In words a receivables person reads, the strongest first: `The text names invoice INV-17.` */
  readonly reasons: readonly string[];
}

/** Why a line is left to a person. */
export type Doubt =
  'below_score' | 'tie' | 'not_allowed' | 'no_candidate' | 'unknown_payer' | 'other_currency' | 'too_many_candidates';

/** The matcher's answer for one line. */
export type Answer =
  | {
      readonly kind: 'post';
      readonly lineId: string;
      readonly proposal: Proposal;
      /** To the second best answer; the score itself when there is no second. */
      readonly margin: number;
    }
  | {
      readonly kind: 'propose';
      readonly lineId: string;
      readonly doubt: Doubt;
      /** The best first, at most `PROPOSALS_MAX`, at least one. */
      readonly proposals: readonly Proposal[];
      readonly margin: number;
    }
  | {
      readonly kind: 'unidentified';
      readonly lineId: string;
      readonly doubt: Doubt;
      /** What a person would have to find out, in words. */
      readonly missing: readonly string[];
      /** The customer, when at least the payer is known. */
      readonly customerId: string | null;
    };

/** The most answers a person is shown for one line. */
export const PROPOSALS_MAX = 5;
