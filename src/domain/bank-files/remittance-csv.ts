// Reads remittance advices from a CSV file: one row for each document paid, several advices in a file.

import type { RemittanceLine } from '../matching/types.ts';
import type { Result } from '../refusal.ts';
import { requireCurrency, shown } from './amounts.ts';
import {
  CHECK_COLUMN,
  CHECK_CURRENCY,
  exactly,
  isPlain,
  LAYOUT_CHECKS,
  layoutConflict,
  orNull,
  refuseMapping,
} from './csv-mapping.ts';
import { CsvTable, type ColumnRef, type CsvLayout, type CsvRow } from './csv-table.ts';
import { readTableAmount, readTableDate, type ValueForms } from './csv-values.ts';
import { filled } from './line-fields.ts';
import { REMITTANCE_LIMITS, type RemittanceAdvice } from './remittance-types.ts';
import { BankFileError, type Chunks, type ReadOptions } from './types.ts';

/** Columns that say the same on every row of an advice, or only on its first. */
interface AdviceColumns {
  readonly senderName: ColumnRef | null;
  readonly senderAccount: ColumnRef | null;
  readonly trace: ColumnRef | null;
  readonly paidOn: ColumnRef | null;
  readonly amount: ColumnRef | null;
  readonly currency: ColumnRef | null;
}

export interface RemittanceCsvMapping extends CsvLayout, ValueForms {
  /** When no column tells it. */
  readonly currency: string;
  readonly advice: AdviceColumns;
  readonly line: {
    readonly reference: ColumnRef;
    readonly paid: ColumnRef;
    /** A cash discount, and a reduction for another reason. */
    readonly discount: ColumnRef | null;
    readonly reduction: ColumnRef | null;
    readonly reason: ColumnRef | null;
  };
}

const DEFAULTS = {
  quote: '"',
  encoding: 'auto',
  header: { kind: 'find' },
  trailerLines: 0,
  thousandsMark: null,
} as const;
const ADVICE_DEFAULTS = {
  senderName: null,
  senderAccount: null,
  trace: null,
  paidOn: null,
  amount: null,
  currency: null,
};
const LINE_DEFAULTS = { discount: null, reduction: null, reason: null } as const;

const CHECK_MAPPING = exactly({
  ...LAYOUT_CHECKS,
  currency: CHECK_CURRENCY,
  advice: exactly({
    senderName: orNull(CHECK_COLUMN),
    senderAccount: orNull(CHECK_COLUMN),
    trace: orNull(CHECK_COLUMN),
    paidOn: orNull(CHECK_COLUMN),
    amount: orNull(CHECK_COLUMN),
    currency: orNull(CHECK_COLUMN),
  }),
  line: exactly({
    reference: CHECK_COLUMN,
    paid: CHECK_COLUMN,
    discount: orNull(CHECK_COLUMN),
    reduction: orNull(CHECK_COLUMN),
    reason: orNull(CHECK_COLUMN),
  }),
});

/** Checks a mapping as strictly as `parseCsvMapping`. Refuses with `csv_mapping_invalid`. */
export function parseRemittanceCsvMapping(value: unknown): Result<{ mapping: RemittanceCsvMapping }> {
  const given = isPlain(value)
    ? {
        ...DEFAULTS,
        ...value,
        advice: withDefaults(ADVICE_DEFAULTS, value['advice']),
        line: withDefaults(LINE_DEFAULTS, value['line']),
      }
    : value;
  const problem = CHECK_MAPPING(given, 'mapping');
  if (problem !== null || !isMapping(given)) return refuseMapping(problem ?? 'It is no mapping');
  const conflict = layoutConflict(given, columnsOf(given));
  return conflict === null ? { ok: true, mapping: given } : refuseMapping(conflict);
}

function withDefaults(defaults: object, value: unknown): unknown {
  return isPlain(value) ? { ...defaults, ...value } : (value ?? defaults);
}

/** The check has looked at every key; this only tells the compiler. */
function isMapping(value: unknown): value is RemittanceCsvMapping {
  return isPlain(value);
}

function columnsOf(mapping: RemittanceCsvMapping): ColumnRef[] {
  const { advice, line } = mapping;
  const named = [
    ...[advice.senderName, advice.senderAccount, advice.trace, advice.paidOn, advice.amount, advice.currency],
    ...[line.reference, line.paid, line.discount, line.reduction, line.reason],
  ];
  return [...new Set(named.filter((column) => column !== null))];
}

/** An advice while its rows are read. */
interface OpenAdvice {
  readonly head: Omit<RemittanceAdvice, 'lines' | 'amountMinor'>;
  amountMinor: number | null;
  sumMinor: bigint;
  readonly lines: RemittanceLine[];
}

/**
 * Reads the advices of a file. Rows belong to one advice when they have the same trace and payer, else the same payer and date,
 * wherever they stand; a row that names none of them belongs to the advice of the row before it. The file is read whole before the first advice comes,
 * within `REMITTANCE_LIMITS`.
 * @throws {BankFileError} also `remittance.sum` when an advice's lines do not sum to the amount it says.
 */
export async function* readRemittanceCsv(
  mapping: RemittanceCsvMapping,
  chunks: Chunks,
  options: ReadOptions,
): AsyncGenerator<RemittanceAdvice, void, undefined> {
  const file = new RemittanceFile(mapping, options);
  for await (const row of file.table.rows(limitRemittanceBytes(chunks))) if (row.kind === 'row') file.take(row);
  yield* file.advices();
}

/** @throws {BankFileError} `bank_file.too_large`. */
export async function* limitRemittanceBytes(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > REMITTANCE_LIMITS.bytesMax) {
      const problem = `The file has more than ${String(REMITTANCE_LIMITS.bytesMax)} bytes (bytesMax).`;
      throw new BankFileError('bank_file.too_large', 'whole file', problem);
    }
    yield chunk;
  }
}

class RemittanceFile {
  readonly table: CsvTable;
  readonly #mapping: RemittanceCsvMapping;
  readonly #options: ReadOptions;
  readonly #advices = new Map<string, OpenAdvice>();
  #last: OpenAdvice | null = null;
  #lines = 0;

  constructor(mapping: RemittanceCsvMapping, options: ReadOptions) {
    this.#mapping = mapping;
    this.#options = options;
    this.table = new CsvTable(mapping, columnsOf(mapping));
  }

  take(row: CsvRow): void {
    this.table.requireWidth(row);
    const advice = this.#adviceOf(row);
    this.#last = advice;
    const { currency } = advice.head;
    this.#setAmount(advice, row);
    const line = this.#toLine(row, currency);
    this.#lines += 1;
    if (this.#lines > REMITTANCE_LIMITS.linesMax) throw tooMany('lines', 'linesMax', row);
    if (advice.lines.length >= REMITTANCE_LIMITS.linesPerAdviceMax) {
      throw tooMany('lines in an advice', 'linesPerAdviceMax', row);
    }
    advice.lines.push(line);
    advice.sumMinor += BigInt(line.paidMinor ?? 0);
  }

  *advices(): Generator<RemittanceAdvice, void, undefined> {
    for (const { head, amountMinor, sumMinor, lines } of this.#advices.values()) {
      const amount = amountMinor ?? Number(sumMinor);
      requireSum({ advice: head, declared: amount, found: sumMinor });
      yield { ...head, amountMinor: amount, lines };
    }
    if (this.#advices.size === 0) {
      throw new BankFileError('remittance.empty', 'whole file', 'The file holds no advice.');
    }
  }

  #adviceOf(row: CsvRow): OpenAdvice {
    const { advice: columns } = this.#mapping;
    const told = (column: ColumnRef | null): string | null => filled(this.table.cell(row, column));
    const trace = told(columns.trace);
    const [senderName, senderAccount] = [told(columns.senderName), told(columns.senderAccount)];
    const paidText = told(columns.paidOn);
    const paidOn =
      paidText === null
        ? null
        : readTableDate(paidText, this.#mapping, { today: this.#options.today, place: row.place });
    const payer = senderAccount ?? senderName;
    if (trace === null && payer === null && paidOn === null && this.#last !== null) return this.#last;
    // Two payers may well use the same cheque number; a row without a payer goes on with the one before it.
    const lastHead = this.#last?.head;
    const isSameTrace = trace !== null && lastHead?.trace === trace;
    const owner = payer ?? (isSameTrace ? (lastHead.senderAccount ?? lastHead.senderName) : null);
    const key = JSON.stringify(trace === null ? ['payer', owner, paidOn] : ['trace', trace, owner]);
    const known = this.#advices.get(key);
    if (known !== undefined) return known;
    if (this.#advices.size >= REMITTANCE_LIMITS.advicesMax) throw tooMany('advices', 'advicesMax', row);
    const currency = requireCurrency((told(columns.currency) ?? this.#mapping.currency).toUpperCase(), row.place);
    const head = {
      senderName,
      senderAccount,
      trace,
      paidOn,
      currency,
      place: row.place,
    };
    const opened = { head, amountMinor: null, sumMinor: 0n, lines: [] };
    this.#advices.set(key, opened);
    return opened;
  }

  #setAmount(advice: OpenAdvice, row: CsvRow): void {
    const text = this.table.cell(row, this.#mapping.advice.amount);
    if (text === '') return;
    const at = { currency: advice.head.currency, place: row.place };
    const amountMinor = readTableAmount(text, this.#mapping, at);
    if (advice.amountMinor !== null && advice.amountMinor !== amountMinor) {
      const problem = `The advice is said to be of ${String(advice.amountMinor)} and of ${String(amountMinor)} minor units.`;
      throw new BankFileError('remittance.two_amounts', row.place, problem);
    }
    advice.amountMinor = amountMinor;
  }

  #toLine(row: CsvRow, currency: string): RemittanceLine {
    const { line: columns } = this.#mapping;
    const reference = this.table.cell(row, columns.reference);
    if (reference === '') {
      throw new BankFileError('remittance.no_reference', row.place, 'The row names no document that is paid.');
    }
    const read = (column: ColumnRef | null): number | null => {
      const text = this.table.cell(row, column);
      return text === '' ? null : readTableAmount(text, this.#mapping, { currency, place: row.place });
    };
    const paidMinor = read(columns.paid);
    if (paidMinor === null) {
      throw new BankFileError(
        'bank_file.bad_amount',
        row.place,
        `The row does not say what is paid for "${shown(reference)}".`,
      );
    }
    // Payers write reductions with and without a minus sign; either way it is what was not paid.
    const discount = Math.abs(read(columns.discount) ?? 0);
    const reduction = Math.abs(read(columns.reduction) ?? 0);
    const isTold = columns.discount !== null || columns.reduction !== null;
    return {
      reference,
      paidMinor,
      reducedMinor: isTold ? discount + reduction : null,
      reasonCode: filled(this.table.cell(row, columns.reason)),
      isDiscount: discount > 0 && reduction === 0,
    };
  }
}

function tooMany(what: string, limit: keyof typeof REMITTANCE_LIMITS, row: CsvRow): BankFileError {
  const problem = `The file has more than ${String(REMITTANCE_LIMITS[limit])} ${what} (${limit}).`;
  return new BankFileError('remittance.too_many', row.place, problem);
}

/** @throws {BankFileError} `remittance.sum` with both figures, `remittance.negative` when nothing is left to be paid. */
export function requireSum(about: {
  advice: Pick<RemittanceAdvice, 'trace' | 'currency' | 'place'>;
  declared: number;
  found: bigint;
}): void {
  const { advice, declared, found } = about;
  const name = advice.trace === null ? 'The advice' : `The advice ${shown(advice.trace)}`;
  if (BigInt(declared) !== found) {
    const problem = `${name} says ${String(declared)} ${advice.currency} minor units are paid, but its lines sum to ${String(found)}.`;
    throw new BankFileError('remittance.sum', advice.place, problem);
  }
  if (declared < 0 || !Number.isSafeInteger(declared)) {
    const problem = `${name} is of ${String(found)} ${advice.currency} minor units; an advice tells of money paid.`;
    throw new BankFileError('remittance.negative', advice.place, problem);
  }
}
