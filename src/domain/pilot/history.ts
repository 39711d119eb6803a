// The past of one legal entity's receivables as the pilot replays it: plain data, read from a file.

import type { IsoDate } from '../dates.ts';

export interface HistoryInvoice {
  /** Line of the file, counted from 1. */
  readonly line: number;
  readonly number: string;
  readonly customer: string;
  readonly country: string | null;
  readonly invoicedOn: IsoDate;
  readonly dueOn: IsoDate;
  /** Days from the invoice date to the due date. */
  readonly termsDays: number;
  readonly amountMinor: number;
  /** Null: still open when the file was written. */
  readonly settledOn: IsoDate | null;
  readonly disputed: boolean;
}

export interface History {
  readonly currency: string;
  /** By invoice date, then number. */
  readonly invoices: readonly HistoryInvoice[];
}
