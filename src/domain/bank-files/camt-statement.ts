// One report of a camt message (`Stmt` or `Ntfctn`): its head, its balances, its entries as lines, and what it says about its totals.

import { parseIban } from '../iban.ts';
import { isCurrency } from '../money.ts';
import { readAmount } from './amounts.ts';
import { accountNumber, dateAt, directionOf, requireAmount, requireDate } from './camt-amounts.ts';
import { EntryReader, type EntryEnd } from './camt-entry.ts';
import { readCount } from './line-fields.ts';
import { checkBalances, checkCount, checkSum, FileBudget, isHeld, RunningTotal } from './totals.ts';
import { BankFileError, type Balance, type BankFileEvent, type BankLine, type TotalCheck } from './types.ts';
import { child, textAt, type XmlElement } from './xml-elements.ts';

/** Checks of single entries that are listed one by one; of the rest only the number that hold is told. */
const ENTRY_CHECKS_MAX = 1000;
const BALANCES_MAX = 1000;

/** Which message the report stands in, and what all reports of the file share. */
export interface ReportContext {
  readonly kind: 'camt.053' | 'camt.054';
  /** Counted from 1 over the file. */
  readonly ordinal: number;
  readonly line: number;
  readonly accountCurrency: string | null;
  readonly budget: FileBudget;
  readonly emit: (event: BankFileEvent) => void;
}

/** Entries on one side of the account; sums are of magnitudes. */
interface Tally {
  readonly credits: RunningTotal;
  readonly debits: RunningTotal;
}

/** Takes the parts of one report in the order of the file and emits its events. */
export class ReportReader {
  readonly #context: ReportContext;
  readonly #place: string;
  readonly #parts = new Map<string, XmlElement>();
  readonly #balances: XmlElement[] = [];
  readonly #all = newTally();
  readonly #booked = newTally();
  /** Signed sum of the booked entries of each currency. */
  readonly #bookedByCurrency = new Map<string, RunningTotal>();
  readonly #entryChecks: TotalCheck[] = [];
  readonly #furtherChecks = { made: 0, held: 0 };
  #currency: string | null = null;
  #ownAccount: string | null = null;
  #reportedOn: string | null = null;
  #isHeadTold = false;
  #entry: EntryReader | null = null;
  #entries = 0;
  #linesRead = 0;

  constructor(context: ReportContext) {
    this.#context = context;
    this.#place = `statement ${String(context.ordinal)} (line ${String(context.line)})`;
    context.budget.addStatement(this.#place);
  }

  /** A part of the report other than an entry, read whole. */
  addPart(element: XmlElement): void {
    if (element.name !== 'Bal') {
      if (!this.#parts.has(element.name)) this.#parts.set(element.name, element);
    } else if (this.#balances.length < BALANCES_MAX) this.#balances.push(element);
  }

  /** A transaction, read whole, of an entry that is read so far. @throws {BankFileError} */
  addTransaction(entry: XmlElement, details: XmlElement, elements: number): void {
    for (const line of this.#entryOf(entry).addTransaction(details, elements)) this.#tell(line);
  }

  /** The end of an entry's `NtryDtls`. */
  endDetails(entry: XmlElement, details: XmlElement): void {
    this.#entryOf(entry).endDetails(details);
  }

  /** The end of an entry. @throws {BankFileError} */
  endEntry(entry: XmlElement): void {
    const end = this.#entryOf(entry).end();
    this.#entry = null;
    for (const line of end.lines) this.#tell(line);
    for (const check of end.checks) this.#addEntryCheck(check);
    this.#count(end);
  }

  /** The end of the report. @throws {BankFileError} when it names no account, or a figure of its summary is none. */
  end(): void {
    this.#tellHead();
    const hasBalances = this.#context.kind === 'camt.053';
    const opening = hasBalances ? this.#balance(['OPBD', 'PRCD'], 'first') : null;
    const closing = hasBalances ? this.#balance(['CLBD'], 'last') : null;
    const checks = [
      ...(opening === null || closing === null ? [] : this.#checkBalances(opening, closing)),
      ...this.#checkSummary(),
      ...this.#entryChecks,
      ...this.#checkFurther(),
    ];
    this.#context.emit({ kind: 'statement_end', end: { opening, closing, checks, linesRead: this.#linesRead } });
  }

  #entryOf(element: XmlElement): EntryReader {
    if (this.#entry !== null) return this.#entry;
    this.#tellHead();
    this.#entries += 1;
    const place = `statement ${String(this.#context.ordinal)}, entry ${String(this.#entries)} (line ${String(element.line)})`;
    const where = { ordinal: this.#entries, place, ownAccount: this.#ownAccount, reportedOn: this.#reportedOn };
    this.#entry = new EntryReader(element, where);
    return this.#entry;
  }

  #tellHead(): void {
    if (this.#isHeadTold) return;
    this.#isHeadTold = true;
    const account = this.#parts.get('Acct') ?? null;
    const number = accountNumber(account);
    if (number === null) {
      const problem = 'The report names no account (Acct/Id), so nobody can tell whose money this is.';
      throw new BankFileError('bank_file.no_account', this.#place, problem);
    }
    const balanceCurrency = child(this.#balances[0] ?? null, 'Amt')?.attributes['Ccy'] ?? null;
    const currency = textAt(account, 'Ccy') ?? balanceCurrency ?? this.#context.accountCurrency;
    const created = this.#text('CreDtTm');
    this.#currency = currency;
    this.#ownAccount = number;
    this.#reportedOn = created === null ? null : requireDate(created, this.#place);
    this.#context.emit({
      kind: 'statement',
      statement: {
        statementId: this.#text('Id'),
        sequence: this.#text('ElctrncSeqNb') ?? this.#text('LglSeqNb'),
        account: { number, isIban: parseIban(number) !== null, currency },
        place: this.#place,
      },
    });
  }

  #text(name: string): string | null {
    return textAt(this.#parts.get(name) ?? null);
  }

  #tell(line: BankLine): void {
    this.#context.budget.addLine(line.place);
    this.#linesRead += 1;
    this.#context.emit({ kind: 'line', line });
  }

  #count({ head }: EntryEnd): void {
    const magnitude = Math.abs(head.amountMinor);
    const side = head.isCredit ? 'credits' : 'debits';
    this.#all[side].add(magnitude);
    const total = this.#bookedByCurrency.get(head.currency) ?? new RunningTotal();
    this.#bookedByCurrency.set(head.currency, total);
    if (!head.isBooked) return;
    this.#booked[side].add(magnitude);
    total.add(head.amountMinor);
  }

  #addEntryCheck(check: TotalCheck): void {
    if (this.#entryChecks.length < ENTRY_CHECKS_MAX) {
      this.#entryChecks.push(check);
      return;
    }
    this.#furtherChecks.made += 1;
    if (isHeld(check)) this.#furtherChecks.held += 1;
  }

  #checkFurther(): TotalCheck[] {
    const { made, held } = this.#furtherChecks;
    if (made === 0) return [];
    return [
      checkCount({ what: 'further checks of entries that hold', declared: made, found: held, place: this.#place }),
    ];
  }

  /** The balance of the first of these codes that is there; else an interim one (`ITBD`), as the pages of a statement have. */
  #balance(codes: readonly string[], which: 'first' | 'last'): Balance | null {
    const codeOf = (each: XmlElement): string | null =>
      textAt(each, 'Tp', 'CdOrPrtry', 'Cd') ?? textAt(each, 'Tp', 'Cd');
    for (const code of [...codes, 'ITBD']) {
      const found = this.#balances.filter((each) => codeOf(each) === code);
      // One interim balance alone cannot be both the opening and the closing one.
      if (code === 'ITBD' && found.length === 1 && !this.#isInterimFor(which)) continue;
      const balance = which === 'first' ? found[0] : found.at(-1);
      if (balance !== undefined) return this.#readBalance(balance);
    }
    return null;
  }

  /** Whether the only interim balance stands at this end of the report: at the end where no other balance is. */
  #isInterimFor(which: 'first' | 'last'): boolean {
    const codes = this.#balances.map((each) => textAt(each, 'Tp', 'CdOrPrtry', 'Cd'));
    const hasOpening = codes.includes('OPBD') || codes.includes('PRCD');
    return which === 'first' ? !hasOpening && codes.includes('CLBD') : hasOpening;
  }

  #readBalance(element: XmlElement): Balance {
    const place = `${this.#place}, balance (line ${String(element.line)})`;
    const amount = requireAmount(child(element, 'Amt'), place);
    const sign = directionOf(element, place) ?? 1;
    const on = dateAt(child(element, 'Dt'), place) ?? this.#reportedOn;
    if (on === null) throw new BankFileError('bank_file.bad_date', place, 'The balance has no date.');
    return { amountMinor: amount.minor === 0 ? 0 : sign * amount.minor, currency: amount.currency, on };
  }

  #checkBalances(opening: Balance, closing: Balance): TotalCheck[] {
    const bookedMinor = this.#bookedByCurrency.get(opening.currency)?.sumMinor ?? 0n;
    const checks = checkBalances({ opening, closing, bookedMinor, place: this.#place });
    const isOther = [...this.#bookedByCurrency.keys()].some((currency) => currency !== opening.currency);
    if (!isOther) return checks;
    const what = `booked entries in ${opening.currency}`;
    const found = this.#bookedByCurrency.get(opening.currency)?.count ?? 0;
    const declared = countOf(this.#booked);
    return [...checks, checkCount({ what, declared, found, place: this.#place })];
  }

  /** `TxsSummry`: numbers and sums of all entries, of the credits and of the debits. */
  #checkSummary(): TotalCheck[] {
    const summary = this.#parts.get('TxsSummry') ?? null;
    const total = child(summary, 'TtlNtries');
    const sides = [
      { part: total, name: 'entries', pick: countAndSum },
      { part: child(summary, 'TtlCdtNtries'), name: 'credit entries', pick: ofSide('credits') },
      { part: child(summary, 'TtlDbtNtries'), name: 'debit entries', pick: ofSide('debits') },
    ];
    return [...sides.flatMap(({ part, name, pick }) => this.#checkSide(part, name, pick)), ...this.#checkNet(total)];
  }

  #checkSide(part: XmlElement | null, name: string, pick: (tally: Tally) => CountAndSum): TotalCheck[] {
    const [all, booked] = [pick(this.#all), pick(this.#booked)];
    const number = textAt(part, 'NbOfNtries');
    const sum = textAt(part, 'Sum');
    const checks: TotalCheck[] = [];
    const place = this.#place;
    if (number !== null) {
      const declared = readCount(number, place);
      // Banks differ in whether pending entries count; either way is a total that holds.
      const found = declared === booked.count ? booked.count : all.count;
      checks.push(checkCount({ what: `number of ${name}`, declared, found, place }));
    }
    const currency = this.#sumCurrency();
    if (sum !== null && currency !== null) {
      const declared = BigInt(readAmount({ text: sum, currency, mark: '.', place }));
      const found = declared === booked.sum ? booked.sum : all.sum;
      checks.push(checkSum({ what: `sum of ${name}`, declared, found, currency, place }));
    }
    return checks;
  }

  /** The net of all entries: `TtlNetNtryAmt` (version 2), `TtlNetNtry` (later). */
  #checkNet(total: XmlElement | null): TotalCheck[] {
    const net = child(total, 'TtlNetNtry');
    const text = textAt(net, 'Amt') ?? textAt(total, 'TtlNetNtryAmt');
    const sign = directionOf(net ?? total, this.#place);
    const currency = this.#sumCurrency();
    if (text === null || sign === null || currency === null) return [];
    const place = this.#place;
    const declared = BigInt(sign * readAmount({ text, currency, mark: '.', place }));
    const netOf = (tally: Tally): bigint => tally.credits.sumMinor - tally.debits.sumMinor;
    const found = declared === netOf(this.#booked) ? declared : netOf(this.#all);
    return [checkSum({ what: 'net sum of entries', declared, found, currency, place })];
  }

  /** The currency of sums that name none; null when entries have several, so that no sum means anything. */
  #sumCurrency(): string | null {
    const currencies = [...this.#bookedByCurrency.keys()];
    if (currencies.length > 1) return null;
    return currencies[0] ?? (this.#currency !== null && isCurrency(this.#currency) ? this.#currency : null);
  }
}

interface CountAndSum {
  readonly count: number;
  readonly sum: bigint;
}

function newTally(): Tally {
  return { credits: new RunningTotal(), debits: new RunningTotal() };
}

function countOf(tally: Tally): number {
  return tally.credits.count + tally.debits.count;
}

function countAndSum(tally: Tally): CountAndSum {
  return { count: countOf(tally), sum: tally.credits.sumMinor + tally.debits.sumMinor };
}

function ofSide(side: keyof Tally): (tally: Tally) => CountAndSum {
  return (tally) => ({ count: tally[side].count, sum: tally[side].sumMinor });
}
