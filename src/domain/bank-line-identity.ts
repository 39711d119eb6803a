// What makes a line of a bank file the one it is within its source, so that it is stored once however often it is told.

import { createHash } from 'node:crypto';
import type { BankLine } from './bank-files/types.ts';

/** A bank's reference is cut to this in an identity; longer ones count by their hash. */
const REFERENCE_CHARS_MAX = 64;

/**
 * The line's name among the lines of its account and source, less its number among equals: the bank's own reference with
 * day and amount (a bank gives all transactions of a batch one reference, and begins anew after a while), else a hash of
 * everything that the bank tells of it. A pending line is another than the booked one that follows it.
 */
export function baseIdentity(line: BankLine): string {
  const status = line.status === 'booked' ? '' : `${line.status}:`;
  const { bankReference, bookedOn, amountMinor, currency } = line;
  if (bankReference === null) return `${status}hash:${hashOf(line)}`;
  const reference = bankReference.length > REFERENCE_CHARS_MAX ? digest(bankReference) : bankReference;
  return `${status}ref:${reference}:${bookedOn}:${String(amountMinor)}${currency}`;
}

function hashOf(line: BankLine): string {
  const { amountMinor, currency, bookedOn, valueOn, isReversal, returnReason, endToEndId, trace, transactionCode } =
    line;
  const { counterpartName, counterpartAccount, texts, structuredReferences } = line;
  const fields = [amountMinor, currency, bookedOn, valueOn, isReversal, returnReason, endToEndId, trace];
  return digest(
    JSON.stringify([...fields, transactionCode, counterpartName, counterpartAccount, texts, structuredReferences]),
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
