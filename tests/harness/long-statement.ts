// A statement of very many lines, made piece by piece: invoices paid by their number, money nobody knows, and money out.

import { IBAN } from './statements.ts';
import { itemNumber } from './many-items.ts';

/** Every so many lines pay an invoice; one of them takes money out, and the others are nobody's. */
export const LINES_PER_PAID = 10;

export interface LongStatement {
  readonly lines: number;
  readonly on?: string;
  /** Characters that each entry carries and no reader looks at. */
  readonly ballastChars?: number;
  /** Added to the closing balance. */
  readonly wrongBy?: number;
}

/** How many lines of a statement do what. */
export function shareOf(lines: number): { paid: number; out: number; unknown: number } {
  const paid = Math.ceil(lines / LINES_PER_PAID);
  const out = Math.ceil((lines - 1) / LINES_PER_PAID);
  return { paid, out, unknown: lines - paid - out };
}

/** @yields a camt.053 in pieces of some entries each */
export function* longCamt(of: LongStatement): Generator<string> {
  const { lines, on = '2026-01-15', ballastChars = 0, wrongBy = 0 } = of;
  yield `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>${on}T06:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>LONG</Id><CreDtTm>${on}T06:00:00Z</CreDtTm><Acct><Id><IBAN>${IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>
${balance('OPBD', 0, on)}${balance('CLBD', sumOf(lines) + wrongBy, on)}`;
  const ballast =
    ballastChars === 0 ? '' : `<SplmtryData><Envlp><X>${'x'.repeat(ballastChars)}</X></Envlp></SplmtryData>`;
  for (let index = 0; index < lines; index += 1) yield entry(index, on, ballast);
  yield '</Stmt></BkToCstmrStmt></Document>';
}

function sumOf(lines: number): number {
  let sum = 0;
  for (let index = 0; index < lines; index += 1) sum += amountOf(index);
  return sum;
}

function amountOf(index: number): number {
  if (index % LINES_PER_PAID === 0) return 10_000;
  return index % LINES_PER_PAID === 1 ? -(300 + (index % 97)) : 1_000 + (index % 7_001);
}

function entry(index: number, on: string, ballast: string): string {
  const minor = amountOf(index);
  const isPaid = index % LINES_PER_PAID === 0;
  const sign = minor < 0 ? 'DBIT' : 'CRDT';
  const text = isPaid ? `Invoice ${itemNumber(index / LINES_PER_PAID)}` : `thank you ${String(index)}`;
  const party = minor < 0 ? '' : `<RltdPties><Dbtr><Pty><Nm>Payer ${String(index)}</Nm></Pty></Dbtr></RltdPties>`;
  return `<Ntry><Amt Ccy="EUR">${decimal(minor)}</Amt><CdtDbtInd>${sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>${on}</Dt></BookgDt><ValDt><Dt>${on}</Dt></ValDt><AcctSvcrRef>R${String(index)}</AcctSvcrRef><NtryDtls><TxDtls>${party}<RmtInf><Ustrd>${text}</Ustrd></RmtInf>${ballast}</TxDtls></NtryDtls></Ntry>
`;
}

function balance(code: string, minor: number, on: string): string {
  return `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${decimal(minor)}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>${on}</Dt></Dt></Bal>`;
}

function decimal(minor: number): string {
  const text = String(Math.abs(minor)).padStart(3, '0');
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}
