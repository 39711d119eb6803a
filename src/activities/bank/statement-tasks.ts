// What people are asked about a bank file: one that was refused, a statement that is missing, lines that wait.

import { formatDecimal } from '../../domain/money.ts';
import type { Tx } from '../../database/client.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import { TOTALS, type BankFileRow, type FileProblem } from './bank-file-row.ts';

const DAY_MS = 86_400_000;
/** A refused file holds money up that nobody sees. */
const REFUSED_DEADLINE_MS = DAY_MS;
const GAP_DEADLINE_MS = 2 * DAY_MS;
const EXCEPTIONS_DEADLINE_MS = DAY_MS;

export const refusedTaskKey = (fileId: string): string => `statement_refused/${fileId}`;
export const gapTaskKey = (statementId: string): string => `statement_gap/${statementId}`;
export const exceptionsTaskKey = (fileId: string): string => `cash_exceptions/${fileId}`;

/** Asks somebody to look after a refused file; totals that do not hold may be accepted by whoever answers for the accounts. */
export async function askAboutRefusal(
  tx: Tx,
  file: BankFileRow,
  asked: { problem: FileProblem; now: number },
): Promise<void> {
  const { problem, now } = asked;
  const isTotals = problem.code === TOTALS;
  await openTask(tx, {
    legalEntityId: file.legalEntityId,
    key: refusedTaskKey(file.id),
    kind: 'statement_refused',
    ownerRole: isTotals ? 'treasurer' : 'cash_applier',
    // What a reader says of a file may repeat what stands in it; the file itself tells more.
    reason: isTotals
      ? `The ${file.format} file "${file.name}" was refused: ${problem.text}`
      : `The ${file.format} file "${file.name}" was refused (${problem.code}, ${problem.place}).`,
    endsWith: isTotals ? `POST /v1/bank-statements/${file.id}/acceptance` : ENDS_BY_HAND,
    deadlineAt: now + REFUSED_DEADLINE_MS,
  });
}

export interface Gap {
  readonly legalEntityId: string;
  readonly statementId: string;
  readonly account: string;
  readonly currency: string;
  readonly openingOn: string;
  readonly openingMinor: number;
  readonly closingOn: string;
  readonly closingMinor: number;
}

/** Asks somebody to get the statement between two that do not meet. */
export async function askAboutGap(tx: Tx, gap: Gap, now: number): Promise<void> {
  const { account, currency, openingMinor, closingMinor } = gap;
  const closed = `closed with ${formatDecimal(closingMinor, currency)} ${currency} on ${gap.closingOn}`;
  const opens = `opens with ${formatDecimal(openingMinor, currency)} ${currency} on ${gap.openingOn}`;
  await openTask(tx, {
    legalEntityId: gap.legalEntityId,
    key: gapTaskKey(gap.statementId),
    kind: 'statement_gap',
    ownerRole: 'treasurer',
    reason: `Account ${account} ${closed}, and the next statement ${opens}: one between them is missing.`,
    endsWith: ENDS_BY_HAND,
    deadlineAt: now + GAP_DEADLINE_MS,
  });
}

/** Asks somebody to decide on the lines of a file that wait. */
export async function askAboutLines(
  tx: Tx,
  file: BankFileRow,
  asked: { linesOpen: number; now: number },
): Promise<void> {
  const { linesOpen, now } = asked;
  await openTask(tx, {
    legalEntityId: file.legalEntityId,
    key: exceptionsTaskKey(file.id),
    kind: 'cash_exceptions',
    ownerRole: 'cash_applier',
    reason: `${String(linesOpen)} ${linesOpen === 1 ? 'line' : 'lines'} of the ${file.format} file "${file.name}" ${linesOpen === 1 ? 'waits' : 'wait'} for a person.`,
    endsWith: 'POST /v1/bank-lines/{line}/decision',
    deadlineAt: now + EXCEPTIONS_DEADLINE_MS,
  });
}
