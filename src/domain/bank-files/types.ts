// What every reader of a bank file tells, whatever the format: accounts' reports, their lines, and how their totals came out.

/** Formats of bank files we read. */
export const BANK_FILE_FORMATS = ['camt.053', 'camt.054', 'mt940', 'mt942', 'bai2', 'lockbox', 'ofx', 'csv'] as const;
export type BankFileFormat = (typeof BANK_FILE_FORMATS)[number];

/** Where in the file something stands: a line number (from 1) or an element's path, as a person would look for it. */
export type Place = string;

/** Our own account that the file reports on. */
export interface ReportedAccount {
  /** IBAN without spaces where it is one, else the bank's own number as written, with routing number in front (`ROUTING/NUMBER`) where the format has one. */
  readonly number: string;
  readonly isIban: boolean;
  /** ISO 4217; null when neither the account nor a balance tells. */
  readonly currency: string | null;
}

export interface Balance {
  readonly amountMinor: number;
  readonly currency: string;
  /** YYYY-MM-DD */
  readonly on: string;
}

/** The head of one report on one account (a camt Stmt/Ntfctn, an MT940 message, a BAI2 account record, a lockbox, an OFX STMTRS). */
export interface StatementHead {
  /** The bank's identification of the statement, null when it has none. */
  readonly statementId: string | null;
  /** Number within the year or electronic sequence, as written. */
  readonly sequence: string | null;
  readonly account: ReportedAccount;
  readonly place: Place;
}

/** An amount in another currency that belongs to a line. */
export interface ForeignAmount {
  readonly currency: string;
  readonly amountMinor: number;
  /** Units of the line's currency for one of `currency` (or the other way, as the bank wrote it), decimal text; null when not told. */
  readonly rate: string | null;
}

/** A document that the line itself says it pays (camt RfrdDocInf, lockbox invoice record). */
export interface LineRemittance {
  readonly reference: string;
  /** Minor units of the line's currency, negative for a credit note; null when not told. */
  readonly paidMinor: number | null;
  readonly reducedMinor: number | null;
  readonly reasonCode: string | null;
  readonly isDiscount: boolean;
}

export type LineStatus = 'booked' | 'pending' | 'information';

/** One movement of money: a transaction where the bank splits an entry, else the entry. */
export interface BankLine {
  /** Signed minor units, more than 0 is money in. Never 0 for a booked line. */
  readonly amountMinor: number;
  readonly currency: string;
  /** YYYY-MM-DD. Value date = booking date where the bank gives only one. */
  readonly bookedOn: string;
  readonly valueOn: string;
  readonly status: LineStatus;
  /** The bank takes back an earlier booking (camt RvslInd, MT940 RC/RD); the sign is already in the amount. */
  readonly isReversal: boolean;
  /** A returned payment's reason code (ISO 20022 external code, ACH R-code), null when this is no return. */
  readonly returnReason: string | null;
  /** The bank's own reference of the movement, unique on the account where there is one (AcctSvcrRef, MT940 bank reference, BAI2 bank reference, FITID). */
  readonly bankReference: string | null;
  /** End-to-end ID or what the payer's or our own system gave it, e.g. the one of a debit we asked for. */
  readonly endToEndId: string | null;
  /** Trace number that joins an advice to the money (TRN02, cheque or EFT number). */
  readonly trace: string | null;
  /** The bank's transaction code as written, e.g. `PMNT/RCDT/ESCT`, `N195`, `165`, `CHECK`. */
  readonly transactionCode: string | null;
  /** The other party: who paid when money came in, who was paid when it went out. */
  readonly counterpartName: string | null;
  readonly counterpartAccount: string | null;
  /** Free remittance and additional texts in the order of the file. */
  readonly texts: readonly string[];
  readonly structuredReferences: readonly string[];
  readonly remittance: readonly LineRemittance[];
  readonly instructed: ForeignAmount | null;
  /** What banks kept, 0 or more, in the line's currency; 0 when not told. */
  readonly chargesMinor: number;
  /** Names the entry (batch) this transaction was split from, unique in its statement; null when it stands alone. */
  readonly batch: string | null;
  readonly place: Place;
}

/** One thing the file says about itself, held against what was read. */
export interface TotalCheck {
  /** In words: `opening + booked = closing`, `number of records in group 1`. */
  readonly what: string;
  /** Amounts as minor units, counts as counts. */
  readonly declared: number;
  readonly found: number;
  readonly unit: 'minor' | 'count';
  readonly currency: string | null;
  readonly place: Place;
}

/** The end of a report on one account. */
export interface StatementEnd {
  readonly opening: Balance | null;
  readonly closing: Balance | null;
  /** Every total that can be checked, those that hold too. */
  readonly checks: readonly TotalCheck[];
  readonly linesRead: number;
}

/** What a reader yields, in the order of the file: statement, its lines, its end; then checks of the whole file. */
export type BankFileEvent =
  | { readonly kind: 'statement'; readonly statement: StatementHead }
  | { readonly kind: 'line'; readonly line: BankLine }
  | { readonly kind: 'statement_end'; readonly end: StatementEnd }
  | { readonly kind: 'file_end'; readonly checks: readonly TotalCheck[] };

/** What a reader may need beside the bytes. */
export interface ReadOptions {
  /** Currency of accounts whose report does not name one. */
  readonly accountCurrency: string | null;
  /** Today in the legal entity's zone (YYYY-MM-DD), for dates written without a century or year. */
  readonly today: string;
}

/** A file that cannot be read: what is wrong, where, and what to do. The only error a reader throws for bad input. */
export class BankFileError extends Error {
  readonly code: string;
  readonly place: Place;

  /** @param code stable, e.g. `bank_file.bad_amount`. @param problem what is wrong, a whole sentence. */
  constructor(code: string, place: Place, problem: string) {
    super(`${place}: ${problem}`);
    this.name = 'BankFileError';
    this.code = code;
    this.place = place;
  }
}

/** The most of anything in one file; a file with more is refused by name of the limit. */
export const BANK_FILE_LIMITS = {
  bytesMax: 512 * 1024 * 1024,
  statementsMax: 10_000,
  linesMax: 1_000_000,
  /** One text line, field or XML text. */
  textCharsMax: 64 * 1024,
  /** Kept of a line's texts together; the rest is dropped. */
  remittanceCharsMax: 4_000,
  depthMax: 40,
  remittanceLinesMax: 2_000,
} as const;

/** A file's bytes in pieces of any size. */
export type Chunks = AsyncIterable<Uint8Array>;

/** Reads one format. Never holds more than a statement's head and one line. @throws {BankFileError} */
export type BankFileReader = (chunks: Chunks, options: ReadOptions) => AsyncGenerator<BankFileEvent, void, undefined>;
