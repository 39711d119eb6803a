// Lines of a file that tell what another source told before: marked so, or given to a person where nobody can be sure.

import { sql } from 'kysely';
import { sameMovements, type ToldLine } from '../../domain/same-movement.ts';
import type { Tx } from '../../database/client.ts';
import type { BankFileRow } from './bank-file-row.ts';

interface Day {
  readonly accountId: string;
  readonly bookedOn: string;
}

const TOLD =
  sql.raw(`l.id, row_number() over (order by l.created_at, l.file_id, l.position)::integer as position, l.amount_minor as "amountMinor",
  l.end_to_end_id as "endToEndId", l.trace, l.bank_reference as "bankReference", l.texts, l.structured_references as "structuredReferences",
  l.statement_id || '/' || l.batch as batch`);

/** Lines that never were a movement. */
const IS_MOVEMENT = sql.raw(`l.identity !~ '^(pending|information):'`);

/** Compares the file's new lines, day by day, with what other sources told of the same accounts. The accounts are locked. */
export async function markRepeated(tx: Tx, file: BankFileRow): Promise<void> {
  const { rows: days } = await sql<Day>`
    select d.account_id as "accountId", d.booked_on as "bookedOn"
    from (select distinct account_id, booked_on from bank_line where file_id = ${file.id} and state = 'stored') d
    where exists (select from bank_line l where l.account_id = d.account_id and l.booked_on = d.booked_on and l.source <> ${file.format}
      and l.state <> 'duplicate' and ${IS_MOVEMENT})
    order by 1, 2`.execute(tx);
  for (const day of days) await markDay(tx, file, day);
}

async function markDay(tx: Tx, file: BankFileRow, { accountId, bookedOn }: Day): Promise<void> {
  const { rows: fresh } = await sql<ToldLine>`select ${TOLD} from bank_line l
    where l.account_id = ${accountId} and l.booked_on = ${bookedOn}::date and l.file_id = ${file.id} and l.state = 'stored'`.execute(
    tx,
  );
  const { rows: told } = await sql<ToldLine>`select ${TOLD} from bank_line l
    where l.account_id = ${accountId} and l.booked_on = ${bookedOn}::date and l.source <> ${file.format} and l.state <> 'duplicate'
      and ${IS_MOVEMENT} and not exists (select from bank_line r where r.duplicate_of_id = l.id and r.source = ${file.format})`.execute(
    tx,
  );
  const { duplicates, unsure } = sameMovements(fresh, told);
  const twins = [...duplicates].map(([id, of]) => ({ id, of }));
  await sql`update bank_line l set state = 'duplicate', duplicate_of_id = t.of, decided_at = clock_timestamp(),
      reasons = jsonb_build_array(jsonb_build_object('code', 'told_before', 'text', 'Another file told the same movement.'))
    from json_to_recordset(${JSON.stringify(twins)}::json) as t(id uuid, of uuid) where l.id = t.id`.execute(tx);
  const doubts = [...unsure].map(([id, text]) => ({ id, text }));
  await sql`update bank_line l set state = 'open', reasons = jsonb_build_array(jsonb_build_object('code', 'maybe_duplicate', 'text', t.text))
    from json_to_recordset(${JSON.stringify(doubts)}::json) as t(id uuid, text text) where l.id = t.id`.execute(tx);
}
