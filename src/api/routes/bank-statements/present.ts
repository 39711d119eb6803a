// A bank file as answers show it: how far it is, why it was refused, what became of its lines.

import { z } from 'zod';
import type { Db } from '../../../database/client.ts';
import {
  bankFileById,
  linesByState,
  statementsOf,
  type BankFileRow,
  type BankStatementRow,
  type FileLineRow,
} from '../../../database/queries/bank-files.ts';
import { BANK_FILE_STATES, BANK_LINE_STATES, type BankLineState } from '../../../domain/bank-line.ts';
import { BANK_FILE_FORMATS, type TotalCheck } from '../../../domain/bank-files/types.ts';
import { formatDecimal } from '../../../domain/money.ts';
import { instant, isoDate, legalEntityId, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

/** Statements shown with a file; a file with more tells their lines in pages all the same. */
const STATEMENTS_SHOWN_MAX = 500;

type FileState = keyof typeof BANK_FILE_STATES;
export const fileStates = Object.keys(BANK_FILE_STATES) as [FileState, ...FileState[]];
export const lineStates = Object.keys(BANK_LINE_STATES) as [BankLineState, ...BankLineState[]];

const checkSchema = z
  .strictObject({
    what: z.string().meta({ examples: ['opening + booked = closing'] }),
    declared: z.string().meta({ description: 'What the file says: an amount in its currency, or a count.' }),
    found: z.string().meta({ description: 'What was read.' }),
    currency: z.string().nullable(),
    place: z.string(),
  })
  .meta({ id: 'BankFileCheck' });

const problemSchema = z
  .strictObject({
    code: z.string().meta({ description: '`bank_file.totals` may be accepted by a person, all others not.' }),
    text: z.string(),
    place: z.string().meta({ description: 'Where in the file: a line number, or the path of an element.' }),
    checks: z.array(checkSchema).meta({ description: 'Totals that do not hold, the first of them.' }),
  })
  .meta({ id: 'BankFileProblem' });

export const bankFileSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    name: z.string(),
    format: z.enum(BANK_FILE_FORMATS),
    mapping: z.string().nullable(),
    byteCount: z.int(),
    sha256: z.string(),
    state: z.enum(fileStates).meta({
      description:
        'received: stored. refused: nothing of it is visible. read: its lines are. done: each has its answer.',
    }),
    problem: problemSchema.nullable(),
    acceptedBy: z.string().nullable().meta({ description: 'Who took its totals on although they do not hold.' }),
    linesRead: z.int(),
    linesNew: z
      .int()
      .meta({ description: 'Lines that nobody had told before; the others were told by an earlier file.' }),
    linesDone: z.int().meta({ description: 'New lines that have their answer, posted or not.' }),
    createdBy: z.string(),
    createdAt: instant,
    changedAt: instant,
  })
  .meta({ id: 'BankFile' });

const statementSchema = z
  .strictObject({
    account: z.string(),
    currency: z.string(),
    statement: z.string().nullable().meta({ description: "The bank's own name of it." }),
    sequence: z.string().nullable(),
    opening: money.nullable(),
    openingOn: isoDate.nullable(),
    closing: money.nullable(),
    closingOn: isoDate.nullable(),
    lines: z.int(),
    isBalanced: z.boolean().meta({ description: 'Whether its totals hold; otherwise a person accepted it.' }),
  })
  .meta({ id: 'BankStatement' });

const count = z.int();
export const bankFileDetailSchema = bankFileSchema
  .extend({
    lines: z
      .strictObject({
        ...{ stored: count, open: count, applied: count, cleared: count, returned: count, duplicate: count },
        ignored: count,
      })
      .meta({ description: 'New lines by what became of them; those that are open wait for a person.' }),
    statements: z.array(statementSchema).meta({ description: `The first ${String(STATEMENTS_SHOWN_MAX)}.` }),
  })
  .meta({ id: 'BankFileDetail' });

export const fileLineSchema = z
  .strictObject({
    id: uuid,
    position: z.int().meta({ description: 'Its place among the lines of the file, from 1.' }),
    place: z.string(),
    account: z.string(),
    state: z.enum(lineStates),
    amount: money.meta({ description: 'More than zero: money in.' }),
    bookedOn: isoDate,
    valueOn: isoDate,
    counterpartName: z.string().nullable(),
    counterpartAccount: z.string().nullable(),
    texts: z.array(z.string()),
    structuredReferences: z.array(z.string()),
    reasons: z
      .array(z.strictObject({ code: z.string(), text: z.string() }))
      .meta({ description: 'Why a person is asked, or what became of it; the most important first.' }),
    payment: uuid.nullable().meta({ description: 'The payment that it brought, cleared or took back.' }),
    duplicateOf: uuid.nullable().meta({ description: "Another file's line of the same movement." }),
  })
  .meta({ id: 'BankFileLine' });

export function showBankFile(row: BankFileRow): z.infer<typeof bankFileSchema> {
  const { id, name, byteCount, sha256, state, acceptedBy, linesRead, linesNew, linesDone, createdBy, problem } = row;
  return {
    ...{ id, name, byteCount, sha256, state, acceptedBy, linesRead, linesNew, linesDone, createdBy },
    legalEntity: row.legalEntityId,
    format: formatOf(row.format),
    mapping: row.mappingName,
    problem: problem === null ? null : { ...problem, checks: problem.checks.map(showCheck) },
    createdAt: showInstant(row.createdAt),
    changedAt: showInstant(row.changedAt),
  };
}

function formatOf(text: string): (typeof BANK_FILE_FORMATS)[number] {
  const format = BANK_FILE_FORMATS.find((known) => known === text);
  if (format === undefined) throw new Error(`defect: ${text} is no format`);
  return format;
}

function showCheck({ what, declared, found, currency, place }: TotalCheck): z.infer<typeof checkSchema> {
  const figure = (value: number): string => (currency === null ? String(value) : formatDecimal(value, currency));
  return { what, declared: figure(declared), found: figure(found), currency, place };
}

/** The file with its statements and what became of its lines. */
export async function showDetail(db: Db, row: BankFileRow): Promise<z.infer<typeof bankFileDetailSchema>> {
  const states = await linesByState(db, row.id);
  const of = (state: BankLineState): number => states.get(state) ?? 0;
  return {
    ...showBankFile(row),
    lines: {
      ...{ stored: of('stored'), open: of('open'), applied: of('applied'), cleared: of('cleared') },
      ...{ returned: of('returned'), duplicate: of('duplicate'), ignored: of('ignored') },
    },
    statements: (await statementsOf(db, row.id, STATEMENTS_SHOWN_MAX)).map(showStatement),
  };
}

/** The file as it is now. @throws a defect when it is gone */
export async function detailOf(db: Db, fileId: string): Promise<z.infer<typeof bankFileDetailSchema>> {
  const row = await bankFileById(db, fileId);
  if (row === null) throw new Error('defect: a bank file that exists cannot be read');
  return showDetail(db, row);
}

function showStatement(row: BankStatementRow): z.infer<typeof statementSchema> {
  const { account, currency, sequence, openingOn, closingOn, isBalanced } = row;
  const amount = (minor: number | null): z.infer<typeof money> | null =>
    minor === null ? null : showMoney(minor, currency);
  return {
    ...{ account, currency, sequence, openingOn, closingOn, isBalanced },
    statement: row.statementId,
    opening: amount(row.openingMinor),
    closing: amount(row.closingMinor),
    lines: row.linesRead,
  };
}

export function showFileLine(row: FileLineRow): z.infer<typeof fileLineSchema> {
  const { id, position, place, account, bookedOn, valueOn, counterpartName, counterpartAccount } = row;
  return {
    ...{ id, position, place, account, bookedOn, valueOn, counterpartName, counterpartAccount },
    state: stateOf(row.state),
    amount: showMoney(row.amountMinor, row.currency),
    texts: [...row.texts],
    structuredReferences: [...row.structuredReferences],
    reasons: row.reasons.map(({ code, text }) => ({ code, text })),
    payment: row.paymentId,
    duplicateOf: row.duplicateOfId,
  };
}

function stateOf(text: string): BankLineState {
  const state = lineStates.find((known) => known === text);
  if (state === undefined) throw new Error(`defect: ${text} is no state of a bank line`);
  return state;
}
