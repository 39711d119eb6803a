// Whether a statement begins where the one before it ended: else one between them is missing, and somebody is asked to get it.

import { sql } from 'kysely';
import type { Tx } from '../../database/client.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import { engineActor } from '../cause.ts';
import type { Storing } from './store-file.ts';
import { askAboutGap, gapTaskKey, type Gap } from './statement-tasks.ts';

/** Gaps asked about for one file; an account with more has a history that nobody mends one by one. */
const GAPS_ASKED_MAX = 50;

interface Meeting extends Gap {
  readonly isMet: boolean;
}

/**
 * Looks at the file's statements with balances, and at those that follow them on their accounts, whose gap they may close. A
 * statement is held against those of the latest day before its own closing, and against those before it in its file.
 */
export async function askAboutGaps(tx: Tx, { file, now }: Storing): Promise<void> {
  const { rows } = await sql<Meeting>`
    with own as (
      select s.* from bank_statement s where s.file_id = ${file.id} and s.opening_minor is not null and s.closing_on is not null
    ), following as (
      select distinct on (o.id) n.* from own o join bank_statement n on n.account_id = o.account_id and n.file_id <> o.file_id
        and n.closing_on > o.closing_on and n.opening_minor is not null
      order by o.id, n.closing_on, n.created_at, n.position
    ), looked as (select * from own union select * from following)
    select l.legal_entity_id as "legalEntityId", l.id as "statementId", a.number as account, a.currency, l.opening_on as "openingOn",
      l.opening_minor as "openingMinor", b.closing_on as "closingOn", b.closing_minor as "closingMinor", b.is_met as "isMet"
    from looked l join house_bank_account a on a.id = l.account_id
    cross join lateral (
      select p.closing_on, (array_agg(p.closing_minor order by p.created_at desc, p.position desc))[1] as closing_minor,
        bool_or(p.closing_minor = l.opening_minor) as is_met
      from bank_statement p
      where p.account_id = l.account_id and p.closing_minor is not null and p.id <> l.id and (
        p.closing_on = (select max(q.closing_on) from bank_statement q where q.account_id = l.account_id and q.closing_on < l.closing_on
          and q.closing_minor is not null)
        or p.file_id = l.file_id and p.position < l.position and p.closing_on = l.closing_on)
      group by p.closing_on
    ) b
    order by l.closing_on, l.position`.execute(tx);
  const byStatement = new Map<string, Meeting[]>();
  for (const row of rows) byStatement.set(row.statementId, [...(byStatement.get(row.statementId) ?? []), row]);
  const met = [...byStatement.values()].filter((meetings) => meetings.some(({ isMet }) => isMet));
  const keys = met.flatMap(([first]) => (first === undefined ? [] : [gapTaskKey(first.statementId)]));
  await closeTasks(tx, { legalEntityId: file.legalEntityId, keys, doneBy: engineActor() });
  const gaps = [...byStatement.values()].filter((meetings) => meetings.every(({ isMet }) => !isMet));
  for (const meetings of gaps.slice(0, GAPS_ASKED_MAX)) {
    const latest = meetings.at(-1);
    if (latest !== undefined) await askAboutGap(tx, latest, now);
  }
}
