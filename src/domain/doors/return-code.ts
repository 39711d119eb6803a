// Which transaction codes of banks say that a movement takes back an earlier one.

/** ISO 20022 subfamilies: returned transfers, unpaid or reversed debits and cheques. */
const ISO_SUBFAMILIES = ['RRTN', 'UPDD', 'PRDD', 'RCDD', 'UPCT', 'UPCQ', 'CQRV', 'RPCR', 'ARET'];
/** German transaction codes (GVC): returned direct debits (B2B, core), returned transfers, debits credited again. */
const GERMAN = ['108', '109', '159', '181', '184'];
/** BAI2: deposited items and ACH items that came back. */
const BAI2 = ['255', '257', '555', '557'];
/** SWIFT: returned item. */
const SWIFT = ['RTI'];
const CODES = new Set([...ISO_SUBFAMILIES, ...GERMAN, ...BAI2, ...SWIFT]);

/** @param code as the bank wrote it: `PMNT/IDDT/UPDD`, `NRTI`, `N109`, `557` */
export function isReturnCode(code: string | null): boolean {
  return (code ?? '')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .some((part) => CODES.has(part) || (/^[NFS][A-Z0-9]{3}$/.test(part) && CODES.has(part.slice(1))));
}
