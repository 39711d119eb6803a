// One entry of a camt report (`Ntry`): split into its transactions where their amounts are told, else kept as one line.

import { chargesMinor, dateAt, directionOf, foreignAmount, isTrue, requireAmount } from './camt-amounts.ts';
import {
  FactsMerger,
  ownAmount,
  readTransaction,
  realReference,
  textsAt,
  transactionCode,
  type EntryHead,
  type OwnAmount,
  type TransactionFacts,
} from './camt-transaction.ts';
import { bankLine, readCount } from './line-fields.ts';
import { checkCount, checkSum, RunningTotal } from './totals.ts';
import { BankFileError, type BankLine, type LineStatus, type Place, type TotalCheck } from './types.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml-elements.ts';

/** Transactions kept until their entry ends; of an entry with more each is handed on as soon as it is read. */
const HELD_TRANSACTIONS_MAX = 200;
/** Elements below the transactions that are kept. */
const HELD_ELEMENTS_MAX = 20_000;

/** Where an entry stands. */
export interface EntryPlace {
  readonly ordinal: number;
  readonly place: Place;
  /** Our own account's number. */
  readonly ownAccount: string | null;
  /** For entries that are not booked and have no date: the report's own. */
  readonly reportedOn: string | null;
}

/** What an entry leaves behind when it ends. */
export interface EntryEnd {
  readonly head: EntryHead;
  readonly lines: readonly BankLine[];
  /** Sum and counts of its transactions; empty when it tells none that could be checked. */
  readonly checks: readonly TotalCheck[];
}

interface Held {
  readonly amount: OwnAmount | null;
  readonly facts: TransactionFacts;
  readonly place: Place;
}

/** Declared by `Btch` of one `NtryDtls`, against what was found in it. */
interface Batch {
  readonly declared: XmlElement;
  readonly found: RunningTotal;
}

/**
 * Takes the transactions of one entry as they are read. While there are few they wait for the entry's end, when it is
 * known how their amounts fit; of an entry with very many they are handed on one by one.
 */
export class EntryReader {
  readonly #element: XmlElement;
  readonly #where: EntryPlace;
  readonly #head: EntryHead;
  #held: Held[] = [];
  #heldElements = 0;
  /** `held`: all wait. `split`: each is a line of its own. `merged`: they are one line together. */
  #mode: 'held' | 'split' | 'merged' = 'held';
  readonly #merger = new FactsMerger();
  #count = 0;
  /** Of the transactions that have an amount of their own. */
  readonly #total = new RunningTotal();
  #inDetails = new RunningTotal();
  readonly #batches: Batch[] = [];

  /** @param element the entry, read as far as its transactions. @throws {BankFileError} when amount, date or status is missing. */
  constructor(element: XmlElement, where: EntryPlace) {
    this.#element = element;
    this.#where = where;
    this.#head = readHead(element, where);
  }

  /** @returns lines that are ready. @param elements how many lie below the transaction. @throws {BankFileError} */
  addTransaction(details: XmlElement, elements: number): BankLine[] {
    this.#count += 1;
    const place = `${this.#where.place}, transaction ${String(this.#count)} (line ${String(details.line)})`;
    const amount = ownAmount(details, this.#head, place);
    const sign = Math.sign(amount?.minor ?? this.#head.amountMinor);
    const held = { amount, facts: readTransaction(details, this.#head, { sign, place }), place };
    if (amount !== null) this.#total.add(amount.minor);
    this.#inDetails.add(amount?.minor ?? 0);
    if (this.#mode === 'split') return this.#splitOff(held, this.#count);
    if (this.#mode === 'merged') {
      this.#merger.add(held.facts);
      return [];
    }
    this.#held.push(held);
    this.#heldElements += elements;
    const isFull = this.#held.length > HELD_TRANSACTIONS_MAX || this.#heldElements > HELD_ELEMENTS_MAX;
    return isFull && this.#held.length > 1 ? this.#release() : [];
  }

  /** Told at the end of each `NtryDtls`. */
  endDetails(details: XmlElement): void {
    const declared = child(details, 'Btch');
    if (declared !== null) this.#batches.push({ declared, found: this.#inDetails });
    this.#inDetails = new RunningTotal();
  }

  /** The lines left and the checks. @throws {BankFileError} */
  end(): EntryEnd {
    const lines = this.#lastLines();
    return { head: this.#head, lines, checks: [...this.#checkTransactions(), ...this.#checkBatches()] };
  }

  #lastLines(): BankLine[] {
    if (this.#mode === 'split') return [];
    if (this.#mode === 'held' && this.#count > 1 && this.#hasAllAmounts()) {
      return this.#netted().flatMap((held, index) => this.#splitOff(held, index + 1));
    }
    for (const held of this.#held) this.#merger.add(held.facts);
    return [this.#wholeLine()];
  }

  /** Too many to wait for the end: what is known of the first ones decides. */
  #release(): BankLine[] {
    const held = this.#held;
    this.#mode = this.#hasAllAmounts() ? 'split' : 'merged';
    this.#held = [];
    if (this.#mode === 'split') return held.flatMap((each, index) => this.#splitOff(each, index + 1));
    for (const each of held) this.#merger.add(each.facts);
    return [];
  }

  #hasAllAmounts(): boolean {
    return this.#total.count === this.#count;
  }

  /**
   * Some banks give the payers' amounts before charges, and the entry after them. Where exactly that makes the sum right
   * the charges come off, so that the lines are what moved the account.
   */
  #netted(): Held[] {
    if (this.#total.sumMinor === BigInt(this.#head.amountMinor)) return this.#held;
    const netted = this.#held.map((held) => {
      const minor = (held.amount?.minor ?? 0) - held.facts.chargesMinor;
      return { ...held, amount: { minor, isBooked: true } };
    });
    const sum = netted.reduce((total, held) => total + BigInt(held.amount.minor), 0n);
    return sum === BigInt(this.#head.amountMinor) ? netted : this.#held;
  }

  #splitOff(held: Held, ordinal: number): BankLine[] {
    // Without an amount it cannot be a line; the sum of the others then shows that one is missing.
    if (held.amount === null) return [];
    const entryReference = this.#head.bankReference;
    const own = held.facts.bankReference;
    // Of a batch the entry's reference names all, so a number makes it the name of one.
    const isOwn = own !== null && own !== entryReference;
    const numbered = entryReference === null ? own : `${entryReference}/${String(ordinal)}`;
    const batch = [String(this.#where.ordinal), entryReference].filter((each) => each !== null).join('/');
    const facts = { ...held.facts, bankReference: isOwn ? own : numbered };
    return [lineOf(this.#head, facts, { amountMinor: held.amount.minor, batch, place: held.place })];
  }

  /** The entry as one line, with all that its transactions tell. */
  #wholeLine(): BankLine {
    const entry = entryFacts(this.#element, this.#head);
    const told = this.#merger.facts ?? entry;
    const facts = {
      ...told,
      bankReference: (this.#count > 1 ? null : told.bankReference) ?? this.#head.bankReference,
      endToEndId: told.endToEndId ?? entry.endToEndId,
      instructed: told.instructed ?? entry.instructed,
      chargesMinor: told.chargesMinor === 0 ? entry.chargesMinor : told.chargesMinor,
      texts: [...new Set([...told.texts, ...entry.texts])],
    };
    return lineOf(this.#head, facts, { amountMinor: this.#head.amountMinor, batch: null, place: this.#where.place });
  }

  #checkTransactions(): TotalCheck[] {
    if (this.#count === 0 || !this.#hasAllAmounts()) {
      return this.#mode === 'split' ? [this.#sumCheck(this.#total.sumMinor)] : [];
    }
    const [only] = this.#held;
    if (this.#count === 1 && only?.amount?.isBooked !== true) return [];
    const sums = [this.#total.sumMinor, ...this.#sumsLessCharges()];
    const fitting = sums.find((sum) => sum === BigInt(this.#head.amountMinor));
    return [this.#sumCheck(fitting ?? this.#total.sumMinor)];
  }

  /** What the transactions come to when charges of theirs, or of the entry, come off. */
  #sumsLessCharges(): bigint[] {
    const own = this.#held.reduce((sum, held) => sum + BigInt(held.facts.chargesMinor), 0n);
    if (this.#count > 1) return [this.#total.sumMinor - own];
    const ofEntry = BigInt(chargesMinor(this.#element, this.#head.currency));
    return [this.#total.sumMinor - own, this.#total.sumMinor - ofEntry];
  }

  #sumCheck(found: bigint): TotalCheck {
    const { amountMinor, currency } = this.#head;
    return checkSum({
      what: 'transactions of the entry = entry',
      declared: amountMinor,
      found,
      currency,
      place: this.#where.place,
    });
  }

  #checkBatches(): TotalCheck[] {
    return this.#batches.flatMap((batch) => this.#checkBatch(batch)).filter((check) => check !== null);
  }

  #checkBatch({ declared, found }: Batch): (TotalCheck | null)[] {
    const place = this.#where.place;
    const isDescribed = found.count > 0 && this.#hasAllAmounts();
    const number = textAt(declared, 'NbOfTxs');
    const count =
      // One transaction without an amount only describes the batch, whose transactions the bank does not list.
      number === null || found.count === 0 || (found.count === 1 && !isDescribed)
        ? null
        : checkCount({
            what: 'transactions in the batch',
            declared: readCount(number, place),
            found: found.count,
            place,
          });
    const total = child(declared, 'TtlAmt');
    if (total?.attributes['Ccy'] !== this.#head.currency) return [count];
    const amount = BigInt(requireAmount(total, place).minor);
    const whole = this.#batches.length === 1 ? magnitude(BigInt(this.#head.amountMinor)) : null;
    const sum = isDescribed ? magnitude(found.sumMinor) : whole;
    if (sum === null) return [count];
    const { currency } = this.#head;
    return [
      count,
      checkSum({ what: 'sum of the batch', declared: amount, found: whole === amount ? whole : sum, currency, place }),
    ];
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/**
 * What all transactions of the entry share. The sign is CdtDbtInd's for a reversal too: ISO 20022 has it show how the
 * account moves (a reversed debit is CRDT), and RvslInd only that something is taken back.
 */
function readHead(element: XmlElement, where: EntryPlace): EntryHead {
  const { place } = where;
  const amount = requireAmount(child(element, 'Amt'), place);
  const sign = directionOf(element, place);
  if (sign === null) throw new BankFileError('bank_file.bad_direction', place, 'The entry has no CdtDbtInd.');
  const status = readStatus(element, place);
  const booked = dateAt(child(element, 'BookgDt'), place);
  const value = dateAt(child(element, 'ValDt'), place);
  const on = booked ?? value ?? where.reportedOn;
  if (on === null) throw new BankFileError('bank_file.bad_date', place, 'The entry has neither BookgDt nor ValDt.');
  return {
    amountMinor: amount.minor === 0 ? 0 : sign * amount.minor,
    isCredit: sign > 0,
    isBooked: status === 'booked',
    currency: amount.currency,
    bookedOn: on,
    valueOn: value ?? on,
    status,
    isReversal: isTrue(textAt(element, 'RvslInd')),
    bankReference: realReference(textAt(element, 'AcctSvcrRef')),
    transactionCode: transactionCode(element),
    ownAccount: where.ownAccount,
    place,
  };
}

/** `BOOK` as text (to version 7) or below `Cd` (from version 8). A status we do not know is never money. */
function readStatus(element: XmlElement, place: Place): LineStatus {
  const status = textAt(element, 'Sts', 'Cd') ?? textAt(element, 'Sts', 'Prtry') ?? textAt(element, 'Sts');
  if (status === null) throw new BankFileError('bank_file.bad_status', place, 'The entry has no status (Sts).');
  if (status === 'BOOK') return 'booked';
  return status === 'PDNG' || status === 'FUTR' ? 'pending' : 'information';
}

/** What the entry itself tells, for a line that is the whole entry. */
function entryFacts(element: XmlElement, head: EntryHead): TransactionFacts {
  const batches = childrenOf(element, 'NtryDtls').map((details) => textAt(details, 'Btch', 'PmtInfId'));
  const ids = batches.filter((id) => id !== null);
  return {
    returnReason: null,
    bankReference: null,
    endToEndId: ids.length === 1 ? realReference(ids[0] ?? null) : null,
    trace: null,
    transactionCode: null,
    counterpartName: null,
    counterpartAccount: null,
    texts: textsAt(element, 'AddtlNtryInf'),
    structuredReferences: [],
    remittance: [],
    instructed: foreignAmount(element, head.currency),
    chargesMinor: chargesMinor(element, head.currency),
  };
}

function lineOf(
  head: EntryHead,
  facts: TransactionFacts,
  own: { readonly amountMinor: number; readonly batch: string | null; readonly place: Place },
): BankLine {
  const { currency, bookedOn, valueOn, status, isReversal } = head;
  const transactionCode = facts.transactionCode ?? head.transactionCode;
  return bankLine({ ...facts, currency, bookedOn, valueOn, status, isReversal, ...own, transactionCode });
}
