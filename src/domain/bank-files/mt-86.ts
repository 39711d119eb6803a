// The text of a movement (`:86:`): German subfields, tags of SEPA, Dutch slash codes, or plain words.

import { parseIban } from '../iban.ts';
import { helpfulMinor } from './mt-values.ts';

/** What a `:86:` tells. */
export interface MtDetails {
  readonly texts: readonly string[];
  readonly structuredReferences: readonly string[];
  readonly endToEndId: string | null;
  readonly counterpartName: string | null;
  readonly counterpartAccount: string | null;
  /** The German business transaction code, three digits. */
  readonly transactionCode: string | null;
  readonly returnReason: string | null;
  /** Charges of a return (COAM), in the line's currency. */
  readonly chargesMinor: number;
}

/** What is known of the movement when its text is read. */
export interface MtDetailsContext {
  readonly currency: string;
  /** Letter and three characters of the `:61:`. */
  readonly code: string;
}

/** A full line of `:86:` has 65 characters, with some banks 64; a shorter one ends where its writer ended it. */
const FULL_LINE_CHARS = 64;
/** A full subfield has 27 characters. */
const FULL_SUBFIELD_CHARS = 27;
/** No bank cuts text shorter than this; shorter lines of one length are so by chance. */
const EVEN_CUT_CHARS_MIN = 20;
/** Subfields behind the three digits of the transaction, or without them but with the usual mark. */
const GERMAN = /^(?:(\d{3})(?=[?<>@^%&$#*;~|!])|(?=\?[0236]))(.)(?=\d{2})/;
const SEPA_TAG = /(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|RREF|RTRN|BREF|ANAM)(?:\+|: )/;
const SLASH_KEYS =
  'TRTP|IBAN|BIC|NAME|REMI|EREF|PREF|MARF|CSID|RTRN|ORDP|BENM|CNTP|ULTB|ULTD|UDTR|UCRD|ACCW|ADDR|ID|ISDT|PURP|SVCL|INIT|OCMT|CHGS|EXCH|TRCD|BKTC|NRTX|TXT|COMPLTN|FEES';
const SLASH = new RegExp(`^/(?:${SLASH_KEYS})/`);
const NO_REFERENCE = /^(NOTPROVIDED|NONREF|NOT PROVIDED|NOREF)$/i;
/** German codes of returned debits and credit transfers. */
const GERMAN_RETURNS: ReadonlySet<string> = new Set(['108', '109', '159']);
/** SWIFT's code of a returned item. */
const SWIFT_RETURN = 'RTI';
/** Reasons of ISO 20022's list of returns. */
const ISO_REASON = /\b(?:AC|AG|AM|BE|CN|CU|DS|DT|DU|ED|FF|FR|MD|MS|NO|RC|RR|RU|SL|SV|TM)\d{2}\b/;

const NOTHING: MtDetails = {
  texts: [],
  structuredReferences: [],
  endToEndId: null,
  counterpartName: null,
  counterpartAccount: null,
  transactionCode: null,
  returnReason: null,
  chargesMinor: 0,
};

/** Reads the lines of a `:86:` (or of several for one movement, put together). Whatever stands there, something is told. */
export function readDetails(lines: readonly string[], context: MtDetailsContext): MtDetails {
  const first = lines[0]?.trimStart() ?? '';
  const german = GERMAN.exec(first);
  if (german !== null) return readGerman(lines.join('').trimStart(), german, context);
  if (SLASH.test(first)) return readSlashes(lines.join('').trim());
  const text = joinLines(lines, FULL_LINE_CHARS);
  if (SEPA_TAG.test(text) && /(?:EREF|SVWZ|KREF|MREF)(?:\+|: )/.test(text)) return readTagged(text, context);
  return { ...NOTHING, ...plain(text), returnReason: reasonIn(text, context.code, null) };
}

/** `166?00text?20…?29…?60…?63purpose?30bank?31account?32?33name?34addition`; subfields are cut anywhere. */
function readGerman(text: string, head: RegExpExecArray, context: MtDetailsContext): MtDetails {
  const [, code = null, separator = '?'] = head;
  const fields = subfields(text.slice(code?.length ?? 0), separator);
  const purpose = fields.filter(({ key }) => /^(2\d|6[0-3])$/.test(key)).map(({ value }) => value);
  const at = (key: string): string => fields.find((field) => field.key === key)?.value.trim() ?? '';
  const isTagged = SEPA_TAG.test(purpose.join(''));
  const words = isTagged ? purpose.join('') : joinLines(purpose, FULL_SUBFIELD_CHARS);
  const told = isTagged ? readTagged(words, context) : { ...NOTHING, texts: nonEmpty([clean(words)]) };
  const name = clean(joinLines(nonEmpty([at('32'), at('33')]), FULL_SUBFIELD_CHARS));
  const isReturn = code !== null && GERMAN_RETURNS.has(code);
  return {
    ...told,
    texts: nonEmpty([at('00'), ...(name === '' ? [] : otherName(told.counterpartName, name)), ...told.texts]),
    counterpartName: name === '' ? told.counterpartName : name,
    counterpartAccount: accountOf(at('30'), at('31')) ?? told.counterpartAccount,
    transactionCode: code,
    returnReason: told.returnReason ?? reasonIn(words, isReturn ? SWIFT_RETURN : context.code, at('34')),
  };
}

/** The one who pays on behalf of another is told beside the other, because either may be known. */
function otherName(told: string | null, name: string): string[] {
  return told === null || told === name ? [] : [told];
}

function subfields(text: string, separator: string): { readonly key: string; readonly value: string }[] {
  const mark = `\\${separator}`;
  return text
    .split(new RegExp(`${mark}(?=\\d{2})`))
    .slice(1)
    .map((part) => ({ key: part.slice(0, 2), value: part.slice(2) }));
}

function accountOf(bank: string, account: string): string | null {
  if (account === '') return null;
  const iban = parseIban(account);
  if (iban !== null) return iban;
  return /^\d{6,9}$/.test(bank) ? `${bank}/${account}` : account;
}

/** `EREF+…MREF+…SVWZ+…`: a tag ends where the next begins. */
function readTagged(text: string, context: MtDetailsContext): MtDetails {
  const parts = text.split(new RegExp(SEPA_TAG.source, 'g'));
  const tags = new Map<string, string>();
  for (let index = 1; index + 1 < parts.length; index += 2) {
    const tag = parts[index] ?? '';
    const value = clean(parts[index + 1] ?? '');
    // A purpose that speaks of a tag has it twice; the first is the bank's.
    if (!tags.has(tag)) tags.set(tag, value);
    else if (value !== '') tags.set('SVWZ', [tags.get('SVWZ') ?? '', value].join(' ').trim());
  }
  const purpose = tags.get('SVWZ') ?? '';
  const mandate = tags.get('MREF') ?? '';
  const returned = tags.get('RTRN') ?? '';
  const account = tags.get('IBAN') ?? '';
  return {
    ...NOTHING,
    texts: nonEmpty([clean(parts[0] ?? ''), purpose, mandate === '' ? '' : `MREF+${mandate}`]),
    endToEndId: reference(tags.get('EREF')) ?? reference(tags.get('KREF')),
    counterpartName: tags.get('ABWA') ?? tags.get('ANAM') ?? tags.get('ABWE') ?? null,
    counterpartAccount: account === '' ? null : (parseIban(account) ?? account),
    returnReason: returned === '' ? reasonIn(purpose, context.code, null) : returned,
    chargesMinor: helpfulMinor(tags.get('COAM')?.replace(/^[A-Z]{3}/, '') ?? '', context.currency)?.minor ?? 0,
  };
}

/** `/EREF/…/NAME/…/REMI/…`: Dutch banks; lines are cut anywhere. */
function readSlashes(text: string): MtDetails {
  const parts = `${text}/`.split(new RegExp(`/(${SLASH_KEYS})/`));
  const values = new Map<string, string>();
  for (let index = 1; index + 1 < parts.length; index += 2) {
    const key = parts[index] ?? '';
    const value = (parts[index + 1] ?? '').replace(/^\/+|[/\s]+$/g, '').trim();
    if (!values.has(key) && value !== '') values.set(key, value);
  }
  const [cntpAccount = '', , cntpName = ''] = (values.get('CNTP') ?? '').split('/');
  const account = values.get('IBAN') ?? values.get('ACCW')?.split(/[,/]/)[0] ?? cntpAccount;
  const remittance = values.get('REMI') ?? '';
  const structured = /^STRD\/[^/]*\/(.+)$/.exec(remittance)?.[1] ?? null;
  const words = structured === null ? remittance.replace(/^USTD\/+/, '') : '';
  const mandate = values.get('MARF');
  return {
    ...NOTHING,
    texts: nonEmpty([clean(words), values.get('TRTP') ?? '', mandate === undefined ? '' : `MREF+${mandate}`]),
    structuredReferences: structured === null ? [] : [structured.trim()],
    endToEndId: reference(values.get('EREF')) ?? reference(values.get('PREF')),
    counterpartName: values.get('NAME') ?? values.get('ULTD') ?? (cntpName === '' ? null : cntpName),
    counterpartAccount: account === '' ? null : (parseIban(account) ?? account),
    returnReason: values.get('RTRN')?.split('/')[0] ?? null,
  };
}

/** Plain words; an IBAN among them with right check digits is the other party's when it is the only one. */
function plain(text: string): Pick<MtDetails, 'texts' | 'counterpartAccount'> {
  const found = (text.match(/\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b/g) ?? []).map(parseIban).filter((iban) => iban !== null);
  const [iban] = new Set(found);
  return { texts: nonEmpty([clean(text)]), counterpartAccount: new Set(found).size === 1 ? (iban ?? null) : null };
}

function reasonIn(text: string, code: string, addition: string | null): string | null {
  if (!code.endsWith(SWIFT_RETURN)) return null;
  const named = ISO_REASON.exec(text)?.[0] ?? null;
  return named ?? (addition === null || addition === '' ? SWIFT_RETURN : addition);
}

function reference(text: string | undefined): string | null {
  return text === undefined || text === '' || NO_REFERENCE.test(text) ? null : text;
}

/**
 * Puts lines together again. A full one was cut wherever it was full, so the next goes on without a blank; a short one
 * ended at a word. Where all but the last have one length they were cut to that.
 */
function joinLines(lines: readonly string[], full: number): string {
  const lengths = new Set(lines.slice(0, -1).map((line) => line.length));
  const [only = 0] = lengths;
  const isLastShorter = only >= (lines.at(-1)?.length ?? 0);
  const isCutEvenly = lines.length > 2 && lengths.size === 1 && isLastShorter && only >= EVEN_CUT_CHARS_MIN;
  let joined = '';
  for (const [index, line] of lines.entries()) {
    joined += line;
    const isLast = index === lines.length - 1;
    if (!isLast && !isCutEvenly && line.length < full) joined += ' ';
  }
  return joined;
}

function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function nonEmpty(texts: readonly string[]): string[] {
  return texts.filter((text) => text !== '');
}
