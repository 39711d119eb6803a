// What a camt transaction says it pays for: free texts, structured references and documents with their amounts.

import { helpfulAmount } from './camt-amounts.ts';
import { BANK_FILE_LIMITS, BankFileError, type LineRemittance, type Place } from './types.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml-elements.ts';

export interface CamtRemittance {
  readonly texts: readonly string[];
  readonly structuredReferences: readonly string[];
  readonly remittance: readonly LineRemittance[];
}

/**
 * Reads `RmtInf`. @throws {BankFileError} `bank_file.too_many_remittance_lines`.
 * @param details the transaction, @param currency the line's: amounts in another are left out.
 */
export function readRemittance(
  details: XmlElement,
  line: { readonly currency: string; readonly place: Place },
): CamtRemittance {
  const texts: string[] = [];
  const references: string[] = [];
  const remittance: LineRemittance[] = [];
  for (const information of childrenOf(details, 'RmtInf')) {
    for (const part of information.children) {
      if (part.name === 'Ustrd') texts.push(part.text.trim());
      if (part.name !== 'Strd') continue;
      const reference = textAt(part, 'CdtrRefInf', 'Ref') ?? textAt(part, 'CdtrRefInf', 'CdtrRef');
      if (reference !== null) references.push(reference);
      remittance.push(...documentsIn(part, { reference, currency: line.currency }));
      texts.push(...childrenOf(part, 'AddtlRmtInf').map((each) => each.text.trim()));
      requireFew(Math.max(references.length, remittance.length), line.place);
    }
  }
  return { texts: texts.filter((text) => text !== ''), structuredReferences: references, remittance };
}

function requireFew(count: number, place: Place): void {
  if (count <= BANK_FILE_LIMITS.remittanceLinesMax) return;
  const most = String(BANK_FILE_LIMITS.remittanceLinesMax);
  const problem = `One transaction names more than ${most} documents (remittanceLinesMax).`;
  throw new BankFileError('bank_file.too_many_remittance_lines', place, problem);
}

/** Amounts of the one document, or of the creditor's reference when no document is named. */
function documentsIn(
  part: XmlElement,
  known: { readonly reference: string | null; readonly currency: string },
): LineRemittance[] {
  const documents = childrenOf(part, 'RfrdDocInf').filter((each) => textAt(each, 'Nb') !== null);
  const amounts = child(part, 'RfrdDocAmt');
  const [only] = documents;
  if (documents.length > 1) {
    return documents.map((each) => ({ ...NOTHING_TOLD, reference: textAt(each, 'Nb') ?? '' }));
  }
  const reference = textAt(only ?? null, 'Nb') ?? (amounts === null ? null : known.reference);
  if (reference === null) return [];
  const isCreditNote = textAt(only ?? null, 'Tp', 'CdOrPrtry', 'Cd') === 'CREN';
  return [{ reference, ...amountsIn(amounts, { currency: known.currency, isCreditNote }) }];
}

const NOTHING_TOLD = { paidMinor: null, reducedMinor: null, reasonCode: null, isDiscount: false } as const;

/** From version 2 (`DscntApldAmt` an amount) and later ones (`DscntApldAmt/Amt`); version 9 on may nest others alike. */
function amountsIn(
  amounts: XmlElement | null,
  document: { readonly currency: string; readonly isCreditNote: boolean },
): Omit<LineRemittance, 'reference'> {
  const read = (name: string): number | null => {
    const told = childrenOf(amounts, name)
      .map((each) => helpfulAmount(child(each, 'Amt') ?? each))
      .filter((amount) => amount?.currency === document.currency)
      .map((amount) => amount?.minor ?? 0);
    return told.length === 0 ? null : told.reduce((sum, minor) => sum + minor, 0);
  };
  const due = read('DuePyblAmt');
  const remitted = read('RmtdAmt');
  const credited = read('CdtNoteAmt');
  if (document.isCreditNote) {
    const taken = remitted ?? credited ?? due;
    return { ...NOTHING_TOLD, paidMinor: taken === null ? null : -taken };
  }
  if (due === null && remitted === null && credited !== null) return { ...NOTHING_TOLD, paidMinor: -credited };
  const discount = read('DscntApldAmt');
  const adjustments = adjustmentsIn(amounts, document.currency);
  const parts = [discount, credited, adjustments.minor].filter((each) => each !== null);
  const named =
    parts.length === 0
      ? null
      : Math.max(
          0,
          parts.reduce((sum, minor) => sum + minor, 0),
        );
  // What is due less what is paid needs no sign of an adjustment, which senders set either way.
  const reduced = due !== null && remitted !== null && due >= remitted ? due - remitted : named;
  return {
    paidMinor: remitted,
    reducedMinor: reduced,
    reasonCode: adjustments.reason,
    isDiscount: discount !== null && discount > 0 && reduced === discount,
  };
}

function adjustmentsIn(
  amounts: XmlElement | null,
  currency: string,
): { readonly minor: number | null; readonly reason: string | null } {
  let minor: number | null = null;
  let reason: string | null = null;
  for (const adjustment of childrenOf(amounts, 'AdjstmntAmtAndRsn')) {
    const amount = helpfulAmount(child(adjustment, 'Amt'));
    reason ??= textAt(adjustment, 'Rsn');
    if (amount?.currency !== currency) continue;
    minor = (minor ?? 0) + (textAt(adjustment, 'CdtDbtInd') === 'CRDT' ? -amount.minor : amount.minor);
  }
  return { minor, reason };
}
