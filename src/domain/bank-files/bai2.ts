// Reads BAI2 (Cash Management Balance Reporting, version 2): accounts with their balances, details and control totals.

import { readMinorDigits, requireCurrency, shown } from './amounts.ts';
import { Bai2Fields, readBai2Records, type Bai2Record } from './bai2-records.ts';
import { bankLine, filled, filledNumber, readCount, readShortDate, reportedAccount } from './line-fields.ts';
import { checkBalances, checkCount, checkSum, RunningTotal } from './totals.ts';
import {
  BankFileError,
  type Balance,
  type BankFileEvent,
  type BankFileReader,
  type BankLine,
  type LineStatus,
  type Place,
  type ReadOptions,
  type TotalCheck,
} from './types.ts';

/** What a control record counts: amounts as written with their signs, physical records, and the members one level below. */
class Control {
  amounts = 0n;
  records = 0;
  members = 0;

  addFrom(member: Control): void {
    this.amounts += member.amounts;
    this.records += member.records;
    this.members += 1;
  }
}

interface Group {
  readonly routing: string | null;
  readonly asOf: string;
  readonly currency: string | null;
  /** Status 1 (update) and no interim report: balances and details are complete. */
  readonly isComplete: boolean;
  readonly lineStatus: LineStatus;
  readonly control: Control;
}

interface Account {
  readonly currency: string;
  readonly place: Place;
  readonly summaries: ReadonlyMap<string, Summary>;
  readonly control: Control;
  readonly credits: RunningTotal;
  readonly debits: RunningTotal;
  linesRead: number;
}

interface Summary {
  readonly amountMinor: number;
  readonly count: number | null;
}

const SUPPORTED_VERSION = '2';
const OPENING_LEDGER = '010';
const CLOSING_LEDGER = '015';
const TOTAL_CREDITS = '100';
const TOTAL_DEBITS = '400';
/** Groups beyond this are refused, as accounts are by `statementsMax`. */
const GROUPS_MAX = 10_000;
/** The most parts of an amount by days of availability (funds type D). */
const AVAILABILITY_PARTS_MAX = 100;
/** Money back of something booked earlier: returned and reversed items (BAI2 appendix A). */
const REVERSALS: ReadonlySet<string> = new Set('252 255 257 258 266 395 423 552 555 557 558 566 694'.split(' '));
const RETURNS: ReadonlySet<string> = new Set('255 257 266 423 555 557 566'.split(' '));

/**
 * Reads BAI2. One statement for each account record (03); one line for each detail (16). Credits are 100-399 and 920-959, debits
 * 400-699 and 960-999; every other code (890, loans, status) is for information. A report of the same day that is not final (as-of-date
 * modifier 3) gives pending lines. Opening ledger (010) + details = closing ledger (015) is checked for a complete update with details;
 * total credits (100) and debits (400) and the control totals and counts of 49, 98 and 99 always.
 * @throws {BankFileError}
 */
export const readBai2: BankFileReader = async function* (chunks, options) {
  const file = new Bai2File(options);
  for await (const record of readBai2Records(chunks)) yield* file.take(record);
  yield file.end();
};

class Bai2File {
  readonly #options: ReadOptions;
  readonly #control = new Control();
  readonly #checks: TotalCheck[] = [];
  #fileId: string | null = null;
  #group: Group | null = null;
  #account: Account | null = null;
  #state: 'start' | 'open' | 'ended' = 'start';

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  *take(record: Bai2Record): Generator<BankFileEvent, void, undefined> {
    if (this.#state === 'ended') throw misplaced(record, 'the file trailer (99) must be the last record');
    if ((record.code === '01') !== (this.#state === 'start')) {
      throw misplaced(record, 'the file begins with one file header (01)');
    }
    const fields = new Bai2Fields(record);
    if (record.code === '01') this.#openFile(record, fields);
    else if (record.code === '02') this.#openGroup(record, fields);
    else if (record.code === '03') yield this.#openAccount(record, fields);
    else if (record.code === '16') yield { kind: 'line', line: this.#readDetail(record, fields) };
    else if (record.code === '49') yield this.#closeAccount(record, fields);
    else if (record.code === '98') this.#closeGroup(record, fields);
    else this.#closeFile(record, fields);
  }

  end(): BankFileEvent {
    if (this.#state !== 'ended') {
      throw new BankFileError(
        'bank_file.cut_off',
        'end of file',
        'The file trailer (99) is missing: the file is cut off.',
      );
    }
    return { kind: 'file_end', checks: this.#checks };
  }

  #openFile(record: Bai2Record, fields: Bai2Fields): void {
    const header = Array.from({ length: 8 }, () => fields.next());
    this.#fileId = filled(header[4]);
    const version = header[7] ?? '';
    if (version !== '' && version !== SUPPORTED_VERSION) {
      const problem = `The file is of version ${shown(version)}; only version 2 (BAI2) is read.`;
      throw new BankFileError('bank_file.bai2_version', record.place, problem);
    }
    this.#control.records += record.count;
    this.#state = 'open';
  }

  #openGroup(record: Bai2Record, fields: Bai2Fields): void {
    if (this.#group !== null) throw misplaced(record, 'the group before it has no trailer (98)');
    if (this.#control.members >= GROUPS_MAX) {
      const problem = `The file has more than ${String(GROUPS_MAX)} groups (groupsMax).`;
      throw new BankFileError('bank_file.too_many_statements', record.place, problem);
    }
    fields.next();
    const originator = fields.next();
    const status = requireStatus(fields.next(), record.place);
    const asOf = readShortDate(fields.next(), this.#options.today, record.place);
    fields.next();
    const currency = filled(fields.next());
    const modifier = fields.next();
    const control = new Control();
    control.records += record.count;
    this.#group = {
      routing: /^\d{9}$/.test(originator) ? originator : null,
      asOf,
      currency: currency === null ? null : requireCurrency(currency, record.place),
      isComplete: status === '1' && modifier !== '1' && modifier !== '3',
      lineStatus: modifier === '3' ? 'pending' : 'booked',
      control,
    };
  }

  #openAccount(record: Bai2Record, fields: Bai2Fields): BankFileEvent {
    const group = this.#requireGroup(record);
    if (this.#account !== null) throw misplaced(record, 'the account before it has no trailer (49)');
    const number = filled(fields.next());
    if (number === null) throw new BankFileError('bank_file.no_account', record.place, 'The account has no number.');
    const named = filled(fields.next()) ?? group.currency ?? this.#options.accountCurrency ?? 'USD';
    const currency = requireCurrency(named, record.place);
    const control = new Control();
    control.records += record.count;
    const summaries = readSummaries(fields, control, { today: this.#options.today, place: record.place });
    const totals = { credits: new RunningTotal(), debits: new RunningTotal() };
    this.#account = { currency, place: record.place, summaries, control, ...totals, linesRead: 0 };
    return {
      kind: 'statement',
      statement: {
        statementId: null,
        sequence: this.#fileId,
        account: reportedAccount(number, group.routing, currency),
        place: record.place,
      },
    };
  }

  #readDetail(record: Bai2Record, fields: Bai2Fields): BankLine {
    const group = this.#requireGroup(record);
    const account = this.#account;
    if (account === null) throw misplaced(record, 'it belongs to no account (03)');
    const code = requireTypeCode(fields.next(), record.place);
    const written = readOptionalMinor(fields.next(), record.place);
    account.control.amounts += BigInt(written);
    account.control.records += record.count;
    account.linesRead += 1;
    const valueOn = skipAvailability(fields, { today: this.#options.today, place: record.place }) ?? group.asOf;
    const bankReference = filledNumber(fields.next());
    const customerReference = filledNumber(fields.next());
    const texts = fields.rest();
    const direction = directionOf(code);
    const amountMinor = direction === -1 ? 0 - written : written;
    if (direction === 1) account.credits.add(written);
    if (direction === -1) account.debits.add(written);
    return bankLine({
      amountMinor,
      currency: account.currency,
      bookedOn: group.asOf,
      valueOn,
      status: direction === 0 ? 'information' : group.lineStatus,
      isReversal: REVERSALS.has(code),
      returnReason: RETURNS.has(code) ? returnReasonIn(texts) : null,
      bankReference,
      endToEndId: customerReference,
      trace: traceIn(texts) ?? customerReference,
      transactionCode: code,
      texts,
      place: record.place,
    });
  }

  #closeAccount(record: Bai2Record, fields: Bai2Fields): BankFileEvent {
    const group = this.#requireGroup(record);
    const account = this.#account;
    if (account === null) throw misplaced(record, 'it ends no account (03)');
    account.control.records += record.count;
    const checks = controlChecks(account.control, fields, { level: 'account', members: null, place: record.place });
    const opening = balanceOf(account, OPENING_LEDGER, group.asOf);
    const closing = balanceOf(account, CLOSING_LEDGER, group.asOf);
    if (group.isComplete && hasDetails(account) && opening !== null && closing !== null) {
      const bookedMinor = account.credits.sumMinor - account.debits.sumMinor;
      checks.push(...checkBalances({ opening, closing, bookedMinor, place: account.place }));
    }
    checks.push(...summaryChecks(account, TOTAL_CREDITS), ...summaryChecks(account, TOTAL_DEBITS));
    group.control.addFrom(account.control);
    this.#account = null;
    return { kind: 'statement_end', end: { opening, closing, checks, linesRead: account.linesRead } };
  }

  #closeGroup(record: Bai2Record, fields: Bai2Fields): void {
    const group = this.#requireGroup(record);
    if (this.#account !== null) throw misplaced(record, 'the account before it has no trailer (49)');
    group.control.records += record.count;
    const about = { level: `group ${String(this.#control.members + 1)}`, members: 'accounts', place: record.place };
    this.#checks.push(...controlChecks(group.control, fields, about));
    this.#control.addFrom(group.control);
    this.#group = null;
  }

  #closeFile(record: Bai2Record, fields: Bai2Fields): void {
    if (this.#group !== null) throw misplaced(record, 'the group before it has no trailer (98)');
    this.#control.records += record.count;
    const about = { level: 'file', members: 'groups', place: record.place };
    this.#checks.push(...controlChecks(this.#control, fields, about));
    this.#state = 'ended';
  }

  #requireGroup(record: Bai2Record): Group {
    if (this.#group === null) throw misplaced(record, 'it belongs to no group (02)');
    return this.#group;
  }
}

function misplaced(record: Bai2Record, reason: string): BankFileError {
  const problem = `The record ${record.code} is out of place: ${reason}.`;
  return new BankFileError('bank_file.bai2_order', record.place, problem);
}

/** 1 update, 3 correction. A deletion or a test must never become money. */
function requireStatus(status: string, place: Place): '1' | '3' {
  if (status === '1' || status === '3') return status;
  const problem =
    status === '2'
      ? 'The group deletes an earlier report (status 2); undo that report by hand.'
      : status === '4'
        ? 'The group is a test (status 4) and is not read.'
        : `"${shown(status)}" is not the status of a group (1 update, 3 correction).`;
  throw new BankFileError('bank_file.bai2_status', place, problem);
}

function requireTypeCode(code: string, place: Place): string {
  if (/^\d{3}$/.test(code)) return code;
  throw new BankFileError('bank_file.bai2_type_code', place, `"${shown(code)}" is not a type code of three digits.`);
}

/** 1 money in, -1 money out, 0 for information. Loans (7xx) and 890 move no money of the account by themselves. */
function directionOf(code: string): 1 | -1 | 0 {
  const number = Number(code);
  if ((number >= 100 && number <= 399) || (number >= 920 && number <= 959)) return 1;
  if ((number >= 400 && number <= 699) || (number >= 960 && number <= 999)) return -1;
  return 0;
}

function readOptionalMinor(text: string, place: Place): number {
  return text === '' ? 0 : readMinorDigits(text, place);
}

/** Takes the funds type and what belongs to it. @returns the value date where one is written, else null. */
function skipAvailability(fields: Bai2Fields, about: { today: string; place: Place }): string | null {
  const type = fields.next().toUpperCase();
  if (type === 'V') {
    const date = fields.next();
    fields.next();
    return date === '' ? null : readShortDate(date, about.today, about.place);
  }
  if (type === 'S') for (let part = 0; part < 3; part += 1) readOptionalMinor(fields.next(), about.place);
  if (type === 'D') skipDistribution(fields, about.place);
  if (!['', '0', '1', '2', 'Z', 'S', 'D'].includes(type)) {
    const problem = `"${shown(type)}" is not a funds type (0, 1, 2, S, V, D or Z).`;
    throw new BankFileError('bank_file.bai2_funds_type', about.place, problem);
  }
  return null;
}

function skipDistribution(fields: Bai2Fields, place: Place): void {
  const parts = readCount(fields.next(), place);
  if (parts > AVAILABILITY_PARTS_MAX) {
    const problem = `An amount is spread over ${String(parts)} days; at most ${String(AVAILABILITY_PARTS_MAX)} are read (availabilityPartsMax).`;
    throw new BankFileError('bank_file.bai2_funds_type', place, problem);
  }
  for (let part = 0; part < parts; part += 1) {
    readCount(fields.next(), place);
    readOptionalMinor(fields.next(), place);
  }
}

/** Balances and totals of an account by their type code, each with its number of items where it is told. */
function readSummaries(
  fields: Bai2Fields,
  control: Control,
  about: { today: string; place: Place },
): Map<string, Summary> {
  const { place } = about;
  const summaries = new Map<string, Summary>();
  while (!fields.isAtEnd) {
    const code = fields.next();
    const amount = fields.next();
    const count = fields.next();
    skipAvailability(fields, about);
    if (code === '') {
      if (amount + count === '') continue;
      throw new BankFileError('bank_file.bai2_type_code', place, `The amount "${shown(amount)}" has no type code.`);
    }
    const amountMinor = readOptionalMinor(amount, place);
    control.amounts += BigInt(amountMinor);
    const isTold = amount !== '';
    if (isTold) {
      const summary = { amountMinor, count: count === '' ? null : readCount(count, place) };
      summaries.set(requireTypeCode(code, place), summary);
    }
  }
  return summaries;
}

function balanceOf(account: Account, code: string, on: string): Balance | null {
  const summary = account.summaries.get(code);
  return summary === undefined ? null : { amountMinor: summary.amountMinor, currency: account.currency, on };
}

/** A report of balances alone has totals and no details, which is no mistake. */
function hasDetails(account: Account): boolean {
  return account.credits.count + account.debits.count > 0;
}

/** Total credits or debits against the details. */
function summaryChecks(account: Account, code: typeof TOTAL_CREDITS | typeof TOTAL_DEBITS): TotalCheck[] {
  const summary = account.summaries.get(code);
  const found = code === TOTAL_CREDITS ? account.credits : account.debits;
  if (summary === undefined || !hasDetails(account)) return [];
  const { currency, place } = account;
  const name = code === TOTAL_CREDITS ? 'credits' : 'debits';
  const declared = summary.amountMinor;
  const checks = [checkSum({ what: `total of ${name} (${code})`, declared, found: found.sumMinor, currency, place })];
  if (summary.count === null) return checks;
  return [
    ...checks,
    checkCount({ what: `number of ${name} (${code})`, declared: summary.count, found: found.count, place }),
  ];
}

/** The checks of a trailer: its sum of amounts, its number of members (98, 99) and of records. */
function controlChecks(
  control: Control,
  fields: Bai2Fields,
  about: { level: string; members: string | null; place: Place },
): TotalCheck[] {
  const { level, members, place } = about;
  const declared = readMinorDigits(fields.next(), place);
  const what = `control total of the ${level}`;
  const checks = [checkSum({ what, declared, found: control.amounts, currency: null, place })];
  if (members !== null) {
    const count = readCount(fields.next(), place);
    checks.push(
      checkCount({ what: `number of ${members} in the ${level}`, declared: count, found: control.members, place }),
    );
  }
  const records = readCount(fields.next(), place);
  checks.push(
    checkCount({ what: `number of records in the ${level}`, declared: records, found: control.records, place }),
  );
  return checks;
}

/** An ACH return reason (`R01` to `R85`) in the text. */
function returnReasonIn(texts: readonly string[]): string | null {
  for (const text of texts) {
    const match = /\bR(?:0[1-9]|[1-7]\d|8[0-5])\b/.exec(text);
    if (match !== null) return match[0];
  }
  return null;
}

/** The trace number of an EDI payment in the addenda of an ACH entry: `TRN*1*12345*...`. */
function traceIn(texts: readonly string[]): string | null {
  for (const text of texts) {
    const match = /\bTRN\*1\*([^*~\\\s]{1,50})/.exec(text);
    if (match !== null) return match[1] ?? null;
  }
  return null;
}
