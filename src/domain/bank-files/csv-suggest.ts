// Guesses a mapping from the head of a CSV file, by the words banks use in their header lines. A person confirms it before it is used.

import type { CsvAmount, CsvColumns, CsvMapping } from './csv-mapping.ts';
import { cellsOfLine, columnKey, CSV_SEPARATORS } from './csv-table.ts';

/** What the head of a file lets guess, and what a person has to add. */
export interface MappingProposal {
  readonly mapping: Partial<CsvMapping>;
  readonly missing: readonly (keyof CsvMapping | 'amount column' | 'booking date column')[];
}

type Meaning =
  | 'account'
  | 'currency'
  | 'bookedOn'
  | 'valueOn'
  | 'amount'
  | 'debit'
  | 'credit'
  | 'mark'
  | 'name'
  | 'nameAccount'
  | 'text'
  | 'structured'
  | 'bankReference'
  | 'endToEnd'
  | 'code'
  | 'balance';

/** Header words in English, German, French, Spanish, Italian and Dutch; the whole cell must be the word. */
const WORDS: Readonly<Record<Meaning, string>> = {
  account:
    'account|account number|iban account|own account|auftragskonto|konto|kontonummer|iban auftragskonto|compte|numéro de compte|cuenta|número de cuenta|conto|numero conto|rekening|rekeningnummer|iban/bban',
  currency: 'currency|ccy|währung|waehrung|devise|divisa|moneda|valuta|munt|muntsoort',
  bookedOn:
    'date|booking date|posting date|transaction date|posted|post date|buchungstag|buchungsdatum|buchung|datum|date de comptabilisation|date comptable|date opération|date operation|fecha|fecha operación|fecha operacion|fecha contable|data|data contabile|data operazione|data registrazione|boekdatum|boekingsdatum|transactiedatum',
  valueOn:
    'value date|valuta date|valuta|valutadatum|wertstellung|wertstellungsdatum|date de valeur|date valeur|fecha valor|data valuta|rentedatum',
  amount: 'amount|transaction amount|betrag|umsatz|betrag (eur)|betrag in eur|montant|importe|importo|bedrag',
  debit:
    'debit|debit amount|withdrawal|withdrawals|paid out|money out|soll|belastung|débit|débits|cargo|cargos|debe|dare|uscite|addebiti|af',
  credit:
    'credit|credit amount|deposit|deposits|paid in|money in|haben|gutschrift|crédit|crédits|abono|abonos|haber|avere|entrate|accrediti|bij',
  mark: 'dr/cr|cr/dr|debit/credit|credit/debit|type|soll/haben|s/h|af bij|af/bij|sens|segno|d/c',
  name: 'name|payee|payer|counterparty|counterparty name|beneficiary|beguenstigter/zahlungspflichtiger|begünstigter/zahlungspflichtiger|auftraggeber/empfänger|auftraggeber / begünstigter|name zahlungsbeteiligter|zahlungsempfänger*in|zahlungspflichtige*r|tiers|nom|contrepartie|nombre|ordenante|beneficiario|controparte|ordinante|naam tegenpartij|naam|naam / omschrijving',
  nameAccount:
    'counterparty account|counterparty iban|payer account|kontonummer/iban|iban zahlungsbeteiligter|gegenkonto|iban contrepartie|compte contrepartie|cuenta contraparte|iban controparte|tegenrekening|tegenrekening iban/bban',
  text: 'description|details|memo|narrative|remittance|remittance information|reference text|verwendungszweck|buchungstext|text|libellé|libelle|motif|concepto|descripción|descripcion|causale|descrizione|omschrijving|omschrijving-1|mededelingen',
  structured:
    'structured reference|creditor reference|strukturierte referenz|referenznummer|qr-referenz|référence structurée|betalingskenmerk',
  bankReference:
    'bank reference|transaction id|transaction reference|bankreferenz|transaktions-id|transactiereferentie|volgnr|référence banque',
  endToEnd:
    'end to end id|end-to-end id|end to end reference|kundenreferenz (end-to-end)|kundenreferenz|customer reference',
  code: 'transaction code|transaction type|code|buchungsschlüssel|gvc|umsatzart',
  balance: 'balance|running balance|saldo|saldo nach buchung|solde|saldo na mutatie|saldo na trn',
};

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  (Object.keys(WORDS) as Meaning[]).flatMap((meaning) =>
    WORDS[meaning].split('|').map((word) => [word, meaning] as const),
  ),
);
const LINES_MAX = 100;
const LINE_CHARS_MAX = 4_000;
const SAMPLE_ROWS_MAX = 20;
/** A line is taken for the header with so many known words at least. */
const KNOWN_WORDS_MIN = 2;
const DEBIT_WORDS = ['D', 'DR', 'DBIT', 'Debit', 'S', 'Soll', 'Af', 'Débit', '-'];
const CREDIT_WORDS = ['C', 'CR', 'CRDT', 'Credit', 'H', 'Haben', 'Bij', 'Crédit', '+'];

interface Header {
  readonly separator: CsvMapping['separator'];
  readonly names: readonly string[];
  readonly byMeaning: ReadonlyMap<Meaning, readonly string[]>;
  readonly rows: readonly (readonly string[])[];
}

/**
 * Proposes a mapping for a file from its first lines. It is a proposal: a person looks at it and saves it; no reader uses it by
 * itself. Null when no line looks like a header.
 * @param head the first lines of the file, decoded.
 */
export function suggestMapping(head: string): MappingProposal | null {
  const header = findHeader(head);
  if (header === null) return null;
  const one = (meaning: Meaning): string | null => header.byMeaning.get(meaning)?.[0] ?? null;
  const bookedOn = one('bookedOn') ?? one('valueOn');
  const amount = suggestAmount(header);
  const [account, currency, balance] = [one('account'), one('currency'), one('balance')];
  const mapping: Partial<CsvMapping> = {
    separator: header.separator,
    quote: '"',
    encoding: 'auto',
    header: { kind: 'find' },
    trailerLines: 0,
    ...suggestForms(header),
    ...(account === null ? {} : { account: { column: account } }),
    ...(currency === null ? {} : { currency: { column: currency } }),
    ...(amount === null ? {} : { amount }),
    ...(bookedOn === null ? {} : { columns: suggestColumns(header, bookedOn) }),
    ...(balance === null ? {} : { balance: { column: balance, order: suggestOrder(header, bookedOn) } }),
    pending: null,
    openingLabel: null,
    closingLabel: null,
  };
  const missing: MappingProposal['missing'][number][] = [];
  if (account === null) missing.push('account');
  if (currency === null) missing.push('currency');
  if (amount === null) missing.push('amount column');
  if (bookedOn === null) missing.push('booking date column');
  return { mapping, missing };
}

function findHeader(head: string): Header | null {
  const lines = head.split(/\r\n|\r|\n/, LINES_MAX).map((line) => line.slice(0, LINE_CHARS_MAX));
  let best: Header | null = null;
  let bestKnown = KNOWN_WORDS_MIN - 1;
  for (const [index, line] of lines.entries()) {
    for (const separator of CSV_SEPARATORS) {
      const names = cellsOf(line, separator);
      const byMeaning = meaningsOf(names);
      const known = [...byMeaning.values()].flat().length;
      if (known <= bestKnown) continue;
      bestKnown = known;
      const rows = lines.slice(index + 1, index + 1 + SAMPLE_ROWS_MAX).filter((row) => row.trim() !== '');
      best = { separator, names, byMeaning, rows: rows.map((row) => cellsOf(row, separator)) };
    }
  }
  return best;
}

function cellsOf(line: string, separator: CsvMapping['separator']): string[] {
  return cellsOfLine(line, { separator, quote: '"' }).map((cell) => cell.trim());
}

function meaningsOf(names: readonly string[]): Map<Meaning, string[]> {
  const found = new Map<Meaning, string[]>();
  for (const name of names) {
    const meaning = MEANINGS.get(columnKey(name));
    if (meaning !== undefined) found.set(meaning, [...(found.get(meaning) ?? []), name]);
  }
  return found;
}

function suggestAmount(header: Header): CsvAmount | null {
  const one = (meaning: Meaning): string | null => header.byMeaning.get(meaning)?.[0] ?? null;
  const [column, debit, credit, mark] = [one('amount'), one('debit'), one('credit'), one('mark')];
  if (debit !== null && credit !== null) return { kind: 'two_columns', debit, credit };
  if (column === null) return null;
  const known = new Set([...DEBIT_WORDS, ...CREDIT_WORDS].map(columnKey));
  const marks = mark === null ? [] : samplesOf(header, mark).map(columnKey);
  if (mark === null || marks.length === 0 || !marks.every((word) => known.has(word))) return { kind: 'signed', column };
  return { kind: 'marked', column, mark, debitWords: DEBIT_WORDS, creditWords: CREDIT_WORDS };
}

function suggestColumns(header: Header, bookedOn: string): CsvColumns {
  const one = (meaning: Meaning): string | null => header.byMeaning.get(meaning)?.[0] ?? null;
  return {
    bookedOn,
    valueOn: one('valueOn'),
    counterpartName: one('name'),
    counterpartAccount: one('nameAccount'),
    texts: [...(header.byMeaning.get('text') ?? [])],
    structuredReference: one('structured'),
    bankReference: one('bankReference'),
    endToEndId: one('endToEnd'),
    trace: null,
    transactionCode: one('code'),
  };
}

function samplesOf(header: Header, name: string): string[] {
  const at = header.names.indexOf(name);
  return header.rows.map((row) => row[at] ?? '').filter((cell) => cell !== '');
}

/** The marks of amounts and the order of dates that fit the rows under the header. */
function suggestForms(
  header: Header,
): Pick<CsvMapping, 'decimalMark' | 'thousandsMark' | 'dateOrder' | 'dateSeparator'> {
  const one = (meaning: Meaning): string[] => samplesOf(header, header.byMeaning.get(meaning)?.[0] ?? '');
  const amounts = (['amount', 'debit', 'credit', 'balance'] as const).flatMap(one);
  const commas = amounts.filter((amount) => /,\d{2}\D*$/.test(amount)).length;
  const points = amounts.filter((amount) => /\.\d{2}\D*$/.test(amount)).length;
  const decimalMark = commas > points || (commas === points && header.separator === ';') ? ',' : '.';
  const marks = decimalMark === ',' ? (['.', ' ', "'"] as const) : ([',', "'", ' '] as const);
  const thousandsMark = marks.find((mark) =>
    amounts.some((amount) => amount.includes(mark) && isGroupedBy(amount, mark)),
  );
  return {
    decimalMark,
    thousandsMark: thousandsMark ?? null,
    ...suggestDates([...one('bookedOn'), ...one('valueOn')]),
  };
}

function isGroupedBy(amount: string, mark: string): boolean {
  return amount
    .split(mark)
    .slice(1)
    .every((group) => /^\d{3}/.test(group));
}

function suggestDates(dates: readonly string[]): Pick<CsvMapping, 'dateOrder' | 'dateSeparator'> {
  const sample = dates.find((date) => /\d/.test(date)) ?? '';
  const dateSeparator = (['-', '/', '.'] as const).find((mark) => sample.includes(mark)) ?? '';
  if (dateSeparator === '') return { dateOrder: 'YMD', dateSeparator };
  const parts = dates.map((date) => date.split(dateSeparator));
  if (parts.some(([first = '']) => first.length === 4)) return { dateOrder: 'YMD', dateSeparator };
  // A second part over 12 can only be a day; with points or dashes the day comes first in every country that writes so.
  const isMonthFirst = parts.some(([, second = '']) => Number(second) > 12);
  return { dateOrder: isMonthFirst ? 'MDY' : 'DMY', dateSeparator };
}

function suggestOrder(header: Header, bookedOn: string | null): 'ascending' | 'descending' {
  if (bookedOn === null) return 'ascending';
  const { dateOrder, dateSeparator } = suggestDates(samplesOf(header, bookedOn));
  const keys = samplesOf(header, bookedOn).map((date) => {
    const parts = dateSeparator === '' ? [date] : date.slice(0, 10).split(dateSeparator);
    const [first = '', second = '', third = ''] = parts;
    if (dateOrder === 'YMD') return parts.join('');
    return dateOrder === 'DMY' ? third + second + first : third + first + second;
  });
  const [first = '', last = ''] = [keys[0], keys.at(-1)];
  return first > last ? 'descending' : 'ascending';
}
