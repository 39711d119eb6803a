// Reads OFX bank statements (1.x SGML and 2.x XML): an account's transactions with the bank's own identifications.

import { readAmount, requireCurrency, shown } from './amounts.ts';
import { bankLine, filled, readDate, reportedAccount } from './line-fields.ts';
import { readOfxTokens, type OfxToken } from './ofx-tokens.ts';
import {
  BANK_FILE_LIMITS,
  BankFileError,
  type Balance,
  type BankFileEvent,
  type BankFileReader,
  type BankLine,
  type Place,
  type ReadOptions,
} from './types.ts';

/** The aggregates whose opening and closing tags are followed; every other tag is a value. */
const AGGREGATES: ReadonlySet<string> = new Set(
  'OFX BANKMSGSRSV1 STMTTRNRS STMTRS BANKACCTFROM BANKTRANLIST BANKTRANLISTP STMTTRN STMTTRNP BANKACCTTO CCACCTTO PAYEE LEDGERBAL AVAILBAL CURRENCY ORIGCURRENCY BALLIST BAL'.split(
    ' ',
  ),
);
const TRANSACTIONS: ReadonlySet<string> = new Set(['STMTTRN', 'STMTTRNP']);
const UNREAD_REPORTS: ReadonlyMap<string, string> = new Map([
  ['CCSTMTRS', 'a credit card account'],
  ['INVSTMTRS', 'an investment account'],
  ['LOANSTMTRS', 'a loan'],
]);
/** No aggregate of a transaction or an account has nearly as many values. */
const VALUES_MAX = 200;
/** Identifications are kept to find those that a bank gives twice; a statement with more is refused. */
const TRANSACTIONS_MAX = 500_000;

type Values = ReadonlyMap<string, OfxToken>;

/**
 * Reads bank accounts (STMTRS); credit cards, investments and loans are refused. One statement for each STMTRS, one line for each
 * STMTTRN, or a pending one for each STMTTRNP. The ledger balance is the closing balance; OFX has no opening balance and no
 * counts, so that there is nothing to hold against the lines. A transaction that deletes an earlier one (CORRECTACTION
 * DELETE) is its reversal; one that replaces an earlier one is for information, because the amount it had is not told.
 * @throws {BankFileError}
 */
export const readOfx: BankFileReader = async function* (chunks, options) {
  const file = new OfxFile(options);
  for await (const token of readOfxTokens(chunks)) yield* file.take(token);
  yield file.end();
};

interface Report {
  readonly place: Place;
  currency: string | null;
  account: Values | null;
  isBegun: boolean;
  closing: Balance | null;
  linesRead: number;
  readonly identifications: Set<string>;
}

class OfxFile {
  readonly #options: ReadOptions;
  readonly #path: string[] = [];
  #values = new Map<string, OfxToken>();
  #inner = new Map<string, Values>();
  #report: Report | null = null;
  #isOfx = false;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  *take(token: OfxToken): Generator<BankFileEvent, void, undefined> {
    if (token.kind === 'close') {
      if (AGGREGATES.has(token.name)) yield* this.#close(token);
      return;
    }
    const unread = UNREAD_REPORTS.get(token.name);
    if (unread !== undefined) {
      const problem = `The file reports on ${unread} (${token.name}); only bank accounts (STMTRS) are read.`;
      throw new BankFileError('bank_file.ofx_not_a_bank_account', token.place, problem);
    }
    if (AGGREGATES.has(token.name)) this.#open(token);
    else if (token.text !== '') this.#setValue(token);
  }

  end(): BankFileEvent {
    if (!this.#isOfx) throw new BankFileError('bank_file.ofx_syntax', 'whole file', 'The file has no <OFX>.');
    const open = this.#path.at(-1);
    if (open !== undefined) {
      const problem = `<${open}> is not closed: the file is cut off.`;
      throw new BankFileError('bank_file.cut_off', 'end of file', problem);
    }
    return { kind: 'file_end', checks: [] };
  }

  #open(token: OfxToken): void {
    const parent = this.#path.at(-1);
    if ((token.name === 'OFX') !== (parent === undefined) || (token.name === 'OFX' && this.#isOfx)) {
      const problem = `<${token.name}> is out of place: everything stands in one <OFX>.`;
      throw new BankFileError('bank_file.ofx_syntax', token.place, problem);
    }
    this.#isOfx = true;
    if (this.#path.length >= BANK_FILE_LIMITS.depthMax) {
      const problem = `Tags are nested more than ${String(BANK_FILE_LIMITS.depthMax)} deep (depthMax).`;
      throw new BankFileError('bank_file.too_deep', token.place, problem);
    }
    this.#path.push(token.name);
    if (token.name === 'STMTRS') this.#openReport(token);
    if (TRANSACTIONS.has(token.name)) this.#inner = new Map();
    // What stands inside another aggregate of the transaction must not be taken for the transaction's own.
    if (parent !== undefined && TRANSACTIONS.has(parent)) this.#inner.set(parent, this.#values);
    this.#values = new Map();
  }

  #openReport(token: OfxToken): void {
    if (this.#report !== null) {
      throw new BankFileError('bank_file.ofx_syntax', token.place, 'A <STMTRS> stands inside another.');
    }
    this.#report = {
      place: token.place,
      currency: null,
      account: null,
      isBegun: false,
      closing: null,
      linesRead: 0,
      identifications: new Set(),
    };
  }

  #setValue(token: OfxToken): void {
    if (this.#report !== null && token.name === 'CURDEF') {
      this.#report.currency = requireCurrency(token.text.toUpperCase(), token.place);
    }
    if (this.#values.size >= VALUES_MAX) {
      const problem = `More than ${String(VALUES_MAX)} values stand in one aggregate (valuesMax).`;
      throw new BankFileError('bank_file.ofx_syntax', token.place, problem);
    }
    if (!this.#values.has(token.name)) this.#values.set(token.name, token);
  }

  *#close(token: OfxToken): Generator<BankFileEvent, void, undefined> {
    if (this.#path.at(-1) !== token.name) {
      const open = this.#path.at(-1) ?? 'nothing';
      const problem = `</${token.name}> is out of place: ${open} is open.`;
      throw new BankFileError('bank_file.ofx_syntax', token.place, problem);
    }
    this.#path.pop();
    const parent = this.#path.at(-1);
    const values = this.#values;
    this.#values = new Map();
    if (parent !== undefined && TRANSACTIONS.has(parent)) {
      this.#inner.set(token.name, values);
      this.#values = new Map(this.#inner.get(parent));
      return;
    }
    const report = this.#report;
    if (report === null) return;
    if (token.name === 'BANKACCTFROM') report.account ??= values;
    else if (TRANSACTIONS.has(token.name)) {
      yield* this.#begin(report);
      yield { kind: 'line', line: this.#toLine(report, { values, token }) };
    } else if (token.name === 'LEDGERBAL') report.closing = this.#toBalance(report, { values, token });
    else if (token.name === 'STMTRS') {
      yield* this.#begin(report);
      yield {
        kind: 'statement_end',
        end: { opening: null, closing: report.closing, checks: [], linesRead: report.linesRead },
      };
      this.#report = null;
    }
  }

  *#begin(report: Report): Generator<BankFileEvent, void, undefined> {
    if (report.isBegun) return;
    report.isBegun = true;
    const number = filled(report.account?.get('ACCTID')?.text);
    if (number === null) {
      const problem = 'The report names no account (BANKACCTFROM with ACCTID) before its transactions.';
      throw new BankFileError('bank_file.no_account', report.place, problem);
    }
    const routing = filled(report.account?.get('BANKID')?.text);
    const account = reportedAccount(number, routing, this.#currencyOf(report));
    yield { kind: 'statement', statement: { statementId: null, sequence: null, account, place: report.place } };
  }

  #currencyOf(report: Report): string {
    const currency = report.currency ?? this.#options.accountCurrency;
    if (currency !== null) return currency;
    const problem = 'The report names no currency (CURDEF); give the currency of the account.';
    throw new BankFileError('bank_file.no_currency', report.place, problem);
  }

  #toLine(report: Report, given: { values: Values; token: OfxToken }): BankLine {
    const { values, token } = given;
    const place = values.get('TRNTYPE')?.place ?? token.place;
    const text = (name: string): string | null => filled(values.get(name)?.text);
    report.linesRead += 1;
    if (report.linesRead > TRANSACTIONS_MAX) {
      const problem = `The report has more than ${String(TRANSACTIONS_MAX)} transactions (transactionsMax).`;
      throw new BankFileError('bank_file.too_many_lines', place, problem);
    }
    const inner = (name: string): Values | undefined => this.#inner.get(name);
    const currency = filled(inner('CURRENCY')?.get('CURSYM')?.text)?.toUpperCase() ?? this.#currencyOf(report);
    const amountMinor = readAmount({ text: required(values, 'TRNAMT', place), currency, mark: 'either', place });
    const isPending = token.name === 'STMTTRNP';
    const bookedOn = dateOf(required(values, isPending ? 'DTTRAN' : 'DTPOSTED', place), place);
    const account = inner('BANKACCTTO');
    const correction = correctionOf(text('CORRECTFITID'), text('CORRECTACTION'));
    return bankLine({
      amountMinor: correction === 'delete' ? 0 - amountMinor : amountMinor,
      currency,
      bookedOn,
      valueOn: values.has('DTAVAIL') ? dateOf(required(values, 'DTAVAIL', place), place) : bookedOn,
      status: isPending ? 'pending' : correction === 'replace' ? 'information' : 'booked',
      isReversal: correction === 'delete',
      bankReference: uniqueIn(report, text('FITID')),
      endToEndId: text('REFNUM'),
      trace: text('CHECKNUM') ?? text('REFNUM'),
      transactionCode: text('TRNTYPE'),
      counterpartName: filled(inner('PAYEE')?.get('NAME')?.text) ?? text('NAME'),
      counterpartAccount: accountOf(account),
      texts: [text('MEMO') ?? '', text('EXTDNAME') ?? '', correctionText(correction, text('CORRECTFITID'))],
      place,
    });
  }

  #toBalance(report: Report, given: { values: Values; token: OfxToken }): Balance {
    const { values, token } = given;
    const place = values.get('BALAMT')?.place ?? token.place;
    const currency = this.#currencyOf(report);
    return {
      amountMinor: readAmount({ text: required(values, 'BALAMT', place), currency, mark: 'either', place }),
      currency,
      on: dateOf(required(values, 'DTASOF', place), place),
    };
  }
}

function required(values: Values, name: string, place: Place): string {
  const text = values.get(name)?.text;
  if (text !== undefined) return text;
  throw new BankFileError('bank_file.ofx_missing', place, `The value ${name} is missing.`);
}

/** `YYYYMMDD`, with time and zone behind it, which do not change the day the bank names. */
function dateOf(text: string, place: Place): string {
  const match = /^(\d{8})(?:\d{2,6}(?:\.\d{1,6})?)?(?:\s?\[[^\]]{0,20}\])?$/.exec(text);
  if (match !== null) return readDate(match[1] ?? '', place);
  throw new BankFileError('bank_file.bad_date', place, `"${shown(text)}" is not a date of OFX (YYYYMMDD).`);
}

type Correction = 'none' | 'delete' | 'replace';

function correctionOf(corrected: string | null, action: string | null): Correction {
  if (corrected === null) return 'none';
  return action?.toUpperCase() === 'DELETE' ? 'delete' : 'replace';
}

function correctionText(correction: Correction, corrected: string | null): string {
  if (correction === 'none' || corrected === null) return '';
  return correction === 'delete'
    ? `The bank takes back transaction ${corrected}.`
    : `The bank replaces transaction ${corrected} by this one: correct the earlier one by hand.`;
}

/**
 * A bank that gives one identification twice would make two payments one; the second then counts by its fields. The first
 * keeps it, so that the same file read again finds both.
 */
function uniqueIn(report: Report, identification: string | null): string | null {
  if (identification === null || report.identifications.has(identification)) return null;
  report.identifications.add(identification);
  return identification;
}

function accountOf(account: Values | undefined): string | null {
  const number = filled(account?.get('ACCTID')?.text);
  return number === null ? null : reportedAccount(number, filled(account?.get('BANKID')?.text), null).number;
}
