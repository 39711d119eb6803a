// What is known of money that other doors told: plain data, amounts in minor units, dates as YYYY-MM-DD.

import type { BankLineState, LineAsTold } from '../bank-line.ts';

/** A booked line that is looked at; its amount is signed, more than 0 is money in. */
export interface DoorLine extends Omit<LineAsTold, 'remittance'> {
  readonly id: string;
  readonly accountId: string;
  readonly remittance: readonly { readonly reference: string }[];
}

/** A payment that the API or a provider told, and whose money no bank line has brought yet. */
export interface ToldPayment {
  readonly id: string;
  readonly source: string;
  readonly sourceId: string;
  readonly customerId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly valueOn: string;
  readonly reference: string;
  /** Whether its source pays out sums of payments: then no single payment of it comes to the bank under its payer's words. */
  readonly isPaidOut: boolean;
}

/** What a provider says that it pays out. */
export interface ExpectedPayout {
  readonly id: string;
  readonly source: string;
  readonly payoutId: string;
  readonly currency: string;
  readonly netMinor: number;
  readonly paidOn: string;
}

/** How a customer is known as a payer. */
export interface PayerNames {
  readonly accounts: readonly string[];
  readonly names: readonly string[];
}

/** A return that was told and whose debit has not come yet. */
export interface ToldReturn {
  readonly id: string;
  readonly sourceId: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
}

/** An earlier line with the other sign, or a payment that another door told: what a line may take back. */
export interface Earlier {
  /** `null`: a payment without a line of its own. */
  readonly line: {
    readonly id: string;
    readonly accountId: string;
    readonly state: BankLineState;
    /** Signed. */
    readonly amountMinor: number;
    readonly bankReference: string | null;
    readonly endToEndId: string | null;
    readonly trace: string | null;
    readonly counterpartName: string | null;
    readonly counterpartAccount: string | null;
    readonly texts: readonly string[];
  } | null;
  readonly currency: string;
  readonly bookedOn: string;
  readonly payment: {
    readonly id: string;
    readonly sourceId: string;
    readonly currency: string;
    readonly amountMinor: number;
    /** What was neither returned nor refunded. */
    readonly leftMinor: number;
    readonly returns: readonly ToldReturn[];
  } | null;
}

/** An approved refund that was not seen leaving yet. */
export interface OpenRefund {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly iban: string | null;
  readonly decidedOn: string;
}

/** All that lines are held against. */
export interface DoorFacts {
  readonly payments: readonly ToldPayment[];
  readonly payouts: readonly ExpectedPayout[];
  /** Of the customers of `payments`. */
  readonly payers: ReadonlyMap<string, PayerNames>;
  /** Lines whose counterpart is known as a customer, of those that a payout's amount alone fits. */
  readonly customersLines: ReadonlySet<string>;
  readonly earlier: readonly Earlier[];
  readonly refunds: readonly OpenRefund[];
  /** Numbers of the legal entity's own bank accounts. */
  readonly ownAccounts: ReadonlySet<string>;
}
