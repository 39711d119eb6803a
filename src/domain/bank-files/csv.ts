// Reads a bank's CSV files by a mapping that the company has saved.

import { requireCurrency, shown } from './amounts.ts';
import { columnsOf, type CsvMapping, type FixedOrColumn } from './csv-mapping.ts';
import { columnKey, CsvTable, type CsvRow } from './csv-table.ts';
import { readTableAmount, readTableDate } from './csv-values.ts';
import { bankLine, filled, reportedAccount } from './line-fields.ts';
import { checkBalances, checkSum } from './totals.ts';
import {
  BankFileError,
  type Balance,
  type BankFileEvent,
  type BankFileReader,
  type BankLine,
  type Place,
  type ReadOptions,
  type TotalCheck,
} from './types.ts';

/**
 * The reader of one kind of CSV file. One statement for each run of rows of the same account and currency, one line for each row.
 * With a balance column each row's balance must be the one before it plus its amount; opening and closing balance are taken from
 * it, or from the cells behind their labels, and then opening + booked = closing is checked.
 */
export function csvReader(mapping: CsvMapping): BankFileReader {
  return async function* (chunks, options) {
    const file = new CsvFile(mapping, options);
    for await (const row of file.table.rows(chunks)) yield* file.take(row);
    yield* file.end();
  };
}

interface LabelledBalance {
  readonly text: string;
  readonly place: Place;
}

/** What is known of the balances of the account in hand. */
interface Running {
  readonly account: string;
  readonly currency: string;
  readonly place: Place;
  bookedMinor: bigint;
  linesRead: number;
  first: BankLine | null;
  last: BankLine | null;
  /** Balances after the first and the last booked row, in the order of the file. */
  firstBalanceMinor: number | null;
  lastBalanceMinor: number | null;
  /** The first row whose balance is not the one before it and its amount. */
  broken: TotalCheck | null;
}

class CsvFile {
  readonly table: CsvTable;
  readonly #mapping: CsvMapping;
  readonly #options: ReadOptions;
  #running: Running | null = null;
  #statements = 0;
  #opening: LabelledBalance | null = null;
  #closing: LabelledBalance | null = null;

  constructor(mapping: CsvMapping, options: ReadOptions) {
    this.#mapping = mapping;
    this.#options = options;
    this.table = new CsvTable(mapping, columnsOf(mapping));
  }

  *take(row: CsvRow): Generator<BankFileEvent, void, undefined> {
    if (this.#takeLabels(row) || row.kind === 'around') return;
    this.table.requireWidth(row);
    const account = this.#told(this.#mapping.account, row, 'account');
    const currency = requireCurrency(this.#told(this.#mapping.currency, row, 'currency').toUpperCase(), row.place);
    let running = this.#running;
    if (running === null || running.account !== account || running.currency !== currency) {
      if (running !== null) yield this.#endStatement(running);
      running = begin(account, currency, row.place);
      yield this.#beginStatement(running);
    }
    const line = this.#toLine(row, currency);
    if (line.status !== 'pending') this.#addTo(running, line, row);
    running.linesRead += 1;
    yield { kind: 'line', line };
  }

  *end(): Generator<BankFileEvent, void, undefined> {
    // A day without movements is a statement too, when the file's account does not have to be told by a row.
    const { account, currency } = this.#mapping;
    if (this.#running === null && 'fixed' in account && 'fixed' in currency) {
      yield this.#beginStatement(begin(account.fixed, currency.fixed, 'whole file'));
    }
    if (this.#running !== null) yield this.#endStatement(this.#running);
    const labelled = this.#opening ?? this.#closing;
    if (labelled !== null && this.#statements > 1) {
      const problem =
        'The file names a balance by a label and has rows of several accounts; it cannot be told whose it is.';
      throw new BankFileError('bank_file.csv_balance', labelled.place, problem);
    }
    yield { kind: 'file_end', checks: [] };
  }

  #beginStatement(running: Running): BankFileEvent {
    this.#running = running;
    this.#statements += 1;
    const { account, currency, place } = running;
    const reported = reportedAccount(account, null, currency);
    return { kind: 'statement', statement: { statementId: null, sequence: null, account: reported, place } };
  }

  /** @returns whether the row holds a labelled balance and is no movement. */
  #takeLabels(row: CsvRow): boolean {
    const opening = cellBehind(row, this.#mapping.openingLabel);
    const closing = cellBehind(row, this.#mapping.closingLabel);
    if (opening !== null) this.#opening ??= { text: opening, place: row.place };
    if (closing !== null) this.#closing = { text: closing, place: row.place };
    return opening !== null || closing !== null;
  }

  #told(source: FixedOrColumn, row: CsvRow, what: string): string {
    const text = 'fixed' in source ? source.fixed : this.table.cell(row, source.column);
    if (text !== '') return text;
    throw new BankFileError(`bank_file.no_${what}`, row.place, `The row names no ${what}.`);
  }

  #toLine(row: CsvRow, currency: string): BankLine {
    const { columns, pending } = this.#mapping;
    const cell = (column: Parameters<CsvTable['cell']>[1]): string => this.table.cell(row, column);
    const dateAt = { today: this.#options.today, place: row.place };
    const isPending = pending !== null && includesWord(pending.words, cell(pending.column));
    const bookedText = cell(columns.bookedOn);
    const valueText = cell(columns.valueOn);
    // What is not booked yet often has only the one date or the other.
    const bookedOn = readTableDate(isPending && bookedText === '' ? valueText : bookedText, this.#mapping, dateAt);
    const reference = filled(cell(columns.structuredReference));
    return bankLine({
      amountMinor: this.#amountOf(row, currency),
      currency,
      bookedOn,
      valueOn: valueText === '' ? bookedOn : readTableDate(valueText, this.#mapping, dateAt),
      status: isPending ? 'pending' : 'booked',
      bankReference: filled(cell(columns.bankReference)),
      endToEndId: filled(cell(columns.endToEndId)),
      trace: filled(cell(columns.trace)),
      transactionCode: filled(cell(columns.transactionCode)),
      counterpartName: filled(cell(columns.counterpartName)),
      counterpartAccount: accountIn(cell(columns.counterpartAccount)),
      structuredReferences: reference === null ? [] : [reference],
      texts: columns.texts.map(cell),
      place: row.place,
    });
  }

  #amountOf(row: CsvRow, currency: string): number {
    const { amount } = this.#mapping;
    const at = { currency, place: row.place };
    const read = (text: string): number => readTableAmount(text, this.#mapping, at);
    if (amount.kind === 'two_columns') return this.#amountOfTwo(row, amount, read);
    const written = read(this.table.cell(row, amount.column));
    if (amount.kind === 'signed') return written;
    if (amount.kind === 'inverted') return 0 - written;
    const mark = this.table.cell(row, amount.mark);
    if (includesWord(amount.creditWords, mark)) return written;
    if (includesWord(amount.debitWords, mark)) return 0 - written;
    const words = [...amount.creditWords, ...amount.debitWords].map((word) => `"${word}"`).join(', ');
    const problem = `"${shown(mark)}" is none of the words for debit and credit (${words}).`;
    throw new BankFileError('bank_file.csv_mark', row.place, problem);
  }

  /** Banks write debits with and without a minus sign: the column says what it is, a minus in the credit column takes back. */
  #amountOfTwo(
    row: CsvRow,
    columns: Extract<CsvMapping['amount'], { kind: 'two_columns' }>,
    read: (text: string) => number,
  ): number {
    const [debitText, creditText] = [this.table.cell(row, columns.debit), this.table.cell(row, columns.credit)];
    const debit = debitText === '' ? 0 : read(debitText);
    const credit = creditText === '' ? 0 : read(creditText);
    if (debitText + creditText === '' || (debit !== 0 && credit !== 0)) {
      const problem = `The row has ${debitText + creditText === '' ? 'neither a debit nor a credit' : 'both a debit and a credit'}.`;
      throw new BankFileError('bank_file.bad_amount', row.place, problem);
    }
    return credit === 0 ? 0 - Math.abs(debit) : credit;
  }

  #addTo(running: Running, line: BankLine, row: CsvRow): void {
    running.bookedMinor += BigInt(line.amountMinor);
    const before = running.last;
    running.first ??= line;
    running.last = line;
    const { balance } = this.#mapping;
    const text = balance === null ? '' : this.table.cell(row, balance.column);
    if (balance === null || text === '') {
      running.lastBalanceMinor = null;
      return;
    }
    const { currency } = running;
    const declared = readTableAmount(text, this.#mapping, { currency, place: row.place });
    const previous = running.lastBalanceMinor;
    const moved = balance.order === 'ascending' ? line.amountMinor : 0 - (before?.amountMinor ?? 0);
    if (previous !== null && running.broken === null && declared !== previous + moved) {
      const found = BigInt(previous) + BigInt(moved);
      running.broken = checkSum({ what: RUNNING, declared, found, currency, place: row.place });
    }
    if (running.first === line) running.firstBalanceMinor = declared;
    running.lastBalanceMinor = declared;
  }

  #endStatement(running: Running): BankFileEvent {
    const { currency, place } = running;
    const [fromOpening, fromClosing] = this.#balancesOf(running);
    const opening = this.#labelled(this.#opening, { running, on: fromOpening?.on }) ?? fromOpening;
    const closing = this.#labelled(this.#closing, { running, on: fromClosing?.on }) ?? fromClosing;
    const checks: TotalCheck[] = [];
    if (running.broken !== null) checks.push(running.broken);
    else if (running.lastBalanceMinor !== null) {
      const balance = running.lastBalanceMinor;
      checks.push(checkSum({ what: RUNNING, declared: balance, found: balance, currency, place }));
    }
    if (opening !== null && closing !== null) {
      checks.push(...checkBalances({ opening, closing, bookedMinor: running.bookedMinor, place }));
    }
    return { kind: 'statement_end', end: { opening, closing, checks, linesRead: running.linesRead } };
  }

  /** What the balance column says of the time before and after the rows. */
  #balancesOf(running: Running): [Balance | null, Balance | null] {
    const { currency, first, last, firstBalanceMinor, lastBalanceMinor } = running;
    if (first === null || last === null || firstBalanceMinor === null || lastBalanceMinor === null) return [null, null];
    const isAscending = this.#mapping.balance?.order === 'ascending';
    const oldest = isAscending ? { line: first, minor: firstBalanceMinor } : { line: last, minor: lastBalanceMinor };
    const newest = isAscending ? { line: last, minor: lastBalanceMinor } : { line: first, minor: firstBalanceMinor };
    return [
      { amountMinor: oldest.minor - oldest.line.amountMinor, currency, on: oldest.line.bookedOn },
      { amountMinor: newest.minor, currency, on: newest.line.bookedOn },
    ];
  }

  #labelled(labelled: LabelledBalance | null, about: { running: Running; on: string | undefined }): Balance | null {
    if (labelled === null) return null;
    const { currency, first, last } = about.running;
    const dates = [first?.bookedOn, last?.bookedOn].filter((date) => date !== undefined).sort();
    const on = about.on ?? (labelled === this.#opening ? dates[0] : dates.at(-1)) ?? this.#options.today;
    const amountMinor = readTableAmount(labelled.text, this.#mapping, { currency, place: labelled.place });
    return { amountMinor, currency, on };
  }
}

const RUNNING = 'balance before + amount = balance after, row by row';

function begin(account: string, currency: string, place: Place): Running {
  return {
    account,
    currency,
    place,
    bookedMinor: 0n,
    linesRead: 0,
    first: null,
    last: null,
    firstBalanceMinor: null,
    lastBalanceMinor: null,
    broken: null,
  };
}

/** The first filled cell behind one that is the label (a colon at its end does not count); null when no cell is. */
function cellBehind(row: CsvRow, label: string | null): string | null {
  if (label === null) return null;
  const at = row.cells.findIndex(
    (cell) => columnKey(cell.replace(/:\s*$/, '')) === columnKey(label.replace(/:\s*$/, '')),
  );
  if (at === -1) return null;
  return (
    row.cells
      .slice(at + 1)
      .map((cell) => cell.trim())
      .find((cell) => /\d/.test(cell)) ?? null
  );
}

function includesWord(words: readonly string[], cell: string): boolean {
  return words.some((word) => columnKey(word) === columnKey(cell));
}

function accountIn(text: string): string | null {
  const number = filled(text);
  return number === null ? null : reportedAccount(number, null, null).number;
}
