// Bank account numbers as ISO 13616 has them, with their check digits.

/** Longest IBAN of any country; the shortest has 15 characters. */
const IBAN_FORM = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

/** The IBAN without the blanks people write, in capitals; `null` when its form or its check digits are wrong (ISO 7064, mod 97-10). */
export function parseIban(text: string): string | null {
  const iban = text.replaceAll(' ', '').toUpperCase();
  if (!IBAN_FORM.test(iban)) return null;
  const moved = iban.slice(4) + iban.slice(0, 4);
  // Letters count from 10 on; one character at a time, so that the number never leaves the safe integers.
  let remainder = 0;
  for (const character of moved) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1 ? iban : null;
}
