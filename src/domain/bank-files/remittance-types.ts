// What a remittance advice says, whatever its format: who paid how much by which trace, and for what.

import type { RemittanceLine } from '../matching/types.ts';
import type { Place } from './types.ts';

/** Formats of remittance advices we read. */
export const REMITTANCE_FORMATS = ['csv', 'edi820'] as const;
export type RemittanceFormat = (typeof REMITTANCE_FORMATS)[number];

/** One payer's word on one payment. The lines' `paidMinor` sum to `amountMinor` when there are lines; a reader refuses an advice where they do not. */
export interface RemittanceAdvice {
  readonly senderName: string | null;
  /** The account paid from: IBAN, `ROUTING/ACCOUNT` or as written. */
  readonly senderAccount: string | null;
  /** Joins the advice to the money: TRN02, cheque or EFT number. */
  readonly trace: string | null;
  /** YYYY-MM-DD */
  readonly paidOn: string | null;
  readonly currency: string;
  /** What is paid in all, minor units, 0 or more (0 when credit notes use up the invoices). */
  readonly amountMinor: number;
  readonly lines: readonly RemittanceLine[];
  readonly place: Place;
}

/** The most of anything in one file of advices; a file with more is refused by name of the limit. */
export const REMITTANCE_LIMITS = {
  bytesMax: 32 * 1024 * 1024,
  advicesMax: 10_000,
  linesPerAdviceMax: 2_000,
  linesMax: 200_000,
} as const;
