// References that carry check digits: which kind one is, whether it holds, and what of it is our own number.

/** Schemes of structured creditor references. */
export type ReferenceScheme = 'RF' | 'QRR' | 'OGM' | 'KID';

export interface StructuredReference {
  readonly scheme: ReferenceScheme;
  /** Letters and digits only. */
  readonly text: string;
  /** Without the scheme's marks, check digits and filling zeros. */
  readonly body: string;
}

const QR_ROWS: readonly number[] = [0, 9, 4, 6, 8, 2, 7, 1, 3, 5];

/** ISO 7064 mod 97-10 of letters (A = 10) and digits. */
function mod97(text: string): number {
  let rest = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    rest = (value < 10 ? rest * 10 + value : rest * 100 + value) % 97;
  }
  return rest;
}

/** @returns whether an ISO 11649 creditor reference holds its check digits. */
export function isRf(text: string): boolean {
  return /^RF\d{2}[A-Z0-9]{1,21}$/.test(text) && mod97(text.slice(4) + text.slice(0, 4)) === 1;
}

/** @returns whether 27 digits (or the 16 of an old ESR) hold the Swiss modulo 10 recursive check digit. */
export function isSwissReference(text: string): boolean {
  if (!/^(\d{27}|\d{16})$/.test(text)) return false;
  let carry = 0;
  for (const digit of text.slice(0, -1)) carry = QR_ROWS[(carry + Number(digit)) % 10] ?? 0;
  return (10 - carry) % 10 === Number(text.at(-1));
}

/** @returns whether 12 digits are a Belgian structured message: the last two are the first ten modulo 97, 97 for 0. */
export function isBelgianMessage(text: string): boolean {
  if (!/^\d{12}$/.test(text)) return false;
  const rest = Number(text.slice(0, 10)) % 97;
  return (rest === 0 ? 97 : rest) === Number(text.slice(10));
}

function luhnHolds(text: string): boolean {
  let sum = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = Number(text[text.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function mod11Holds(text: string): boolean {
  let sum = 0;
  let weight = 2;
  for (let at = text.length - 2; at >= 0; at--) {
    sum += Number(text[at]) * weight;
    weight = weight === 7 ? 2 : weight + 1;
  }
  const check = (11 - (sum % 11)) % 11;
  return (check === 10 ? '-' : String(check)) === text.at(-1);
}

/** @returns whether a text is a Norwegian customer identification: 4 to 25 digits, mod 10 or mod 11 (`-` for 10). */
export function isKid(text: string): boolean {
  if (!/^\d{3,24}[\d-]$/.test(text)) return false;
  return mod11Holds(text) || (!text.endsWith('-') && luhnHolds(text));
}

function bodyOf(digits: string): string {
  return digits.replace(/^0+(?=.)/, '');
}

/**
 * Reads a reference that the bank marks as structured, or that looks like one.
 * @returns null when no scheme's check digits hold.
 */
export function readStructuredReference(raw: string): StructuredReference | null {
  if (raw.length > 100) return null;
  const text = raw.toUpperCase().replace(/[^A-Z0-9-]/g, '');
  const bare = text.replaceAll('-', '');
  if (isRf(bare)) return { scheme: 'RF', text: bare, body: bodyOf(bare.slice(4)) };
  if (isSwissReference(bare)) return { scheme: 'QRR', text: bare, body: bodyOf(bare.slice(0, -1)) };
  if (isBelgianMessage(bare)) return { scheme: 'OGM', text: bare, body: bodyOf(bare.slice(0, 10)) };
  const kid = text.endsWith('-') ? bare + '-' : bare;
  if (isKid(kid)) return { scheme: 'KID', text: kid, body: bodyOf(kid.slice(0, -1)) };
  return null;
}
