// Draws an invoice, a proforma or a credit note as a PDF: plain A4, text that can be extracted, and the same bytes for the same document.

import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { discountWords } from '../../domain/discount-terms.ts';
import { taxLabel, type DocumentKind, type InvoiceDocument, type InvoiceLine } from '../../domain/invoice-document.ts';
import { formatDecimal } from '../../domain/money.ts';
import { parseFont } from './parsed-font.ts';

type Pdf = InstanceType<typeof PDFDocument>;
type Align = 'left' | 'right';

/** What is drawn where: points from the top left of an A4 page (595.28 × 841.89). */
const PAGE = { width: 595.28, height: 841.89, left: 50, right: 545.28, top: 48, bottom: 770, footer: 790 } as const;
const CONTENT_WIDTH = PAGE.right - PAGE.left;
const SIZE = { body: 9, small: 7.5, sender: 15, title: 17, total: 11, smallest: 4 } as const;
const INK = { text: '#1a1f26', muted: '#5d6773', rule: '#c9d0d8', head: '#eef1f5', accent: '#1f4e79' } as const;
const LEADING = 1.32;
const CELL_PADDING = 4;
const ROW_PADDING = 4.5;
/** Payment request, account holder, IBAN and BIC with the space around them. */
const PAYMENT_HEIGHT = 90;
/** Address lines and facts drawn; more than that is no address. */
const BLOCK_LINES_MAX = 10;
/** Lines one description may fill, so that a row always fits on a page; a longer one ends with an ellipsis. */
const CELL_LINES_MAX = 40;

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: Align;
  readonly cell: (line: InvoiceLine, currency: string) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'Pos.', width: 28, align: 'left', cell: (line) => String(line.position) },
  { title: 'Item', width: 78, align: 'left', cell: (line) => line.itemNumber },
  { title: 'Description', width: 177.28, align: 'left', cell: (line) => line.description },
  { title: 'Quantity', width: 52, align: 'right', cell: (line) => line.quantity },
  { title: 'Unit price', width: 58, align: 'right', cell: (line) => line.unitPrice },
  { title: 'Tax', width: 40, align: 'right', cell: (line) => taxLabel(line) },
  { title: 'Net', width: 62, align: 'right', cell: (line, currency) => formatDecimal(line.netMinor, currency) },
];

interface Words {
  readonly title: string;
  readonly number: string;
  readonly date: string;
  /** What the customer is asked to do; `gross` is the total with its currency. */
  readonly request: (doc: InvoiceDocument, gross: string) => string;
}

const WORDS: Readonly<Record<DocumentKind, Words>> = {
  invoice: {
    title: 'Invoice',
    number: 'Invoice number',
    date: 'Invoice date',
    request: (doc, gross) =>
      doc.totals.grossMinor > 0
        ? `Please pay ${gross} by ${doc.dueOn} quoting ${doc.invoiceNumber}.`
        : 'There is nothing to pay on this invoice.',
  },
  proforma: {
    title: 'Proforma invoice',
    number: 'Reference',
    date: 'Date',
    request: (doc, gross) =>
      `Please pay ${gross} quoting ${doc.invoiceNumber}. We ship the goods once your payment has arrived, and send the invoice then: this is no tax invoice.`,
  },
  credit_note: {
    title: 'Credit note',
    number: 'Credit note number',
    date: 'Credit note date',
    request: (doc, gross) =>
      `We credit ${gross} to you${doc.correctsNumber === null || doc.correctsNumber === undefined ? '' : ` for invoice ${doc.correctsNumber}`}. There is nothing to pay.`,
  },
};

const require = createRequire(import.meta.url);
const fonts: { regular?: Buffer; bold?: Buffer } = {};

/** Draws the pages from top to bottom; `y` is where the next thing goes. */
interface Canvas {
  readonly pdf: Pdf;
  readonly doc: InvoiceDocument;
  y: number;
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly size?: number;
  readonly bold?: boolean;
  readonly align?: Align;
  readonly ink?: string;
}

/**
 * Renders a document whose figures `checkInvoiceDocument` has proved. Adds up nothing and rounds nothing.
 * @returns the PDF, byte for byte the same for the same document.
 */
export async function renderInvoicePdf(doc: InvoiceDocument): Promise<Buffer> {
  const pdf = new PDFDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    lang: 'en',
    info: {
      Title: titleOf(doc),
      Author: doc.legalEntity.name,
      Creator: 'Quittance',
      Producer: 'Quittance',
      // The document's ID is a hash of this block: the date of the invoice makes it the same at every rendering.
      CreationDate: new Date(`${doc.invoicedOn}T00:00:00Z`),
    },
  });
  const bytes = collect(pdf);
  const canvas: Canvas = { pdf, doc, y: PAGE.top };
  drawHead(canvas);
  drawLines(canvas);
  drawTotals(canvas);
  drawPayment(canvas);
  drawFooters(canvas);
  pdf.end();
  return await bytes;
}

function collect(pdf: Pdf): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('error', reject);
    pdf.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
  });
}

function drawHead(canvas: Canvas): void {
  const { pdf, doc } = canvas;
  const { legalEntity: sender, customer } = doc;
  const half = CONTENT_WIDTH / 2 - 10;
  write(pdf, fit(pdf, sender.name, { size: SIZE.sender, width: half, bold: true }), {
    ...{ x: PAGE.left, y: PAGE.top, width: half },
    ...{ size: SIZE.sender, bold: true, ink: INK.accent },
  });
  const contact = [...sender.addressLines, ...labelled('Tax no.', sender.taxNumber), ...labelled('', sender.email)];
  const contactEnd = drawBlock(pdf, contact, { x: PAGE.right - half, y: PAGE.top + 2, width: half, align: 'right' });
  const ruleY = Math.max(contactEnd, PAGE.top + 30) + 8;
  rule(pdf, ruleY, INK.accent);

  const top = ruleY + 26;
  const small = { size: SIZE.small, ink: INK.muted } as const;
  const returnLine = fit(pdf, [sender.name, ...sender.addressLines].join(' · '), { size: SIZE.small, width: half });
  write(pdf, returnLine, { x: PAGE.left, y: top, width: half, ...small });
  const recipient = [customer.name, ...customer.addressLines, ...labelled('Tax no.', customer.taxNumber)];
  const recipientEnd = drawBlock(pdf, recipient, { x: PAGE.left, y: top + 15, width: half, size: 10 });
  const factsEnd = drawFacts(canvas, top);

  canvas.y = Math.max(recipientEnd, factsEnd) + 26;
  const title = fit(pdf, titleOf(doc), { size: SIZE.title, width: CONTENT_WIDTH, bold: true });
  write(pdf, title, { x: PAGE.left, y: canvas.y, width: CONTENT_WIDTH, size: SIZE.title, bold: true });
  canvas.y += SIZE.title * LEADING + 10;
}

function drawFacts(canvas: Canvas, top: number): number {
  const { pdf, doc } = canvas;
  const words = WORDS[doc.kind];
  const days = doc.termsDays === 1 ? '1 day' : `${String(doc.termsDays)} days`;
  const terms = [
    ['Due date', doc.dueOn],
    ['Payment terms', doc.termsDays === 0 ? 'on receipt' : `net ${days}`],
    ['Discount', discountWords(doc.discountTerms ?? [], doc.invoicedOn)],
  ] as const;
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    [words.number, doc.invoiceNumber],
    [words.date, doc.invoicedOn],
    ...(doc.kind === 'invoice' ? terms : []),
    ['Invoice credited', doc.correctsNumber],
    ['Customer number', doc.customer.number],
    ['Our order', doc.orderNumber],
    ['Your order', doc.purchaseOrder],
    ['Shipment', doc.shipment?.reference],
    ['Shipped on', doc.shipment?.shippedOn],
  ];
  const x = PAGE.left + CONTENT_WIDTH / 2 + 10;
  const labelWidth = 92;
  const width = PAGE.right - x - labelWidth;
  let y = top;
  for (const [label, value] of facts) {
    if (value === null || value === undefined || value === '') continue;
    write(pdf, label, { x, y, width: labelWidth, ink: INK.muted });
    y = drawBlock(pdf, [value], { x: x + labelWidth, y, width, bold: label === words.number }) + 1;
  }
  return y;
}

function drawLines(canvas: Canvas): void {
  drawTableHead(canvas);
  for (const line of canvas.doc.lines) {
    const cells = COLUMNS.map((column) => layCell(canvas, column, line));
    const linesCount = Math.max(...cells.map((cell) => cell.length));
    const height = linesCount * SIZE.body * LEADING + 2 * ROW_PADDING;
    if (canvas.y + height > PAGE.bottom) {
      addPage(canvas);
      drawTableHead(canvas);
    }
    drawRow(canvas, cells);
    canvas.y += height;
    rule(canvas.pdf, canvas.y, INK.rule);
  }
}

function layCell(canvas: Canvas, column: Column, line: InvoiceLine): string[] {
  const text = oneLine(column.cell(line, canvas.doc.currency));
  // A figure is never broken over lines: it is drawn smaller instead.
  if (column.align === 'right') return [text];
  const lines = wrap(canvas.pdf, text, { width: column.width - 2 * CELL_PADDING, size: SIZE.body });
  return lines.length <= CELL_LINES_MAX ? lines : [...lines.slice(0, CELL_LINES_MAX - 1), '…'];
}

function drawRow(canvas: Canvas, cells: readonly (readonly string[])[]): void {
  let x = PAGE.left;
  for (const [index, column] of COLUMNS.entries()) {
    const width = column.width - 2 * CELL_PADDING;
    for (const [row, text] of (cells[index] ?? []).entries()) {
      const y = canvas.y + ROW_PADDING + row * SIZE.body * LEADING;
      write(canvas.pdf, text, { x: x + CELL_PADDING, y, width, align: column.align });
    }
    x += column.width;
  }
}

function drawTableHead(canvas: Canvas): void {
  const height = SIZE.body * LEADING + 2 * ROW_PADDING;
  canvas.pdf.rect(PAGE.left, canvas.y, CONTENT_WIDTH, height).fill(INK.head);
  let x = PAGE.left + CELL_PADDING;
  for (const column of COLUMNS) {
    const title = column.title === 'Net' ? `Net ${canvas.doc.currency}` : column.title;
    const width = column.width - 2 * CELL_PADDING;
    write(canvas.pdf, title, { x, y: canvas.y + ROW_PADDING, width, align: column.align, bold: true });
    x += column.width;
  }
  canvas.y += height;
}

function drawTotals(canvas: Canvas): void {
  const { pdf, doc } = canvas;
  const { currency, totals } = doc;
  const rowHeight = SIZE.body * LEADING + 4;
  // The payment request goes with the total it names, unless there are more tax rates than a page holds.
  const height = (totals.taxes.length + 2) * rowHeight + 30 + PAYMENT_HEIGHT;
  keepTogether(canvas, Math.min(height, PAGE.bottom - PAGE.top));
  canvas.y += 12;
  const rows = [
    ['Net total', formatDecimal(totals.netMinor, currency)] as const,
    ...totals.taxes.map(
      (tax) =>
        [
          `Tax ${taxLabel(tax)} on ${formatDecimal(tax.netMinor, currency)}`,
          formatDecimal(tax.taxMinor, currency),
        ] as const,
    ),
  ];
  for (const [label, amount] of rows) {
    keepTogether(canvas, rowHeight);
    drawTotalRow(canvas, label, amount);
    canvas.y += rowHeight;
  }
  keepTogether(canvas, 30);
  rule(pdf, canvas.y + 1, INK.accent, PAGE.left + CONTENT_WIDTH * 0.5);
  canvas.y += 7;
  drawTotalRow(canvas, 'Total', `${formatDecimal(totals.grossMinor, currency)} ${currency}`, true);
  canvas.y += SIZE.total * LEADING + 8;
}

function drawTotalRow(canvas: Canvas, label: string, amount: string, bold = false): void {
  const x = PAGE.left + CONTENT_WIDTH * 0.5;
  const half = CONTENT_WIDTH * 0.25;
  const size = bold ? SIZE.total : SIZE.body;
  const place = { y: canvas.y, bold, size };
  write(canvas.pdf, label, { ...place, x: x + CELL_PADDING, width: half + 20 });
  write(canvas.pdf, amount, { ...place, x: x + half + 24, width: half - 24 - CELL_PADDING, align: 'right' });
}

function drawPayment(canvas: Canvas): void {
  const { pdf, doc } = canvas;
  const gross = `${formatDecimal(doc.totals.grossMinor, doc.currency)} ${doc.currency}`;
  const request = WORDS[doc.kind].request(doc, gross);
  const bank = doc.kind === 'credit_note' ? null : doc.legalEntity.bank;
  const details =
    bank === null || bank === undefined
      ? []
      : [`Account holder: ${doc.legalEntity.name}`, `IBAN: ${groupFours(bank.iban)}`, ...labelled('BIC:', bank.bic)];
  keepTogether(canvas, PAYMENT_HEIGHT);
  canvas.y += 16;
  canvas.y = drawBlock(pdf, [request], { x: PAGE.left, y: canvas.y, width: CONTENT_WIDTH, bold: true }) + 4;
  canvas.y = drawBlock(pdf, details, { x: PAGE.left, y: canvas.y, width: CONTENT_WIDTH });
}

function drawFooters(canvas: Canvas): void {
  const { pdf, doc } = canvas;
  const { start, count } = pdf.bufferedPageRange();
  const { legalEntity: sender } = doc;
  const about = [sender.name, ...labelled('Tax no.', sender.taxNumber), ...labelled('', sender.email)].join(' · ');
  const third = CONTENT_WIDTH / 3;
  for (let index = 0; index < count; index += 1) {
    pdf.switchToPage(start + index);
    rule(pdf, PAGE.footer - 6, INK.rule);
    const place = { y: PAGE.footer, size: SIZE.small, ink: INK.muted };
    const page = `${titleOf(doc)} · Page ${String(index + 1)} of ${String(count)}`;
    const left = { ...place, x: PAGE.left, width: 2 * third - 10 };
    write(pdf, fit(pdf, about, left), left);
    write(pdf, page, { ...place, x: PAGE.right - third, width: third, align: 'right' });
  }
}

function titleOf(doc: InvoiceDocument): string {
  return `${WORDS[doc.kind].title} ${doc.invoiceNumber}`;
}

function addPage(canvas: Canvas): void {
  canvas.pdf.addPage();
  canvas.y = PAGE.top;
}

function keepTogether(canvas: Canvas, height: number): void {
  if (canvas.y + height > PAGE.bottom) addPage(canvas);
}

/** Draws short texts below each other, each wrapped to the width. @returns where the block ends. */
function drawBlock(pdf: Pdf, texts: readonly string[], place: TextPlace): number {
  const size = place.size ?? SIZE.body;
  const lines = texts.flatMap((text) => wrap(pdf, oneLine(text), { ...place, size }));
  let { y } = place;
  for (const line of lines.slice(0, BLOCK_LINES_MAX)) {
    write(pdf, line, { ...place, y });
    y += size * LEADING;
  }
  return y;
}

/** Draws one line of text, smaller when it would leave its place. */
function write(pdf: Pdf, text: string, place: TextPlace): void {
  const { x, width, align = 'left', bold = false, ink = INK.text } = place;
  const line = oneLine(text);
  const wanted = place.size ?? SIZE.body;
  setFont(pdf, wanted, bold);
  const natural = pdf.widthOfString(line);
  const size = natural <= width ? wanted : Math.max(SIZE.smallest, (wanted * width) / natural);
  const left = align === 'left' ? x : x + width - (natural * size) / wanted;
  const baselineShift = (wanted - size) * 0.75;
  pdf
    .fontSize(size)
    .fillColor(ink)
    .text(line, left, place.y + baselineShift, { lineBreak: false });
}

/** Cuts a text to its width, with an ellipsis. */
function fit(pdf: Pdf, text: string, options: { width: number; size: number; bold?: boolean }): string {
  setFont(pdf, options.size, options.bold ?? false);
  const line = oneLine(text);
  if (pdf.widthOfString(line) <= options.width) return line;
  const characters = Array.from(line);
  let end = characters.length;
  while (end > 1 && pdf.widthOfString(`${characters.slice(0, end).join('')}…`) > options.width) end -= 1;
  return `${characters.slice(0, end).join('').trimEnd()}…`;
}

/** Breaks a text into lines at spaces, and inside a word only where the word alone is too wide. */
function wrap(pdf: Pdf, text: string, options: { width: number; size: number; bold?: boolean }): string[] {
  setFont(pdf, options.size, options.bold ?? false);
  const fits = (line: string): boolean => pdf.widthOfString(line) <= options.width;
  if (fits(text)) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = fits(word) ? [word] : breakWord(word, fits);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return line === '' ? lines : [...lines, line];
}

function breakWord(word: string, fits: (text: string) => boolean): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && !fits(piece + character)) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

function setFont(pdf: Pdf, size: number, bold: boolean): void {
  const name = bold ? 'bold' : 'regular';
  const file = bold ? 'DejaVuSansCondensed-Bold.ttf' : 'DejaVuSansCondensed.ttf';
  fonts[name] ??= parseFont(require.resolve(`dejavu-fonts-ttf/ttf/${file}`));
  pdf.font(fonts[name], name, size);
}

function rule(pdf: Pdf, y: number, ink: string, from: number = PAGE.left): void {
  pdf.moveTo(from, y).lineTo(PAGE.right, y).lineWidth(0.6).strokeColor(ink).stroke();
}

function labelled(label: string, value: string | null | undefined): string[] {
  if (value === null || value === undefined || value === '') return [];
  return [label === '' ? value : `${label} ${value}`];
}

/** Shows an IBAN the way people read it out: groups of four. */
function groupFours(iban: string): string {
  return iban.replace(/\s+/g, '').replace(/(.{4})(?=.)/g, '$1 ');
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .normalize('NFC');
}
