// Reads lockbox files in the fixed columns of the Bank Administration Institute: cheques received, with the invoices they pay.

import { readMinorDigits, shown } from './amounts.ts';
import { bankLine, filled, filledNumber, readCount, readShortDate } from './line-fields.ts';
import { readTextLines } from './text-lines.ts';
import { checkCount, checkSum, RunningTotal } from './totals.ts';
import {
  BANK_FILE_LIMITS,
  BankFileError,
  type BankFileEvent,
  type BankFileReader,
  type BankLine,
  type LineRemittance,
  type Place,
  type ReadOptions,
  type TotalCheck,
} from './types.ts';

/** First and last column, from 1, as banks' descriptions print them. */
type Columns = readonly [number, number];

/**
 * The columns that are read. The Institute's own standard fixes the records and most columns; the detail (6) is the one with a
 * nine-digit routing number, the overflow (4) the one with one invoice in each (often called "BAI2 lockbox"). Banks agree
 * variants with their customers: what stands elsewhere is refused, not guessed.
 */
const COLUMNS = {
  origin: [14, 23],
  batch: [2, 4],
  item: [5, 7],
  lockbox: [8, 14],
  depositOn: [15, 20],
  amount: [8, 17],
  routing: [18, 26],
  account: [27, 36],
  cheque: [37, 46],
  remitter: [53, 82],
  overflowSequence: [9, 10],
  isLastOverflow: [11, 11],
  invoice: [12, 27],
  paid: [28, 37],
  deducted: [38, 47],
  reason: [48, 50],
  overflowText: [51, 80],
  memo: [12, 80],
  batchCount: [21, 23],
  batchTotal: [24, 33],
  lockboxCount: [21, 24],
  lockboxTotal: [25, 34],
  fileCount: [2, 7],
} as const satisfies Record<string, Columns>;

/** Standard says 80 or 104; some banks write names behind. Shorter lines have lost blanks at their end. */
const RECORD_CHARS_MAX = 200;
/** Batches of one lockbox; their numbers have three digits. */
const BATCHES_MAX = 10_000;
/** A cheque's own overflow records beyond this are refused, as `remittanceLinesMax` says. */
const OVERFLOW_MAX = BANK_FILE_LIMITS.remittanceLinesMax;

interface FixedRecord {
  readonly type: string;
  readonly text: string;
  readonly place: Place;
}

interface Cheque {
  readonly record: FixedRecord;
  readonly remittance: LineRemittance[];
  readonly texts: string[];
  overflows: number;
}

interface Box {
  readonly number: string;
  readonly currency: string;
  readonly total: RunningTotal;
  readonly checks: TotalCheck[];
  batches: number;
}

interface Batch {
  readonly number: string;
  readonly depositOn: string;
  readonly total: RunningTotal;
}

/**
 * Reads records 1 (file), 2 (service), 5 (batch), 6 (cheque), 4 (overflow), 7 (batch total), 8 (lockbox total), 9 (number of
 * records). One statement for each lockbox, one line for each cheque, in US dollars unless the account's currency is another;
 * amounts are in cents. The account is `ROUTING/LOCKBOX`. A cheque has no reference of the bank: batch and item numbers begin
 * anew with every transmission, so that they would make two cheques one.
 * @throws {BankFileError}
 */
export const readLockbox: BankFileReader = async function* (chunks, options) {
  const file = new LockboxFile(options);
  for await (const line of readTextLines(chunks)) {
    const place = `line ${String(line.number)}`;
    const text = line.text.trimEnd();
    if (text.length > RECORD_CHARS_MAX) {
      const problem = `The record has more than ${String(RECORD_CHARS_MAX)} columns (recordCharsMax).`;
      throw new BankFileError('bank_file.lockbox_record', place, problem);
    }
    if (text !== '') yield* file.take({ type: text.slice(0, 1), text, place });
  }
  yield file.end();
};

class LockboxFile {
  readonly #options: ReadOptions;
  #origin: string | null = null;
  #records = 0;
  #box: Box | null = null;
  #batch: Batch | null = null;
  #cheque: Cheque | null = null;
  #countCheck: TotalCheck | null = null;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  *take(record: FixedRecord): Generator<BankFileEvent, void, undefined> {
    if (this.#countCheck !== null) throw misplaced(record, 'the trailer (9) must be the last record');
    if ((record.type === '1') !== (this.#records === 0)) throw misplaced(record, 'the file begins with one header (1)');
    this.#records += 1;
    if (record.type === '4') return this.#addOverflow(record);
    const line = this.#endCheque();
    if (line !== null) yield { kind: 'line', line };
    if (record.type === '1') this.#origin = filledNumber(field(record, 'origin'));
    else if (record.type === '5') yield* this.#openBatch(record);
    else if (record.type === '6') this.#openCheque(record);
    else if (record.type === '7') this.#closeBatch(record);
    else if (record.type === '8') yield this.#closeBox(record);
    else if (record.type === '9') this.#closeFile(record);
    else if (record.type !== '2') {
      const problem = `"${shown(record.text)}" is not a lockbox record: each begins with 1, 2, 4, 5, 6, 7, 8 or 9.`;
      throw new BankFileError('bank_file.lockbox_record', record.place, problem);
    }
  }

  end(): BankFileEvent {
    if (this.#countCheck === null) {
      const problem = 'The trailer (9) is missing: the file is cut off.';
      throw new BankFileError('bank_file.cut_off', 'end of file', problem);
    }
    return { kind: 'file_end', checks: [this.#countCheck] };
  }

  *#openBatch(record: FixedRecord): Generator<BankFileEvent, void, undefined> {
    if (this.#batch !== null) throw misplaced(record, 'the batch before it has no total (7)');
    const number = requireDigits(record, 'lockbox');
    if (this.#box !== null && this.#box.number !== number) {
      throw misplaced(record, `the lockbox ${this.#box.number} before it has no total (8)`);
    }
    if (this.#box === null) {
      const currency = this.#options.accountCurrency ?? 'USD';
      this.#box = { number, currency, total: new RunningTotal(), checks: [], batches: 0 };
      const account = this.#origin === null ? number : `${this.#origin}/${number}`;
      const place = record.place;
      const reported = { number: account, isIban: false, currency };
      yield { kind: 'statement', statement: { statementId: null, sequence: null, account: reported, place } };
    }
    this.#box.batches += 1;
    if (this.#box.batches > BATCHES_MAX) {
      const problem = `The lockbox has more than ${String(BATCHES_MAX)} batches (batchesMax).`;
      throw new BankFileError('bank_file.too_many_statements', record.place, problem);
    }
    const depositOn = readShortDate(field(record, 'depositOn'), this.#options.today, record.place);
    this.#batch = { number: requireDigits(record, 'batch'), depositOn, total: new RunningTotal() };
  }

  #openCheque(record: FixedRecord): void {
    if (this.#box === null || this.#batch === null) throw misplaced(record, 'it belongs to no batch (5)');
    const batch = requireDigits(record, 'batch');
    if (batch !== this.#batch.number) throw misplaced(record, `it is of batch ${batch} inside ${this.#batch.number}`);
    const amountMinor = readMinorDigits(requireDigits(record, 'amount'), record.place);
    for (const name of ['routing', 'account', 'cheque'] as const) {
      if (!/^[\d ]*$/.test(field(record, name))) throw otherLayout(record, name);
    }
    this.#batch.total.add(amountMinor);
    this.#box.total.add(amountMinor);
    this.#cheque = { record, remittance: [], texts: [], overflows: 0 };
  }

  #addOverflow(record: FixedRecord): void {
    const cheque = this.#cheque;
    if (cheque === null) throw misplaced(record, 'it follows no cheque (6)');
    for (const name of ['batch', 'item'] as const) {
      const [own, its] = [requireDigits(record, name), requireDigits(cheque.record, name)];
      if (own !== its) throw misplaced(record, `its ${name} is ${own}, the one of the cheque before it is ${its}`);
    }
    cheque.overflows += 1;
    if (cheque.overflows > OVERFLOW_MAX) {
      const problem = `The cheque has more than ${String(OVERFLOW_MAX)} overflow records (remittanceLinesMax).`;
      throw new BankFileError('bank_file.too_many_remittance_lines', record.place, problem);
    }
    const remittance = readInvoice(record);
    if (remittance === null) cheque.texts.push(field(record, 'memo'));
    else {
      cheque.remittance.push(remittance);
      cheque.texts.push(field(record, 'overflowText'));
    }
  }

  #endCheque(): BankLine | null {
    const [box, batch, cheque] = [this.#box, this.#batch, this.#cheque];
    if (box === null || batch === null || cheque === null) return null;
    this.#cheque = null;
    const { record } = cheque;
    const number = chequeNumber(record);
    return bankLine({
      amountMinor: readMinorDigits(field(record, 'amount'), record.place),
      currency: box.currency,
      bookedOn: batch.depositOn,
      trace: number,
      endToEndId: number,
      transactionCode: 'CHECK',
      counterpartName: filled(field(record, 'remitter')),
      counterpartAccount: micrOf(record),
      remittance: cheque.remittance,
      texts: cheque.texts,
      batch: batch.number,
      place: record.place,
    });
  }

  #closeBatch(record: FixedRecord): void {
    if (this.#box === null || this.#batch === null) throw misplaced(record, 'it ends no batch (5)');
    const { number, total } = this.#batch;
    const [count, sum] = [requireDigits(record, 'batchCount'), requireDigits(record, 'batchTotal')];
    this.#box.checks.push(...totalChecks(`batch ${number}`, { count, sum, total }, { record, box: this.#box }));
    this.#batch = null;
  }

  #closeBox(record: FixedRecord): BankFileEvent {
    if (this.#box === null) throw misplaced(record, 'it ends no lockbox (5)');
    if (this.#batch !== null) throw misplaced(record, 'the batch before it has no total (7)');
    const { number, total, checks } = this.#box;
    const [count, sum] = [requireDigits(record, 'lockboxCount'), requireDigits(record, 'lockboxTotal')];
    checks.push(...totalChecks(`lockbox ${number}`, { count, sum, total }, { record, box: this.#box }));
    this.#box = null;
    return { kind: 'statement_end', end: { opening: null, closing: null, checks, linesRead: total.count } };
  }

  #closeFile(record: FixedRecord): void {
    if (this.#box !== null) throw misplaced(record, `the lockbox ${this.#box.number} has no total (8)`);
    const declared = readCount(requireDigits(record, 'fileCount'), record.place);
    const what = 'number of records in the file';
    this.#countCheck = checkCount({ what, declared, found: this.#records, place: record.place });
  }
}

function misplaced(record: FixedRecord, reason: string): BankFileError {
  const problem = `The record ${shown(record.type)} is out of place: ${reason}.`;
  return new BankFileError('bank_file.lockbox_order', record.place, problem);
}

function field(record: FixedRecord, name: keyof typeof COLUMNS): string {
  const [first, last] = COLUMNS[name];
  return record.text.slice(first - 1, last);
}

function requireDigits(record: FixedRecord, name: keyof typeof COLUMNS): string {
  const text = field(record, name);
  const [first, last] = COLUMNS[name];
  if (text.length === last - first + 1 && /^\d+$/.test(text)) return text;
  throw otherLayout(record, name);
}

function otherLayout(record: FixedRecord, name: keyof typeof COLUMNS): BankFileError {
  const [first, last] = COLUMNS[name];
  const where = `columns ${String(first)} to ${String(last)}`;
  const problem = `${where} of record ${record.type} (${name}) are "${shown(field(record, name))}", not digits: the file has another layout than the one that is read.`;
  return new BankFileError('bank_file.lockbox_layout', record.place, problem);
}

/** An overflow record with an invoice has its amounts in digits; any other is free text. */
function readInvoice(record: FixedRecord): LineRemittance | null {
  const [paid, deducted] = [field(record, 'paid'), field(record, 'deducted')];
  const reference = filled(field(record, 'invoice'));
  if (reference === null || !/^\d{10}$/.test(paid) || !/^(?:\d{10}|\s*)$/.test(deducted)) return null;
  const reducedMinor = deducted.trim() === '' ? 0 : readMinorDigits(deducted, record.place);
  return {
    reference,
    paidMinor: readMinorDigits(paid, record.place),
    reducedMinor,
    reasonCode: reducedMinor === 0 ? null : filledNumber(field(record, 'reason')),
    isDiscount: false,
  };
}

function chequeNumber(record: FixedRecord): string | null {
  return filledNumber(field(record, 'cheque'))?.replace(/^0+/, '') ?? null;
}

/** What stands in the cheque's magnetic ink: `ROUTING/ACCOUNT`, by which its payer is known again. */
function micrOf(record: FixedRecord): string | null {
  const routing = filledNumber(field(record, 'routing'));
  const account = filledNumber(field(record, 'account'))?.replace(/^0+/, '') ?? null;
  return routing === null || account === null ? null : `${routing}/${account}`;
}

function totalChecks(
  of: string,
  figures: { count: string; sum: string; total: RunningTotal },
  where: { record: FixedRecord; box: Box },
): TotalCheck[] {
  const { place } = where.record;
  const { count, sum, total } = figures;
  const declared = readMinorDigits(sum, place);
  return [
    checkCount({ what: `number of cheques in ${of}`, declared: readCount(count, place), found: total.count, place }),
    checkSum({ what: `total of ${of}`, declared, found: total.sumMinor, currency: where.box.currency, place }),
  ];
}
