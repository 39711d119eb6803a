// Tells a bank file's format by what stands in it; the name only tips the scales for a CSV file of one line.

import { CSV_SEPARATORS } from './csv-table.ts';
import type { RemittanceFormat } from './remittance-types.ts';
import type { BankFileFormat } from './types.ts';

/** So much of the head of a file is enough for `detectFormat`. */
export const DETECT_BYTES = 16 * 1024;

const LINES_MAX = 60;
/** Rows side by side with the same number of separators make a table. */
const TABLE_ROWS_MIN = 2;
const SEPARATORS_MIN = 2;

/**
 * The format of a bank file by its content; null when it is none we read or two are as likely. A CSV file is told only by its
 * separators, so that a reader still needs the mapping of the company.
 * @param head the first bytes of the file, `DETECT_BYTES` of them or all.
 * @param fileName as uploaded, if known; never decides against the content.
 */
export function detectFormat(head: Uint8Array, fileName: string | null): BankFileFormat | null {
  const text = decodeHead(head.subarray(0, DETECT_BYTES)).trimStart();
  if (text === '' || hasBinary(text)) return null;
  if (text.startsWith('<')) return detectXml(text);
  if (/^OFXHEADER\s*:/i.test(text)) return 'ofx';
  const lines = text.split(/\r\n|\r|\n/, LINES_MAX).filter((line) => line.trim() !== '');
  return detectSwift(text, lines) ?? detectBai(lines) ?? detectCsv(lines, fileName);
}

/** The format of a file of remittance advices by its content; null when it is none we read. */
export function detectRemittanceFormat(head: Uint8Array, fileName: string | null): RemittanceFormat | null {
  const text = decodeHead(head.subarray(0, DETECT_BYTES)).trimStart();
  if (/^ISA[^A-Za-z0-9 ]/.test(text)) return 'edi820';
  return detectFormat(head, fileName) === 'csv' ? 'csv' : null;
}

function decodeHead(head: Uint8Array): string {
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le').decode(head);
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be').decode(head);
  // The end may be in the middle of a character, which does not matter here.
  return new TextDecoder('utf-8').decode(head);
}

/** Control characters tell an archive or a picture from text. */
function hasBinary(text: string): boolean {
  return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text);
}

function detectXml(text: string): BankFileFormat | null {
  if (/<(?:\?OFX\b|OFX[\s>])/i.test(text)) return 'ofx';
  const report = /camt\.(053|054)\.\d{3}/.exec(text)?.[1];
  if (report !== undefined) return report === '053' ? 'camt.053' : 'camt.054';
  if (/<(?:\w{1,20}:)?BkToCstmrStmt[\s>]/.test(text)) return 'camt.053';
  return /<(?:\w{1,20}:)?BkToCstmrDbtCdtNtfctn[\s>]/.test(text) ? 'camt.054' : null;
}

/** Statements of SWIFT have tags at the beginning of lines, with or without the blocks of the network around them. */
function detectSwift(text: string, lines: readonly string[]): BankFileFormat | null {
  const type = /^\{1:[^}]{0,60}\}\s*\{2:[IO](940|942)/.exec(text)?.[1];
  if (type !== undefined) return type === '940' ? 'mt940' : 'mt942';
  const tags = new Set(lines.flatMap((line) => /^:(\d{2}[A-Z]?):/.exec(line)?.[1] ?? []));
  const has = (...names: string[]): boolean => names.some((name) => tags.has(name));
  if (has('60F', '60M', '62F', '62M')) return 'mt940';
  if (has('34F', '90D', '90C')) return 'mt942';
  if (has('20') && has('25', '61', '13D')) return has('13D') ? 'mt942' : 'mt940';
  return has('61', '86') ? 'mt940' : null;
}

function detectBai(lines: readonly string[]): BankFileFormat | null {
  const [first = '', second = ''] = lines.map((line) => line.trimEnd());
  if (/^01,(?:[^,]*,){4}/.test(first) && (second === '' || /^(?:02|88),/.test(second))) return 'bai2';
  const isHeader = /^1[\d ]{2}.{20}\d{6}[\d ]{0,4}/.test(first) && !first.includes(';') && !first.includes('\t');
  return isHeader && /^(?:2.{30}\d|5\d{19})/.test(second) ? 'lockbox' : null;
}

/** Other things with separators in them that are no table of movements. */
const NOT_A_TABLE = /^(?:ISA.|UNA|UNB\+|GS.|[[{]|%PDF|:\d{2}|\d{2},.*\/$)/;

function detectCsv(lines: readonly string[], fileName: string | null): BankFileFormat | null {
  if (NOT_A_TABLE.test(lines[0] ?? '')) return null;
  const isNamed = /\.(?:csv|tsv)$/i.test(fileName ?? '');
  for (const separator of CSV_SEPARATORS) {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const run = longestRun(counts);
    if (run >= TABLE_ROWS_MIN || (isNamed && run >= 1)) return 'csv';
  }
  return null;
}

/** The most rows one after another with the same number of separators, enough of them for a table. */
function longestRun(counts: readonly number[]): number {
  let longest = 0;
  let run = 0;
  for (const [index, count] of counts.entries()) {
    run = count < SEPARATORS_MIN ? 0 : count === counts[index - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}
