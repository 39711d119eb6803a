// Turns a pilot's result into the text a person reads: how the file was read, the figures, and what the engine did.

import { formatDecimal } from '../money.ts';
import { COLUMN_FIELDS, type ColumnField } from './column-names.ts';
import { touchlessShare } from './pilot-json.ts';
import type { PilotResult } from './pilot-result.ts';
import type { ReadingReport } from './read-history.ts';
import { AGEING_BUCKETS, type ReceivablesFigures } from './receivables-figures.ts';
import { textTable, withThousands } from './text-table.ts';

/** Rejected rows and differences shown one by one; the rest is counted. */
const linesShownMax = 20;

/** @returns the whole report, lines separated by line feeds, without one at the end. */
export function pilotReport(result: PilotResult): string {
  const sections = [
    [title(result)],
    readingSection(result.reading),
    ...result.asOf.map((figures) => figuresSection(figures, result.currency)),
    workSection(result),
    differencesSection(result),
    timeSection(result),
  ];
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

function title(result: PilotResult): string {
  const how = result.mode === 'dry' ? 'dry run: decisions only, no engine, no ledger' : 'replayed through the engine';
  return `Pilot of ${result.file} (${how})`;
}

const FIELD_WORDS: Readonly<Record<ColumnField, string>> = {
  invoice: 'Invoice number',
  customer: 'Customer',
  date: 'Invoice date',
  due: 'Due date',
  terms: 'Terms in days',
  amount: 'Amount',
  settled: 'Settled date',
  disputed: 'Disputed',
  country: 'Country',
  currency: 'Currency',
};

/** How the file was read: columns, formats, accepted and rejected rows. Also shown alone before a long replay. */
export function readingSection(reading: ReadingReport): string[] {
  const rows = COLUMN_FIELDS.map((field) => {
    const column = reading.columns[field];
    if (column === null) return [`  ${FIELD_WORDS[field]}`, '-', ''];
    const date = field === 'date' || field === 'due' || field === 'settled' ? reading.dateFormats[field] : undefined;
    return [`  ${FIELD_WORDS[field]}`, column, date ?? (field === 'amount' ? reading.decimalFormat : '')];
  });
  const totals = Object.entries(reading.accepted.amountByCurrency)
    .map(([currency, amount]) => `${withThousands(amount)} ${currency}`)
    .join(', ');
  const unused = reading.unusedColumns.length === 0 ? [] : [`  Not used: ${reading.unusedColumns.join(', ')}`];
  const openOnly =
    reading.columns.settled === null
      ? ['  No settled date: every invoice counts as open. If a column has it: --map settled=ColumnName']
      : [];
  return [
    'How the file was read',
    ...textTable([['  Field', 'Column', 'Format'], ...rows]),
    ...unused,
    ...openOnly,
    `  ${counted(reading.rowsRead, 'row')} read, ${String(reading.accepted.count)} accepted (${totals}), ${String(reading.rejected.length)} rejected`,
    ...reading.rejected
      .slice(0, linesShownMax)
      .map((row) => `    line ${String(row.line)}: ${row.reason} (${row.code})`),
    ...andMore(reading.rejected.length),
  ];
}

function andMore(count: number): string[] {
  return count > linesShownMax ? [`    … and ${String(count - linesShownMax)} more`] : [];
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function figuresSection(figures: ReceivablesFigures, currency: string): string[] {
  const money = (minor: number): string => withThousands(formatDecimal(minor, currency));
  const ageing = AGEING_BUCKETS.map((bucket) => [
    `  ${bucket === 'current' ? 'current' : `${bucket} days overdue`}`,
    String(figures.ageing[bucket].count),
    money(figures.ageing[bucket].amountMinor),
  ]);
  const { window } = figures;
  return [
    `Receivables at the end of ${figures.date}`,
    ...textTable(
      [
        ['  By due date', 'Items', currency],
        ...ageing,
        ['  open', String(figures.open.count), money(figures.open.amountMinor)],
      ],
      [1, 2],
    ),
    `  Over ${window.from} to ${figures.date} (${counted(window.days, 'day')}, sales ${money(window.salesMinor)} ${currency}):`,
    ...textTable(
      [
        ['  DSO', inDays(figures.dso), 'open ÷ sales × days'],
        ['  Best possible DSO', inDays(figures.bestPossibleDso), 'not overdue ÷ sales × days'],
        ['  ADD', inDays(figures.add), 'DSO − best possible DSO'],
        ['  Countback DSO', inDays(figures.countbackDso), 'open used up by the latest sales, month by month'],
        [
          '  CEI',
          figures.cei === null ? '-' : `${figures.cei.toFixed(2)} %   `,
          'collected of what could be collected',
        ],
      ],
      [1],
    ),
  ];
}

function inDays(days: number | null): string {
  return days === null ? '-' : `${days.toFixed(2)} days`;
}

function workSection(result: PilotResult): string[] {
  const { letters } = result;
  const share = touchlessShare(result.touchless);
  const percent = share === null ? '-' : `${(share * 100).toFixed(2)} %`;
  return [
    'What the policy would have done',
    ...textTable(
      [
        ['  Friendly notices', String(letters.notice)],
        ['  First reminders', String(letters.reminder1)],
        ['  Second reminders', String(letters.reminder2)],
        ['  Third reminders', String(letters.reminder3)],
        ['  Tasks for people', String(result.tasks)],
        ['  Touchless', percent, `${String(result.touchless.count)} of ${counted(result.touchless.of, 'invoice')}`],
      ],
      [1],
    ),
    ...result.calendarFallback.map(
      (each) =>
        `  No calendar for country ${each.country}: the legal entity's was taken for ${counted(each.invoices, 'invoice')}`,
    ),
  ];
}

function differencesSection(result: PilotResult): string[] {
  if (result.mode === 'dry') return ['Ledger against file', '  not compared in a dry run'];
  const count = result.differences.length;
  const compared = `open amount of every customer on ${counted(result.comparedOn.length, 'day')} (month ends and as-of dates)`;
  if (count === 0) return ['Ledger against file', `  ${compared}: no difference`];
  const money = (minor: number): string => withThousands(formatDecimal(minor, result.currency));
  const rows = result.differences
    .slice(0, linesShownMax)
    .map((each) => [`    ${each.date}`, each.customer, money(each.ledgerMinor), money(each.fileMinor)]);
  return [
    'Ledger against file',
    `  ${compared}: ${counted(count, 'difference')}`,
    ...textTable([['    Date', 'Customer', `Ledger ${result.currency}`, `File ${result.currency}`], ...rows], [2, 3]),
    ...andMore(count),
  ];
}

function timeSection(result: PilotResult): string[] {
  const rows = result.timings.map((each) => [`  ${each.what}`, `${each.seconds.toFixed(1)} s`]);
  return ['Where the time went', ...textTable([...rows, ['  all', `${result.seconds.toFixed(1)} s`]], [1])];
}
