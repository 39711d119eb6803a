// Reads MT940 (bank statement) and MT942 (movements of the day) of SWIFT as banks write them.

import { readAmount, requireCurrency, shown } from './amounts.ts';
import { bankLine } from './line-fields.ts';
import { readDetails } from './mt-86.ts';
import { readMtParts, type MtPart } from './mt-fields.ts';
import {
  readMovement,
  readMtAccount,
  readMtBalance,
  readOriginalAmount,
  type Movement,
  type MtContext,
} from './mt-values.ts';
import { checkBalances, checkCount, checkSum, FileBudget, RunningTotal } from './totals.ts';
import {
  BankFileError,
  type Balance,
  type BankFileEvent,
  type BankLine,
  type Chunks,
  type ReadOptions,
  type TotalCheck,
} from './types.ts';

type MtField = Extract<MtPart, { kind: 'field' }>;
type MtType = 'mt940' | 'mt942';

/** Characters of `:86:` that are kept for one movement, a multiple of what any bank writes; the rest is dropped. */
const DETAIL_CHARS_MAX = 8_000;

/**
 * Reads MT940: per message the account, opening balance, movements and closing balance, intermediate pages (`:60M:`, `:62M:`)
 * as statements of their own. `opening + booked = closing` for each. @throws {BankFileError}
 */
export async function* readMt940(chunks: Chunks, options: ReadOptions): AsyncGenerator<BankFileEvent, void, undefined> {
  yield* readMessages('mt940', chunks, options);
}

/**
 * Reads MT942: movements booked since the last report, and expected ones (EC, ED), which are pending. It has no balances:
 * numbers and sums (`:90D:`, `:90C:`) are checked. @throws {BankFileError}
 */
export async function* readMt942(chunks: Chunks, options: ReadOptions): AsyncGenerator<BankFileEvent, void, undefined> {
  yield* readMessages('mt942', chunks, options);
}

async function* readMessages(
  type: MtType,
  chunks: Chunks,
  options: ReadOptions,
): AsyncGenerator<BankFileEvent, void, undefined> {
  const file: FileContext = { type, options, budget: new FileBudget(), pageEnd: null };
  let message: MessageReader | null = null;
  for await (const part of readMtParts(chunks)) {
    message ??= new MessageReader(file, part.line);
    if (part.kind === 'field') message.addField(part);
    else message.end(part.line);
    yield* message.take();
    if (part.kind === 'message_end') message = null;
  }
  if (file.budget.statements === 0) {
    const problem = `The file holds no message of ${type.toUpperCase()}: no account (:25:) stands in it.`;
    throw new BankFileError('bank_file.empty', 'whole file', problem);
  }
  yield { kind: 'file_end', checks: [] };
}

/** What the messages of one file share. */
interface FileContext {
  readonly type: MtType;
  readonly options: ReadOptions;
  readonly budget: FileBudget;
  /** The intermediate closing balance of the page before, to which the next must fit. */
  pageEnd: { readonly account: string; readonly balance: Balance } | null;
}

/** Takes the fields of one message in their order. */
class MessageReader {
  readonly #file: FileContext;
  readonly #line: number;
  #events: BankFileEvent[] = [];
  #statementId: string | null = null;
  #sequence: string | null = null;
  #account: MtField | null = null;
  #accountNumber = '';
  #currency: string | null = null;
  #hasBegun = false;
  #isHeadTold = false;
  #opening: Balance | null = null;
  #isNextPage = false;
  #closing: Balance | null = null;
  #isPageEnd = false;
  /** The movement whose text may still come. */
  #movement: { readonly read: Movement; readonly details: string[]; readonly place: string } | null = null;
  #linesRead = 0;
  readonly #booked = { credits: new RunningTotal(), debits: new RunningTotal() };
  readonly #all = { credits: new RunningTotal(), debits: new RunningTotal() };
  readonly #declared: MtField[] = [];

  constructor(file: FileContext, line: number) {
    this.#file = file;
    this.#line = line;
  }

  /** @returns the events since it was last asked. */
  take(): BankFileEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** @throws {BankFileError} */
  addField(field: MtField): void {
    if (field.tag === '86') {
      this.#addDetails(field);
      return;
    }
    // What a bank adds outside of SWIFT (:NS:) may stand between a movement and its text.
    if (field.tag === 'NS') return;
    this.#endMovement();
    switch (field.tag) {
      case '60F':
      case '60M':
        this.#open(field);
        break;
      case '34F':
        this.#readFloor(field);
        break;
      case '61':
        this.#addMovement(field);
        break;
      case '62F':
      case '62M':
        this.#close(field);
        break;
      case '90C':
      case '90D':
        if (this.#declared.length < 2) this.#declared.push(field);
        break;
      default:
        this.#addName(field);
    }
  }

  /** What names the report. The rest (:21:, :13D:, :64:, :65:, …) tells nothing about movements or totals. */
  #addName(field: MtField): void {
    if (field.tag === '20') {
      this.#hasBegun = true;
      this.#statementId = textOf(field);
    } else if (field.tag === '25' || field.tag === '25P') this.#account ??= field;
    else if (field.tag === '28' || field.tag === '28C') this.#sequence = textOf(field);
  }

  /** The end of the message. @throws {BankFileError} when it is cut short. */
  end(line: number): void {
    this.#endMovement();
    // Stray fields between messages are nobody's; a message that only begins is one that was cut.
    if (!this.#hasBegun && this.#account === null && this.#opening === null) return;
    this.#tellHead(this.#placeOf(this.#line));
    if (this.#file.type === 'mt940') this.#requireWhole(line);
    const place = this.#placeOf(this.#line);
    const checks = [...this.#checkBalances(place), ...this.#declared.map((field) => this.#checkDeclared(field))].flat();
    const end = { opening: this.#opening, closing: this.#closing, checks, linesRead: this.#linesRead };
    this.#file.pageEnd =
      this.#isPageEnd && this.#closing !== null ? { account: this.#accountNumber, balance: this.#closing } : null;
    this.#events.push({ kind: 'statement_end', end });
  }

  #placeOf(line: number): string {
    return `line ${String(line)}`;
  }

  #contextOf(field: MtField): MtContext {
    return { place: this.#placeOf(field.line), today: this.#file.options.today };
  }

  #open(field: MtField): void {
    const place = this.#placeOf(field.line);
    if (this.#file.type === 'mt942') {
      const problem = 'An opening balance (:60F:) stands in the file: this is an MT940, read it as that.';
      throw new BankFileError('bank_file.other_format', place, problem);
    }
    if (this.#opening !== null) {
      const problem =
        'A second opening balance (:60F:) stands in one message: an end (:62F:) or a beginning (:20:) is missing.';
      throw new BankFileError('bank_file.cut_short', place, problem);
    }
    this.#opening = readMtBalance(field.lines, this.#contextOf(field));
    this.#isNextPage = field.tag === '60M';
    this.#currency = this.#opening.currency;
  }

  #close(field: MtField): void {
    const place = this.#placeOf(field.line);
    this.#tellHead(place);
    if (this.#closing !== null) {
      const problem = 'A second closing balance (:62F:) stands in one message: a beginning (:20:) is missing.';
      throw new BankFileError('bank_file.cut_short', place, problem);
    }
    this.#closing = readMtBalance(field.lines, this.#contextOf(field));
    this.#isPageEnd = field.tag === '62M';
  }

  /** `:34F:EURD1000,`: movements below are not listed. It tells the currency. */
  #readFloor(field: MtField): void {
    const place = this.#placeOf(field.line);
    if (this.#file.type === 'mt940') {
      const problem = 'A floor limit (:34F:) stands in the file: this is an MT942, read it as that.';
      throw new BankFileError('bank_file.other_format', place, problem);
    }
    this.#currency ??= requireCurrency(textOf(field)?.slice(0, 3) ?? '', place);
  }

  #addMovement(field: MtField): void {
    const place = this.#placeOf(field.line);
    this.#tellHead(place);
    if (this.#file.type === 'mt940' && (this.#opening === null || this.#closing !== null)) {
      const problem =
        'A movement (:61:) stands outside of opening (:60F:) and closing balance (:62F:): the file is not whole.';
      throw new BankFileError('bank_file.cut_short', place, problem);
    }
    if (this.#currency === null) {
      const problem = 'The message does not tell its currency (:34F:), and none is known of the account.';
      throw new BankFileError('bank_file.unknown_currency', place, problem);
    }
    const read = readMovement(field.lines, this.#currency, this.#contextOf(field));
    this.#movement = { read, details: [], place };
  }

  /** A text belongs to the movement before it; after the closing balance it is about the statement, which nobody needs. */
  #addDetails(field: MtField): void {
    const details = this.#movement?.details;
    if (details === undefined) return;
    let left = DETAIL_CHARS_MAX - details.reduce((chars, line) => chars + line.length, 0);
    for (const line of field.lines) {
      if (left <= 0) break;
      details.push(line.slice(0, left));
      left -= line.length;
    }
  }

  #endMovement(): void {
    const movement = this.#movement;
    this.#movement = null;
    if (movement === null || this.#currency === null) return;
    const { read, details, place } = movement;
    const side = read.isCredit ? 'credits' : 'debits';
    this.#all[side].add(read.amountMinor);
    if (!read.isExpected) this.#booked[side].add(read.amountMinor);
    this.#file.budget.addLine(place);
    this.#linesRead += 1;
    this.#events.push({ kind: 'line', line: lineOf(read, { details, currency: this.#currency, place }) });
  }

  #tellHead(place: string): void {
    if (this.#isHeadTold) return;
    if (this.#account === null) {
      throw new BankFileError(
        'bank_file.no_account',
        place,
        'No account (:25:) stands before this: the head of the statement is missing, so nobody can tell whose money this is. Ask the bank for the whole file.',
      );
    }
    this.#isHeadTold = true;
    const accountPlace = this.#placeOf(this.#account.line);
    const account = readMtAccount(this.#account.lines, this.#currency, accountPlace);
    this.#currency = account.currency ?? this.#file.options.accountCurrency;
    if (this.#currency !== null) requireCurrency(this.#currency, accountPlace);
    this.#accountNumber = account.number;
    this.#file.budget.addStatement(accountPlace);
    this.#events.push({
      kind: 'statement',
      statement: {
        statementId: this.#statementId,
        sequence: this.#sequence,
        account: { ...account, currency: this.#currency },
        place: this.#placeOf(this.#line),
      },
    });
  }

  #requireWhole(line: number): void {
    const missing =
      this.#opening === null ? 'opening balance (:60F:)' : this.#closing === null ? 'closing balance (:62F:)' : null;
    if (missing === null) return;
    const problem = `The message ends without its ${missing}: the file is not whole. Ask the bank for it again.`;
    throw new BankFileError('bank_file.cut_short', this.#placeOf(line), problem);
  }

  #checkBalances(place: string): TotalCheck[] {
    const [opening, closing] = [this.#opening, this.#closing];
    if (opening === null || closing === null) return [];
    const bookedMinor = this.#booked.credits.sumMinor + this.#booked.debits.sumMinor;
    const checks = checkBalances({ opening, closing, bookedMinor, place });
    const before = this.#file.pageEnd;
    if (!this.#isNextPage || before?.account !== this.#accountNumber) return checks;
    const page = checkSum({
      what: 'opening of the page = closing of the page before',
      declared: opening.amountMinor,
      found: before.balance.amountMinor,
      currency: opening.currency,
      place,
    });
    return [...checks, page];
  }

  /** `:90D:3EUR75,20`: number and sum of the debits; `:90C:` of the credits. */
  #checkDeclared(field: MtField): TotalCheck[] {
    const place = this.#placeOf(field.line);
    const text = textOf(field) ?? '';
    const match = /^(\d{1,5})([A-Z]{3})(\d{1,15}(?:[.,]\d{0,5})?)$/.exec(text);
    const [, number = '', currency = '', amount = ''] = match ?? [];
    if (match === null) {
      const problem = `"${shown(text)}" is not a number and sum such as 3EUR75,20.`;
      throw new BankFileError('bank_file.bad_count', place, problem);
    }
    requireCurrency(currency, place);
    const side = field.tag === '90C' ? 'credits' : 'debits';
    const declared = BigInt(readAmount({ text: amount, currency, mark: 'either', place }));
    const count = Number(number);
    const sign = side === 'credits' ? 1n : -1n;
    const [all, booked] = [this.#all[side], this.#booked[side]];
    // Banks differ in whether expected movements count; either way is a total that holds.
    const found = count === booked.count && declared === sign * booked.sumMinor ? booked : all;
    return [
      checkCount({ what: `number of ${side}`, declared: count, found: found.count, place }),
      checkSum({ what: `sum of ${side}`, declared, found: sign * found.sumMinor, currency, place }),
    ];
  }
}

function textOf(field: MtField): string | null {
  const text = field.lines[0]?.trim() ?? '';
  return text === '' ? null : text;
}

function lineOf(
  read: Movement,
  context: { readonly details: readonly string[]; readonly currency: string; readonly place: string },
): BankLine {
  const { currency, place } = context;
  const told = readDetails(context.details, { currency, code: read.code });
  const original = readOriginalAmount(read.supplementary, currency);
  const isCheque = read.code.slice(1) === 'CHK';
  const isOriginal = original.instructed !== null || original.chargesMinor > 0;
  const supplementary = isOriginal ? [] : read.supplementary.map((text) => text.trim());
  return bankLine({
    amountMinor: read.amountMinor,
    currency,
    bookedOn: read.bookedOn,
    valueOn: read.valueOn,
    status: read.isExpected ? 'pending' : 'booked',
    isReversal: read.isReversal,
    returnReason: told.returnReason,
    bankReference: read.bankReference,
    endToEndId: told.endToEndId ?? (isCheque ? null : read.customerReference),
    trace: isCheque ? read.customerReference : null,
    transactionCode: told.transactionCode === null ? read.code : `${read.code}/${told.transactionCode}`,
    counterpartName: told.counterpartName,
    counterpartAccount: told.counterpartAccount,
    texts: [...supplementary, ...told.texts],
    structuredReferences: told.structuredReferences,
    instructed: original.instructed,
    chargesMinor: original.chargesMinor === 0 ? told.chargesMinor : original.chargesMinor,
    place,
  });
}
