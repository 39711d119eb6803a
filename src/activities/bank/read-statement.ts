// Reads a bank file and makes it visible, or refuses it whole with the reason and the place.

import { formatDecimal } from '../../domain/money.ts';
import { BankFileError, type TotalCheck } from '../../domain/bank-files/types.ts';
import { sql } from 'kysely';
import type { Db } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { Request } from '../../workflows/messages.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { withHeartbeat } from '../mail/heartbeat.ts';
import { bankFile, lockBankFile, TOTALS, type BankFileRow, type FileProblem } from './bank-file-row.ts';
import { stageFile, type StagedFile } from './stage-file.ts';
import { askAboutRefusal } from './statement-tasks.ts';
import { storeFile } from './store-file.ts';

export interface ReadStatement {
  readonly state: 'read' | 'refused';
  readonly linesNew: number;
}

export interface ReadStatementInput {
  readonly fileId: string;
  readonly acceptance?: Request & { readonly noteId: string };
  readonly now: number;
}

const REFUSED: ReadStatement = { state: 'refused', linesNew: 0 };
/** Failed totals that the text names; the file shows more. */
const FAILED_NAMED_MAX = 3;

/** What was read or refused before stays so; only an acceptance has a refused file read again. */
export async function readStatement({ db }: Dependencies, input: ReadStatementInput): Promise<ReadStatement> {
  const file = await bankFile(db, input.fileId);
  if (file.state === 'read' || file.state === 'done') return { state: 'read', linesNew: file.linesNew };
  if (file.state === 'refused' && !(await mayAccept(db, file, input))) return REFUSED;
  return withHeartbeat(async () => {
    const staged = await stageOrRefuse(db, file, input.now);
    if (staged === null) return REFUSED;
    if (staged.failedCount > 0 && input.acceptance === undefined) {
      await refuse(db, file, { problem: totalsProblem(staged), now: input.now });
      return REFUSED;
    }
    return store(db, staged, input);
  });
}

/** Two people: whoever sent a file does not accept it. Only figures are accepted, and not while the same bytes were sent again. */
async function mayAccept(db: Db, file: BankFileRow, { acceptance, now }: ReadStatementInput): Promise<boolean> {
  if (acceptance === undefined || file.problem?.code !== TOTALS) return false;
  const { rows } = await sql<{ id: string }>`select id from bank_file
    where legal_entity_id = ${file.legalEntityId} and sha256 = ${file.sha256} and state <> 'refused'`.execute(db);
  const because =
    file.createdBy === acceptance.actor
      ? 'Whoever sent the file does not accept it.'
      : rows.length > 0
        ? 'The same file was sent again and taken.'
        : null;
  if (because === null) return true;
  await db.transaction().execute((tx) =>
    writeAudit(tx, {
      ...{ legalEntityId: file.legalEntityId, actor: acceptance.actor, action: 'statement.acceptance_refused' },
      ...{ subject: file.id, because, businessAt: now, requestId: acceptance.requestId },
    }),
  );
  return false;
}

async function stageOrRefuse(db: Db, file: BankFileRow, now: number): Promise<StagedFile | null> {
  try {
    return await stageFile(db, file, now);
  } catch (error) {
    if (!(error instanceof BankFileError)) throw error;
    const { code, place, message } = error;
    // The message begins with the place, which stands by itself.
    const text = message.slice(place.length + 2);
    await refuse(db, file, { problem: { code, place, text, checks: [] }, now });
    return null;
  }
}

async function store(
  db: Db,
  staged: StagedFile,
  { fileId, acceptance, now }: ReadStatementInput,
): Promise<ReadStatement> {
  return db.transaction().execute(async (tx) => {
    const file = await lockBankFile(tx, fileId);
    // Another attempt, thought dead, was quicker.
    if (file.state === 'read' || file.state === 'done') return { state: 'read', linesNew: file.linesNew };
    const accepted = staged.failedCount > 0 ? (acceptance ?? null) : null;
    const { linesNew } = await storeFile(tx, { file, staged, acceptance: accepted, now });
    return { state: 'read', linesNew };
  });
}

async function refuse(db: Db, { id }: BankFileRow, why: { problem: FileProblem; now: number }): Promise<void> {
  const { problem, now } = why;
  await db.transaction().execute(async (tx) => {
    const file = await lockBankFile(tx, id);
    if (file.state === 'read' || file.state === 'done') return;
    await sql`update bank_file set state = 'refused', problem = ${JSON.stringify(problem)}::jsonb, changed_at = clock_timestamp()
      where id = ${id}`.execute(tx);
    await sql`delete from bank_line_staging where file_id = ${id}`.execute(tx);
    await askAboutRefusal(tx, file, why);
    await writeAudit(tx, {
      ...{ legalEntityId: file.legalEntityId, actor: engineActor(), action: 'statement.refused', subject: id },
      ...{ because: `Refused: ${problem.code} at ${problem.place}.`, businessAt: now },
    });
  });
}

function totalsProblem({ failed, failedCount }: StagedFile): FileProblem {
  const named = failed.slice(0, FAILED_NAMED_MAX).map(shown).join('; ');
  const more = failedCount > FAILED_NAMED_MAX ? ` and ${String(failedCount - FAILED_NAMED_MAX)} more` : '';
  return {
    code: TOTALS,
    place: failed[0]?.place ?? 'whole file',
    text: `Totals in the file do not hold: ${named}${more}.`,
    checks: failed,
  };
}

function shown({ what, declared, found, currency, place }: TotalCheck): string {
  const figure = (value: number): string =>
    currency === null ? String(value) : `${formatDecimal(value, currency)} ${currency}`;
  return `${what}: the file says ${figure(declared)}, and what was read makes ${figure(found)} (${place})`;
}
