// Which of our own bank accounts a statement means: banks name one account as an IBAN, or by their own numbers.

import type { ReportedAccount } from './bank-files/types.ts';

export interface HouseAccount {
  readonly id: string;
  readonly legalEntityId: string;
  /** Capitals without blanks: an IBAN, or the bank's number with its routing number in front where there is one. */
  readonly number: string;
  readonly currency: string;
}

/** Significant digits from which on the bank's own number may stand for the IBAN that ends with it. */
const OWN_NUMBER_DIGITS_MIN = 6;
const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

/** An account's number as it is kept and compared. */
export function accountNumber(text: string): string {
  return text.replace(/\s/gu, '').toUpperCase();
}

/**
 * @returns the account that the bank means: by the number as it is kept, else the only one in which the bank's own number stands
 *   (`ROUTING/NUMBER`: the routing number in front as well, where both tell one); `null` when there is none, or more than one
 */
export function houseAccountOf(reported: ReportedAccount, accounts: readonly HouseAccount[]): HouseAccount | null {
  const number = accountNumber(reported.number);
  const exact = accounts.find((account) => account.number === number);
  if (exact !== undefined) return exact;
  const told = partsOf(number);
  if (!/^[A-Z0-9]+$/.test(told.own) || told.own.length < OWN_NUMBER_DIGITS_MIN) return null;
  const [first, second] = accounts.filter(({ number: kept }) =>
    IBAN.test(kept) ? standsIn(kept.slice(4), told) : isSame(partsOf(kept), told),
  );
  return first === undefined || second !== undefined ? null : first;
}

/** A number in its parts; a BIC in front is no routing number. */
interface Parts {
  readonly routing: string | null;
  /** Without the zeros in front. */
  readonly own: string;
}

function partsOf(number: string): Parts {
  const parts = number.split('/');
  const routing = parts.slice(0, -1).join('');
  const own = (parts.at(-1) ?? '').replace(/[-.]/g, '').replace(/^0+/, '');
  return { routing: /^\d+$/.test(routing) ? routing : null, own };
}

/** Whether the number stands at the end of an IBAN's national part, with nothing but zeros behind the routing number. */
function standsIn(national: string, { routing, own }: Parts): boolean {
  if (!national.endsWith(own)) return false;
  if (routing === null) return true;
  return national.startsWith(routing) && /^0*$/.test(national.slice(routing.length, national.length - own.length));
}

function isSame(kept: Parts, told: Parts): boolean {
  return kept.own === told.own && (kept.routing === null || told.routing === null || kept.routing === told.routing);
}
