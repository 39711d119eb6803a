// Reads EDI remittance advices (ANSI X12 820): who pays how much by which trace, for which invoices, less which adjustments.

import type { RemittanceLine } from '../matching/types.ts';
import { readAmount, requireCurrency, shown } from './amounts.ts';
import { filled, readCount, readDate, readShortDate } from './line-fields.ts';
import { requireSum } from './remittance-csv.ts';
import { REMITTANCE_LIMITS, type RemittanceAdvice } from './remittance-types.ts';
import { BankFileError, type Chunks, type Place, type ReadOptions } from './types.ts';
import { element, readX12Segments, type X12Segment } from './x12-segments.ts';

/**
 * Reads every transaction set 820 of a file. The lines are the documents (RMR) with what is paid, the discount and the adjustments
 * (ADX) behind them, and the adjustments that stand by themselves. The counts of SE, GE and IEA and their control numbers must be
 * right, and Σ RMR paid + ADX = BPR amount; as some payers write RMR04 with the adjustments of the document already in it, the
 * sum without those is accepted too. An 820 without any RMR and ADX is an advice without lines.
 * @throws {BankFileError} also `remittance.sum`, `bank_file.x12_count`, `bank_file.x12_order`.
 */
export async function* readEdi820(
  chunks: Chunks,
  options: ReadOptions,
): AsyncGenerator<RemittanceAdvice, void, undefined> {
  const file = new Edi820File(options);
  for await (const segment of readX12Segments(chunks)) {
    const advice = file.take(segment);
    if (advice !== null) yield advice;
  }
  file.end();
}

interface OpenLine {
  readonly reference: string;
  readonly place: Place;
  /** RMR04, or the adjustment itself where it stands alone. */
  readonly paidMinor: number;
  readonly grossMinor: number | null;
  readonly discountMinor: number;
  /** Sum of the ADX behind the RMR, and the part of it that reduces, as more than 0. */
  adjustedMinor: number;
  reducedMinor: number;
  reasonCode: string | null;
  readonly isAlone: boolean;
}

interface OpenSet {
  readonly control: string;
  readonly place: Place;
  segments: number;
  currency: string;
  /** BPR; its amount is read at the end, because CUR may follow it. */
  payment: X12Segment | null;
  senderName: string | null;
  senderAccount: string | null;
  trace: string | null;
  paidOn: string | null;
  isInHeading: boolean;
  readonly lines: OpenLine[];
}

/** An envelope that is open: its control number and how many members it has had. */
interface Envelope {
  readonly control: string;
  members: number;
}

class Edi820File {
  readonly #options: ReadOptions;
  #interchange: Envelope | null = null;
  #group: Envelope | null = null;
  #set: OpenSet | null = null;
  #advices = 0;
  #lines = 0;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  /** @returns the advice that the segment ends, if it ends one. */
  take(segment: X12Segment): RemittanceAdvice | null {
    const set = this.#set;
    if (set !== null) {
      set.segments += 1;
      if (segment.tag === 'SE') return this.#endSet(set, segment);
      this.#addToSet(set, segment);
      return null;
    }
    this.#takeEnvelope(segment);
    return null;
  }

  end(): void {
    if (this.#interchange !== null || this.#set !== null) {
      throw new BankFileError('bank_file.cut_off', 'end of file', 'The trailer IEA is missing: the file is cut off.');
    }
    if (this.#advices === 0) {
      throw new BankFileError('remittance.empty', 'whole file', 'The file holds no 820.');
    }
  }

  #takeEnvelope(segment: X12Segment): void {
    const { tag } = segment;
    const [interchange, group] = [this.#interchange, this.#group];
    if (tag === 'ISA' && interchange === null) this.#interchange = { control: element(segment, 13), members: 0 };
    else if (tag === 'GS' && interchange !== null && group === null) {
      interchange.members += 1;
      this.#group = { control: element(segment, 6), members: 0 };
    } else if (tag === 'ST' && group !== null) {
      group.members += 1;
      this.#set = this.#openSet(segment);
    } else if (tag === 'GE' && group !== null) {
      requireTrailer(segment, { found: group.members, control: group.control, what: 'transaction sets' });
      this.#group = null;
    } else if (tag === 'IEA' && interchange !== null && group === null) {
      requireTrailer(segment, { found: interchange.members, control: interchange.control, what: 'groups' });
      this.#interchange = null;
    } else if (tag !== 'TA1') {
      throw new BankFileError('bank_file.x12_order', segment.place, `The segment ${tag} is out of place.`);
    }
  }

  #openSet(segment: X12Segment): OpenSet {
    const kind = element(segment, 1);
    if (kind !== '820') {
      const problem = `The file holds a transaction set ${shown(kind)}; only 820 (remittance advice) is read.`;
      throw new BankFileError('bank_file.x12_not_820', segment.place, problem);
    }
    this.#advices += 1;
    if (this.#advices > REMITTANCE_LIMITS.advicesMax) throw tooMany('advicesMax', segment.place);
    return {
      control: element(segment, 2),
      place: segment.place,
      segments: 1,
      currency: this.#options.accountCurrency ?? 'USD',
      payment: null,
      senderName: null,
      senderAccount: null,
      trace: null,
      paidOn: null,
      isInHeading: true,
      lines: [],
    };
  }

  #addToSet(set: OpenSet, segment: X12Segment): void {
    switch (segment.tag) {
      case 'BPR':
        this.#readPayment(set, segment);
        break;
      case 'TRN':
        set.trace ??= filled(element(segment, 2));
        break;
      case 'CUR':
        if (set.isInHeading) set.currency = requireCurrency(element(segment, 2).toUpperCase(), segment.place);
        break;
      case 'DTM':
        if (set.isInHeading && element(segment, 2) !== '') set.paidOn ??= this.#readDate(segment, 2);
        break;
      case 'N1':
        if (set.isInHeading && element(segment, 1) === 'PR') set.senderName ??= filled(element(segment, 2));
        break;
      case 'ENT':
        set.isInHeading = false;
        break;
      case 'RMR':
        set.isInHeading = false;
        this.#addLine(set, documentOf(segment, set.currency));
        break;
      case 'ADX':
        set.isInHeading = false;
        this.#addAdjustment(set, segment);
        break;
      case 'ISA':
      case 'IEA':
      case 'GS':
      case 'GE':
      case 'ST':
        throw new BankFileError(
          'bank_file.x12_order',
          segment.place,
          'The transaction set before it is not ended (SE).',
        );
      default:
    }
  }

  #readPayment(set: OpenSet, segment: X12Segment): void {
    if (set.payment !== null) {
      throw new BankFileError('bank_file.x12_order', segment.place, 'The transaction set has a second BPR.');
    }
    const flag = element(segment, 3);
    if (flag !== 'C') {
      const problem =
        flag === 'D'
          ? 'The advice is of a debit (BPR03 D): money that is taken, not paid.'
          : `BPR03 is "${shown(flag)}", neither C (credit) nor D (debit).`;
      throw new BankFileError('bank_file.x12_not_a_credit', segment.place, problem);
    }
    set.payment = segment;
    const [routing, account] = [filled(element(segment, 7)), filled(element(segment, 9))];
    set.senderAccount = account === null || routing === null ? account : `${routing}/${account}`;
    if (element(segment, 16) !== '') set.paidOn = this.#readDate(segment, 16);
  }

  #addAdjustment(set: OpenSet, segment: X12Segment): void {
    const minor = x12Amount(segment, 1, set.currency);
    const reasonCode = filled(element(segment, 2));
    const line = set.lines.at(-1);
    if (line !== undefined && !line.isAlone) {
      line.adjustedMinor += minor;
      line.reducedMinor += Math.max(0, 0 - minor);
      line.reasonCode ??= reasonCode;
      return;
    }
    const reference = filled(element(segment, 4)) ?? `adjustment ${reasonCode ?? 'without a reason'}`;
    this.#addLine(set, {
      reference,
      place: segment.place,
      paidMinor: minor,
      grossMinor: null,
      discountMinor: 0,
      adjustedMinor: 0,
      reducedMinor: 0,
      reasonCode,
      isAlone: true,
    });
  }

  #addLine(set: OpenSet, line: OpenLine): void {
    this.#lines += 1;
    if (this.#lines > REMITTANCE_LIMITS.linesMax) throw tooMany('linesMax', line.place);
    if (set.lines.length >= REMITTANCE_LIMITS.linesPerAdviceMax) throw tooMany('linesPerAdviceMax', line.place);
    set.lines.push(line);
  }

  #readDate(segment: X12Segment, number: number): string {
    const text = element(segment, number);
    return text.length === 6 ? readShortDate(text, this.#options.today, segment.place) : readDate(text, segment.place);
  }

  #endSet(set: OpenSet, segment: X12Segment): RemittanceAdvice {
    requireTrailer(segment, { found: set.segments, control: set.control, what: 'segments' });
    this.#set = null;
    const { senderName, senderAccount, trace, paidOn, currency, payment, place } = set;
    if (payment === null) {
      throw new BankFileError('bank_file.x12_missing', place, 'The transaction set has no payment (BPR).');
    }
    const amountMinor = x12Amount(payment, 2, currency);
    const head = { senderName, senderAccount, trace, paidOn, currency, place };
    const isNet = isPaidNet(set.lines, amountMinor);
    if (set.lines.length > 0) {
      const found = sumOf(set.lines, (line) => line.paidMinor + (isNet ? 0 : line.adjustedMinor));
      requireSum({ advice: head, declared: amountMinor, found });
    }
    return { ...head, amountMinor, lines: set.lines.map((line) => toRemittance(line, isNet)) };
  }
}

function sumOf(lines: readonly OpenLine[], minorOf: (line: OpenLine) => number): bigint {
  return lines.reduce((sum, line) => sum + BigInt(minorOf(line)), 0n);
}

/** Whether RMR04 has the adjustments of its document in it already: told by the sum, and where both sums hold by the gross amounts. */
function isPaidNet(lines: readonly OpenLine[], amountMinor: number): boolean {
  const declared = BigInt(amountMinor);
  const isGrossRight = sumOf(lines, (line) => line.paidMinor + line.adjustedMinor) === declared;
  const isNetRight = sumOf(lines, (line) => line.paidMinor) === declared;
  if (isGrossRight !== isNetRight) return isNetRight;
  const adjusted = lines.filter((line) => line.adjustedMinor !== 0 && line.grossMinor !== null);
  return (
    adjusted.length > 0 &&
    adjusted.every((line) => line.paidMinor === (line.grossMinor ?? 0) - line.discountMinor + line.adjustedMinor)
  );
}

function toRemittance(line: OpenLine, isNet: boolean): RemittanceLine {
  const reducedMinor = line.discountMinor + line.reducedMinor;
  return {
    reference: line.reference,
    paidMinor: line.paidMinor + (isNet ? 0 : line.adjustedMinor),
    reducedMinor: line.isAlone ? null : reducedMinor,
    reasonCode: line.reasonCode,
    isDiscount: line.discountMinor > 0 && line.reducedMinor === 0,
  };
}

function documentOf(segment: X12Segment, currency: string): OpenLine {
  const reference = filled(element(segment, 2));
  if (reference === null) {
    throw new BankFileError('remittance.no_reference', segment.place, 'The RMR names no document (RMR02).');
  }
  const amount = (number: number): number | null =>
    element(segment, number) === '' ? null : x12Amount(segment, number, currency);
  const [paid, gross, discount] = [amount(4), amount(5), Math.abs(amount(6) ?? 0)];
  // Without RMR04 the document is paid whole, less the discount.
  const paidMinor = paid ?? (gross === null ? null : gross - discount);
  if (paidMinor === null) {
    throw new BankFileError('bank_file.bad_amount', segment.place, 'The RMR has no amount (RMR04 or RMR05).');
  }
  return {
    reference,
    place: segment.place,
    paidMinor,
    grossMinor: gross,
    discountMinor: discount,
    adjustedMinor: 0,
    reducedMinor: 0,
    reasonCode: null,
    isAlone: false,
  };
}

function x12Amount(segment: X12Segment, number: number, currency: string): number {
  return readAmount({ text: element(segment, number), currency, mark: '.', place: segment.place });
}

function requireTrailer(segment: X12Segment, about: { found: number; control: string; what: string }): void {
  const declared = readCount(element(segment, 1), segment.place);
  if (declared !== about.found) {
    const problem = `${segment.tag} counts ${String(declared)} ${about.what}, the file has ${String(about.found)}.`;
    throw new BankFileError('bank_file.x12_count', segment.place, problem);
  }
  const control = element(segment, 2);
  if (control === about.control) return;
  const problem = `${segment.tag} ends number ${shown(control)}, but ${shown(about.control)} is open.`;
  throw new BankFileError('bank_file.x12_control', segment.place, problem);
}

function tooMany(limit: keyof typeof REMITTANCE_LIMITS, place: Place): BankFileError {
  const problem = `The file has more than ${String(REMITTANCE_LIMITS[limit])} (${limit}).`;
  return new BankFileError('remittance.too_many', place, problem);
}
