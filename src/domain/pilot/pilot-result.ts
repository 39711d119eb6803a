// What a pilot run found out, as plain data: the source of the text a person reads and of the JSON a program reads.

import type { IsoDate } from '../dates.ts';
import type { ReadingReport } from './read-history.ts';
import type { ReceivablesFigures } from './receivables-figures.ts';

export interface PilotDifference {
  readonly date: IsoDate;
  readonly customer: string;
  readonly ledgerMinor: number;
  readonly fileMinor: number;
}

export interface PilotResult {
  /** The file as the user named it. */
  readonly file: string;
  /** `replay`: through the engine and the ledger; `dry`: the decisions alone. */
  readonly mode: 'replay' | 'dry';
  readonly currency: string;
  readonly reading: ReadingReport;
  readonly asOf: readonly ReceivablesFigures[];
  readonly letters: {
    readonly notice: number;
    readonly reminder1: number;
    readonly reminder2: number;
    readonly reminder3: number;
  };
  readonly tasks: number;
  /** Invoices without a task, hold, block or human request, of all replayed. */
  readonly touchless: { readonly count: number; readonly of: number };
  /** Days on which the ledger was held against the file's own sum; none in a dry run. */
  readonly comparedOn: readonly IsoDate[];
  readonly differences: readonly PilotDifference[];
  /** Countries without a calendar, for which the legal entity's was taken. */
  readonly calendarFallback: readonly { readonly country: string; readonly invoices: number }[];
  /** Where the time went, in the order of the work. */
  readonly timings: readonly { readonly what: string; readonly seconds: number }[];
  readonly seconds: number;
}
