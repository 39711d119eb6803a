// Joins remittance advice to money, under locks: one advice to one line. What fits more than one goes to a person.

import { sql } from 'kysely';
import {
  adviceTaskKey,
  joinAdvices,
  type Joining,
  type SeekingAdvice,
  type SoughtMoney,
} from '../../domain/advice-join.ts';
import type { MatchPayer, RemittanceLine } from '../../domain/matching/types.ts';
import { formatDecimal } from '../../domain/money.ts';
import { accountKey } from '../../domain/matching/normalise.ts';
import { nameKey } from '../../domain/pre-validation.ts';
import type { Db, Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks, openTask } from '../../database/queries/open-task.ts';
import { engineActor } from '../cause.ts';
import type { BankLineRow } from './bank-line-row.ts';

/** Parked advice that is looked at for the lines of one file, the oldest first. */
const ADVICES_LOOKED_AT_MAX = 20_000;
/** Time a person has to say which line is an advice's. */
const TASK_DEADLINE_MS = 2 * 86_400_000;

/** Customers by how they are known, to tell who a sender or a payer may be. */
export interface KnownPayers {
  customersOf(name: string | null, account: string | null): readonly string[];
}

/** Looks customers up by the exact spelling (normalised) of a name or an account. */
export function knownPayers(payers: readonly MatchPayer[]): KnownPayers {
  const byKey = new Map<string, string[]>();
  const add = (key: string, customerId: string): void => {
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [customerId]);
    else known.push(customerId);
  };
  for (const { customerId, names, accounts } of payers) {
    for (const { text } of names) add(`name ${nameKey(text)}`, customerId);
    for (const { text } of accounts) add(`account ${accountKey(text)}`, customerId);
  }
  return {
    customersOf: (name, account) => [
      ...(name === null ? [] : (byKey.get(`name ${nameKey(name)}`) ?? [])),
      ...(account === null ? [] : (byKey.get(`account ${accountKey(account)}`) ?? [])),
    ],
  };
}

/** A bank line as money that an advice may belong to. */
export function moneyOf(line: BankLineRow, payers: KnownPayers): SoughtMoney {
  const { id, bookedOn, currency, amountMinor, counterpartName: payerName, counterpartAccount: payerAccount } = line;
  return {
    ...{ id, bookedOn, currency, amountMinor, payerName, payerAccount },
    references: [line.trace, line.endToEndId, line.bankReference].filter((text) => text !== null),
    customerIds: payers.customersOf(payerName, payerAccount),
  };
}

type AdviceRow = Omit<SeekingAdvice, 'customerIds'>;

const ADVICE =
  sql.raw(`a.id, a.sender_name as "senderName", a.sender_account as "senderAccount", a.trace, a.paid_on as "paidOn",
  a.currency, a.amount_minor as "amountMinor"`);

/** An advice as it looks for its money. */
export function seekingAdvice(row: AdviceRow, payers: KnownPayers): SeekingAdvice {
  return { ...row, customerIds: payers.customersOf(row.senderName, row.senderAccount) };
}

/** Parked advice that may belong to one of the lines, by amount or by trace. */
export async function parkedAdvices(
  db: Db | Tx,
  { legalEntityId, lines }: { legalEntityId: string; lines: readonly BankLineRow[] },
): Promise<AdviceRow[]> {
  const amounts = [...new Set(lines.map(({ amountMinor }) => amountMinor))];
  const { rows } = await sql<AdviceRow>`select ${ADVICE} from remittance_advice a
    where a.legal_entity_id = ${legalEntityId} and a.state = 'parked' and (a.amount_minor = any(${amounts}::bigint[]) or a.trace is not null)
    order by a.id limit ${ADVICES_LOOKED_AT_MAX}`.execute(db);
  return rows;
}

/**
 * Joins parked advice to the lines that it fits; advice that fits several opens a task.
 *
 * @param asked.lines money that came in and is not posted yet
 */
export async function joinParked(
  db: Db | Tx,
  asked: { legalEntityId: string; lines: readonly BankLineRow[]; payers: readonly MatchPayer[]; now: number },
): Promise<void> {
  const parked = await parkedAdvices(db, asked);
  if (parked.length === 0) return;
  const known = knownPayers(asked.payers);
  const taken = await adviceOfLines(
    db,
    asked.lines.map(({ id }) => id),
  );
  const free = asked.lines.filter(({ id }) => !taken.has(id));
  const joining = joinAdvices(
    parked.map((row) => seekingAdvice(row, known)),
    free.map((line) => moneyOf(line, known)),
  );
  await inTransaction(db, (tx) => writeJoining(tx, { joining, actor: engineActor(), now: asked.now }));
}

async function inTransaction(db: Db | Tx, work: (tx: Tx) => Promise<void>): Promise<void> {
  await (isTransaction(db) ? work(db) : db.transaction().execute(work));
}

function isTransaction(db: Db | Tx): db is Tx {
  return db.isTransaction;
}

/** Writes what was found, as far as it is still so under the locks: lines first, then advice, each by ID. */
export async function writeJoining(
  tx: Tx,
  { joining, actor, requestId, now }: { joining: Joining; actor: string; requestId?: string; now: number },
): Promise<void> {
  const { joined, tied } = joining;
  const lineIds = joined.map(({ moneyId }) => moneyId);
  await sql`select 1 from bank_line where id = any(${lineIds}::uuid[]) order by id for no key update`.execute(tx);
  const adviceIds = [...joined, ...tied].map(({ adviceId }) => adviceId);
  await sql`select 1 from remittance_advice where id = any(${adviceIds}::uuid[]) order by id for update`.execute(tx);
  const byAdvice = joined.map(({ adviceId, moneyId }) => ({ adviceId, moneyId }));
  const { rows } = await sql<{ id: string; legalEntityId: string; lineId: string }>`
    update remittance_advice a set state = 'joined', line_id = j."moneyId", changed_at = clock_timestamp()
    from json_to_recordset(${JSON.stringify(byAdvice)}::json) as j ("adviceId" uuid, "moneyId" uuid)
    where a.id = j."adviceId" and a.state in ('parked', 'open')
      and not exists (select from remittance_advice o where o.line_id = j."moneyId")
    returning a.id, a.legal_entity_id as "legalEntityId", a.line_id as "lineId"`.execute(tx);
  const shared = { actor, requestId: requestId ?? null, businessAt: now };
  await writeAudit(
    tx,
    ...rows.map((row) => ({
      ...{ ...shared, legalEntityId: row.legalEntityId, action: 'remittance_advice.joined', subject: row.id },
      ...{ because: 'It belongs to the money of one bank line.', details: { lineId: row.lineId } },
    })),
  );
  for (const { id, legalEntityId } of rows) {
    await closeTasks(tx, { legalEntityId, keys: [adviceTaskKey(id)], doneBy: actor });
  }
  for (const { adviceId, moneyIds } of tied) await askAboutTie(tx, { adviceId, count: moneyIds.length, now });
}

async function askAboutTie(
  tx: Tx,
  { adviceId, count, now }: { adviceId: string; count: number; now: number },
): Promise<void> {
  const { rows } = await sql<{ legalEntityId: string; amountMinor: number; currency: string; trace: string | null }>`
    update remittance_advice set state = 'open', changed_at = clock_timestamp() where id = ${adviceId} and state = 'parked'
    returning legal_entity_id as "legalEntityId", amount_minor as "amountMinor", currency, trace`.execute(tx);
  const [advice] = rows;
  if (advice === undefined) return;
  const { legalEntityId, currency, trace } = advice;
  const amount = `${formatDecimal(advice.amountMinor, currency)} ${currency}`;
  const what = trace === null ? `An advice of ${amount}` : `The advice ${trace} of ${amount}`;
  const fits =
    count > 1
      ? `fits ${String(count)} bank lines alike`
      : 'fits a bank line that another advice fits as well, or that has another amount';
  await openTask(tx, {
    ...{ legalEntityId, key: adviceTaskKey(adviceId), kind: 'advice_open', ownerRole: 'cash_applier' },
    reason: `${what} ${fits}: a person says which is its own.`,
    endsWith: `POST /v1/remittance-advices/${adviceId}/line`,
    deadlineAt: now + TASK_DEADLINE_MS,
  });
}

/** What an advice adds to its line. */
export interface LineAdvice {
  readonly senderName: string | null;
  readonly senderAccount: string | null;
  readonly lines: readonly RemittanceLine[];
}

/** The advice of each line that has one. */
export async function adviceOfLines(db: Db | Tx, lineIds: readonly string[]): Promise<Map<string, LineAdvice>> {
  const { rows } = await sql<LineAdvice & { lineId: string }>`select line_id as "lineId", sender_name as "senderName",
    sender_account as "senderAccount", lines from remittance_advice where line_id = any(${lineIds}::uuid[])`.execute(
    db,
  );
  return new Map(rows.map(({ lineId, ...advice }) => [lineId, advice]));
}
