// Makes a file that was read visible, in one transaction: its statements, its lines once each, what repeats another source, what is missing before it.

import { sql } from 'kysely';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import { engineActor } from '../cause.ts';
import type { BankFileRow } from './bank-file-row.ts';
import { markRepeated } from './repeated-lines.ts';
import { storable, type StagedFile } from './stage-file.ts';
import { askAboutGaps } from './statement-gaps.ts';
import { refusedTaskKey } from './statement-tasks.ts';

/** A million lines take their time; each statement alone has this long. */
const STATEMENT_TIMEOUT = '15min';

export interface Storing {
  readonly file: BankFileRow;
  readonly staged: StagedFile;
  /** Who took its totals on as they are; null when they hold. */
  readonly acceptance: { readonly actor: string; readonly noteId: string; readonly requestId: string } | null;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** Stores what was staged, for a locked file. @returns how many of its lines nobody had told before */
export async function storeFile(tx: Tx, storing: Storing): Promise<{ linesNew: number }> {
  const { file, staged } = storing;
  await sql`set local statement_timeout = ${sql.lit(STATEMENT_TIMEOUT)}`.execute(tx);
  await lockAccounts(tx, staged);
  await insertStatements(tx, file, staged);
  const linesNew = await insertLines(tx, file, staged.linesRead);
  await markRepeated(tx, file);
  await askAboutGaps(tx, storing);
  await sql`delete from bank_line_staging where file_id = ${file.id}`.execute(tx);
  await tellStored(tx, storing, linesNew);
  return { linesNew };
}

/** Files that tell of one account are stored one after the other, so that each sees what the other told. */
async function lockAccounts(tx: Tx, staged: StagedFile): Promise<void> {
  const ids = [...new Set(staged.statements.map(({ account }) => account.id))];
  await sql`select 1 from house_bank_account where id = any(${ids}::uuid[]) order by id for no key update`.execute(tx);
}

async function insertStatements(tx: Tx, file: BankFileRow, staged: StagedFile): Promise<void> {
  const rows = staged.statements.map(({ account, head, end, isBalanced }, index) => ({
    ...{ position: index + 1, accountId: account.id, currency: account.currency, isBalanced },
    ...{ statementId: textOrNull(head.statementId), sequence: textOrNull(head.sequence), linesRead: end.linesRead },
    ...{ openingMinor: end.opening?.amountMinor ?? null, openingOn: end.opening?.on ?? null },
    ...{ closingMinor: end.closing?.amountMinor ?? null, closingOn: end.closing?.on ?? null },
  }));
  await sql`insert into bank_statement (file_id, legal_entity_id, account_id, position, statement_id, sequence, currency, opening_minor,
      opening_on, closing_minor, closing_on, lines_read, is_balanced)
    select ${file.id}, ${file.legalEntityId}, s."accountId", s.position, s."statementId", s.sequence, s.currency, s."openingMinor",
      s."openingOn", s."closingMinor", s."closingOn", s."linesRead", s."isBalanced"
    from json_to_recordset(${JSON.stringify(rows)}::json) as s("accountId" uuid, position integer, "statementId" text, sequence text, currency text,
      "openingMinor" bigint, "openingOn" date, "closingMinor" bigint, "closingOn" date, "linesRead" integer, "isBalanced" boolean)`.execute(
    tx,
  );
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : storable(text);
}

/** Moves the staged lines: equal ones of an account's day are numbered, and what its source told before stays as it is. */
async function insertLines(tx: Tx, file: BankFileRow, linesRead: number): Promise<number> {
  const { rows: counted } = await sql<{ count: number }>`select count(*) as count from bank_line_staging
    where file_id = ${file.id}`.execute(tx);
  // Another attempt, thought dead, may still write: then neither is whole.
  if (counted[0]?.count !== linesRead) throw new Error('Two attempts read the file at once; the next one begins anew.');
  const { numAffectedRows } = await sql`
    insert into bank_line (legal_entity_id, account_id, statement_id, file_id, position, source, identity, amount_minor, currency, booked_on,
      value_on, is_reversal, return_reason, bank_reference, end_to_end_id, trace, transaction_code, counterpart_name, counterpart_account,
      texts, structured_references, remittance, instructed, charges_minor, batch, place, state, reasons, decided_at)
    select ${file.legalEntityId}, s.account_id, s.id, ${file.id}, l.position, ${file.format},
      l.base || '#' || row_number() over (partition by s.account_id, l.base order by l.position), l."amountMinor", l.currency, l."bookedOn",
      l."valueOn", l."isReversal", l."returnReason", l."bankReference", l."endToEndId", l.trace, l."transactionCode", l."counterpartName",
      l."counterpartAccount", array(select jsonb_array_elements_text(l.texts)), array(select jsonb_array_elements_text(l."structuredReferences")),
      l.remittance, nullif(l.instructed, 'null'::jsonb), l."chargesMinor", l.batch, l.place,
      case l.status when 'booked' then 'stored' else 'ignored' end,
      case l.status when 'booked' then '[]' when 'pending' then ${reason('pending', 'It is not booked yet.')}
        else ${reason('information', 'The bank only tells it; it moves no money.')} end::jsonb,
      case l.status when 'booked' then null else clock_timestamp() end
    from (select g.statement_position, g.position, b.* from bank_line_staging g,
        jsonb_to_record(g.body) as b(base text, "amountMinor" bigint, currency text, "bookedOn" date, "valueOn" date, status text,
          "isReversal" boolean, "returnReason" text, "bankReference" text, "endToEndId" text, trace text, "transactionCode" text,
          "counterpartName" text, "counterpartAccount" text, texts jsonb, "structuredReferences" jsonb, remittance jsonb,
          instructed jsonb, "chargesMinor" bigint, batch text, place text)
      where g.file_id = ${file.id}) l
    join bank_statement s on s.file_id = ${file.id} and s.position = l.statement_position
    order by l.position
    on conflict (account_id, source, identity) do nothing`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

function reason(code: string, text: string): string {
  return JSON.stringify([{ code, text }]);
}

async function tellStored(tx: Tx, { file, staged, acceptance, now }: Storing, linesNew: number): Promise<void> {
  await sql`update bank_file set state = 'read', lines_read = ${staged.linesRead}, lines_new = ${linesNew},
      lines_done = (select count(*) from bank_line where file_id = ${file.id} and state <> 'stored'),
      problem = case when ${acceptance !== null} then problem end,
      accepted_by = ${acceptance?.actor ?? null}, accept_note_id = ${acceptance?.noteId ?? null}::uuid, changed_at = clock_timestamp()
    where id = ${file.id}`.execute(tx);
  const { rows } = await sql<{ id: string }>`select id from bank_file where legal_entity_id = ${file.legalEntityId}
    and sha256 = ${file.sha256} and (state = 'refused' or id = ${file.id})`.execute(tx);
  const keys = rows.map(({ id }) => refusedTaskKey(id));
  const doneBy = acceptance?.actor ?? engineActor();
  await closeTasks(tx, { legalEntityId: file.legalEntityId, keys, doneBy });
  const repeated = staged.linesRead - linesNew;
  await writeAudit(tx, {
    legalEntityId: file.legalEntityId,
    actor: doneBy,
    action: acceptance === null ? 'statement.read' : 'statement.accepted',
    subject: file.id,
    because:
      acceptance === null
        ? 'Everything was read, and its totals hold.'
        : 'A person took its totals on, which do not hold.',
    details: { linesRead: staged.linesRead, linesNew, repeated, failedChecks: staged.failedCount },
    businessAt: now,
    requestId: acceptance?.requestId ?? null,
  });
}
