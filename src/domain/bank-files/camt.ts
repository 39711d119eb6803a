// Reads camt.053 (bank statement) and camt.054 (debit and credit advice) of ISO 20022, versions 2 to 13, in a stream.

import { shown } from './amounts.ts';
import { ReportReader } from './camt-statement.ts';
import { FileBudget } from './totals.ts';
import { BankFileError, type BankFileEvent, type Chunks, type ReadOptions } from './types.ts';
import { child, parseXml, type XmlElement, type XmlListener } from './xml-elements.ts';

/** Elements of one part of a report, or of one transaction, that are held at a time. */
const ELEMENTS_MAX = 100_000;
const OLDEST_VERSION = 2;

/** Subtrees nobody reads; they are not kept, so that they cost no memory. */
const UNREAD = new Set([
  'PstlAdr',
  'CtctDtls',
  'SplmtryData',
  'RltdAgts',
  'Intrst',
  'Tax',
  'TaxRmt',
  'GrnshmtRmt',
  'CardTx',
]);

const MESSAGES: ReadonlyMap<string, { readonly kind: 'camt.053' | 'camt.054'; readonly report: string }> = new Map([
  ['BkToCstmrStmt', { kind: 'camt.053', report: 'Stmt' }],
  ['BkToCstmrDbtCdtNtfctn', { kind: 'camt.054', report: 'Ntfctn' }],
]);

/**
 * Reads a camt.053 or camt.054 file. What changed between the versions is told by the elements themselves, so a version
 * newer than any we know reads as the newest. A camt.052 (interim report) is refused: its entries may still change.
 * Holds one entry at a time, and of an entry with very many transactions one of these.
 * @throws {BankFileError}
 */
export async function* readCamt(chunks: Chunks, options: ReadOptions): AsyncGenerator<BankFileEvent, void, undefined> {
  const message = new MessageReader(options);
  yield* parseXml(chunks, message);
  message.end();
  yield* message.take();
}

/** Sorts the elements of the file: which belong to a report, an entry, a transaction. */
class MessageReader implements XmlListener<BankFileEvent> {
  readonly #options: ReadOptions;
  readonly #budget = new FileBudget();
  readonly #path: XmlElement[] = [];
  #events: BankFileEvent[] = [];
  #message: { readonly kind: 'camt.053' | 'camt.054'; readonly report: string } | null = null;
  #hasMessage = false;
  #report: ReportReader | null = null;
  /** How many elements the path has above and with the report. */
  #reportDepth = 0;
  #elements = 0;
  #transactionElements = 0;
  #isInTransaction = false;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  take(): BankFileEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  open(element: XmlElement): boolean {
    if (UNREAD.has(element.name)) return false;
    this.#path.push(element);
    if (this.#report !== null) this.#openInReport(element);
    else if (this.#message === null) this.#openOutside(element);
    else if (element.name === this.#message.report) this.#openReport(element, this.#message.kind);
    return true;
  }

  close(element: XmlElement): void {
    this.#path.pop();
    if (this.#report === null) {
      if (MESSAGES.has(element.name)) this.#message = null;
      return;
    }
    const depth = this.#path.length - this.#reportDepth;
    if (depth < 0) this.#closeReport(this.#report);
    else this.#closeInReport(this.#report, element, depth);
  }

  /** The end of the file. @throws {BankFileError} when it was no camt message or told nothing. */
  end(): void {
    if (!this.#hasMessage) {
      const problem = 'The file is XML, but no bank statement (camt.053) or advice (camt.054) of ISO 20022.';
      throw new BankFileError('bank_file.not_camt', 'whole file', problem);
    }
    if (this.#budget.statements === 0) {
      throw new BankFileError('bank_file.empty', 'whole file', 'The message holds no statement.');
    }
    this.#events.push({ kind: 'file_end', checks: [] });
  }

  #openOutside(element: XmlElement): void {
    requireVersion(element);
    if (element.name === 'BkToCstmrAcctRpt') refuseInterim(element);
    this.#message = MESSAGES.get(element.name) ?? null;
    this.#hasMessage ||= this.#message !== null;
  }

  #openReport(element: XmlElement, kind: 'camt.053' | 'camt.054'): void {
    this.#reportDepth = this.#path.length;
    this.#report = new ReportReader({
      kind,
      ordinal: this.#budget.statements + 1,
      line: element.line,
      accountCurrency: this.#options.accountCurrency,
      budget: this.#budget,
      emit: (event) => this.#events.push(event),
    });
  }

  #closeReport(report: ReportReader): void {
    this.#report = null;
    report.end();
  }

  #openInReport(element: XmlElement): void {
    if (this.#isTransaction(element, this.#path.length - 1 - this.#reportDepth)) this.#isInTransaction = true;
    if (this.#isInTransaction) this.#transactionElements += 1;
    else this.#elements += 1;
    if (Math.max(this.#elements, this.#transactionElements) <= ELEMENTS_MAX) return;
    const problem = `One entry or transaction has more than ${String(ELEMENTS_MAX)} elements.`;
    throw new BankFileError('bank_file.too_many_elements', `line ${String(element.line)}`, problem);
  }

  /** @param depth how many elements lie between the report and the element. */
  #closeInReport(report: ReportReader, element: XmlElement, depth: number): void {
    const parent = this.#path.at(-1);
    const entry = this.#path[this.#reportDepth];
    if (depth === 0) {
      this.#elements = 0;
      if (element.name === 'Ntry') report.endEntry(element);
      else report.addPart(element);
    } else if (this.#isTransaction(element, depth) && entry !== undefined) {
      report.addTransaction(entry, element, this.#transactionElements);
      this.#transactionElements = 0;
      this.#isInTransaction = false;
    } else if (element.name === 'NtryDtls' && depth === 1 && entry?.name === 'Ntry') {
      report.endDetails(entry, element);
      // Without a batch's figures nothing of it is read again; some banks have one for every transaction.
      if (child(element, 'Btch') === null) this.#elements -= 1;
      else entry.children.push(element);
    } else parent?.children.push(element);
  }

  #isTransaction(element: XmlElement, depth: number): boolean {
    return element.name === 'TxDtls' && depth === 2 && this.#path[this.#reportDepth]?.name === 'Ntry';
  }
}

/** Looks for the message's name and version in the namespaces: `urn:iso:std:iso:20022:tech:xsd:camt.053.001.08` and its national kin. */
function requireVersion(element: XmlElement): void {
  for (const [name, value] of Object.entries(element.attributes)) {
    const found = name.startsWith('xmlns') ? /camt\.(\d{3})\.001\.(\d{2})/.exec(value) : null;
    if (found === null) continue;
    const [, message = '', version = ''] = found;
    if (message === '052') refuseInterim(element);
    if (message !== '053' && message !== '054') continue;
    if (Number(version) >= OLDEST_VERSION) continue;
    const problem = `The file is "${shown(value)}"; versions 2 to 13 are read. Ask the bank for a newer one.`;
    throw new BankFileError('bank_file.unknown_version', `line ${String(element.line)}`, problem);
  }
}

function refuseInterim(element: XmlElement): never {
  throw new BankFileError(
    'bank_file.interim_report',
    `line ${String(element.line)}`,
    'The file is a camt.052, a report during the day that may still change. Upload the statement (camt.053) or advice (camt.054).',
  );
}
