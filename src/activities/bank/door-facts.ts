// Reads what bank lines are held against before the matcher sees them: told payments, payouts, returns, refunds, earlier movements.

import { sql } from 'kysely';
import { addDays } from '../../domain/dates.ts';
import type {
  DoorFacts,
  DoorLine,
  Earlier,
  ExpectedPayout,
  OpenRefund,
  PayerNames,
  ToldPayment,
} from '../../domain/doors/facts.ts';
import { EARLY_DAYS_MAX, PAYOUT_DAYS_MAX, TOLD_DAYS_MAX } from '../../domain/doors/money-in.ts';
import { RETURN_DAYS_MAX, takesBack } from '../../domain/doors/money-out.ts';
import { keyOf, namesOf } from '../../domain/doors/signs.ts';
import type { Db } from '../../database/client.ts';

/** Lines of which one query knows the names. */
const LINES_PER_QUERY = 2_000;
/** Told payments read for one file, the newest first: those beyond are older than anybody waits for. */
const PAYMENTS_MAX = 200_000;
/** Payouts read for one file, the newest first. */
const PAYOUTS_MAX = 10_000;
/** Earlier movements read for the lines of one query. */
const EARLIER_MAX = 20_000;
const REFUNDS_MAX = 20_000;

interface Asked {
  readonly legalEntityId: string;
  readonly lines: readonly DoorLine[];
}

/** Reads all that the lines, of one legal entity, may be about. */
export async function readDoorFacts(db: Db, { legalEntityId, lines }: Asked): Promise<DoorFacts> {
  const credits = lines.filter((line) => line.amountMinor > 0 && !takesBack(line));
  const others = lines.filter((line) => line.amountMinor < 0 || takesBack(line));
  const payments = await toldPayments(db, { legalEntityId, lines: credits });
  const payouts = credits.length === 0 ? [] : await expectedPayouts(db, { legalEntityId, lines: credits });
  const earlier: Earlier[] = [];
  for (const some of chunks(others)) {
    earlier.push(...(await earlierLines(db, { legalEntityId, lines: some })));
    earlier.push(...(await toldElsewhere(db, { legalEntityId, lines: some })));
  }
  return {
    payments,
    payouts,
    payers: await payersOf(db, payments),
    customersLines: await customersLines(db, { legalEntityId, lines: credits, payouts }),
    earlier: once(earlier),
    refunds: others.length === 0 ? [] : await openRefunds(db, { legalEntityId, lines: others }),
    ownAccounts: await ownAccounts(db, legalEntityId),
  };
}

/** Lines of several queries may find the same movement. */
function once(earlier: readonly Earlier[]): Earlier[] {
  return [...new Map(earlier.map((one) => [one.line?.id ?? one.payment?.id, one])).values()];
}

function chunks(lines: readonly DoorLine[]): DoorLine[][] {
  const parts: DoorLine[][] = [];
  for (let at = 0; at < lines.length; at += LINES_PER_QUERY) parts.push(lines.slice(at, at + LINES_PER_QUERY));
  return parts;
}

/** The names of the lines, as they are written and in lower case: banks write capitals, sources what they like. */
function allNames(lines: readonly DoorLine[]): string[] {
  const names = lines.flatMap(namesOf);
  return [...new Set([...names, ...names.map((name) => name.toLowerCase())])];
}

async function toldPayments(db: Db, { legalEntityId, lines }: Asked): Promise<ToldPayment[]> {
  const found = new Map<string, ToldPayment>();
  for (const some of chunks(lines)) {
    const days = some.map(({ valueOn }) => valueOn).sort();
    const amounts = some.flatMap(({ amountMinor, chargesMinor }) => [amountMinor, amountMinor + chargesMinor]);
    const { rows } = await sql<ToldPayment>`
      select p.id, p.source, p.source_id as "sourceId", p.customer_id as "customerId", p.amount_minor as "amountMinor", p.currency,
        p.value_on as "valueOn", p.reference,
        exists (select from provider_payout o where o.legal_entity_id = p.legal_entity_id and o.source = p.source) as "isPaidOut"
      from payment p
      where p.legal_entity_id = ${legalEntityId} and p.cleared_by_line_id is null and p.source <> 'statement'
        and (p.amount_minor = any(${[...new Set(amounts)]}::bigint[]) or p.source_id = any(${allNames(some)}::text[]))
        and p.value_on between ${addDays(days.at(0) ?? '', -TOLD_DAYS_MAX)}::date and ${addDays(days.at(-1) ?? '', EARLY_DAYS_MAX)}::date
      order by p.value_on desc, p.id limit ${PAYMENTS_MAX}`.execute(db);
    for (const row of rows) if (found.size < PAYMENTS_MAX) found.set(row.id, row);
  }
  return [...found.values()];
}

async function expectedPayouts(db: Db, { legalEntityId }: Asked): Promise<ExpectedPayout[]> {
  const { rows } = await sql<ExpectedPayout>`
    select id, source, payout_id as "payoutId", currency, net_minor as "netMinor", paid_on as "paidOn" from provider_payout
    where legal_entity_id = ${legalEntityId} and state = 'expected' order by paid_on desc, id limit ${PAYOUTS_MAX}`.execute(
    db,
  );
  return rows;
}

async function payersOf(db: Db, payments: readonly ToldPayment[]): Promise<Map<string, PayerNames>> {
  const ids = [...new Set(payments.map(({ customerId }) => customerId))];
  if (ids.length === 0) return new Map();
  const { rows } = await sql<PayerNames & { id: string }>`
    select c.id, array(select c.name union select k.text from payer_knowledge k
        where k.customer_id = c.id and k.kind = 'name' and k.ended_at is null) as names,
      array(select b.iban from bank_account b where b.customer_id = c.id and b.ended_at is null
        union select k.text from payer_knowledge k where k.customer_id = c.id and k.kind = 'account' and k.ended_at is null) as accounts
    from customer c where c.id = any(${ids}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, names, accounts }) => [id, { names, accounts }]));
}

/** Lines over the amount of a payout whose counterpart is known as a customer. */
async function customersLines(
  db: Db,
  { legalEntityId, lines, payouts }: Asked & { payouts: readonly ExpectedPayout[] },
): Promise<Set<string>> {
  const nets = new Set(payouts.map(({ netMinor, currency }) => `${String(netMinor)} ${currency}`));
  const asked = lines
    .filter(({ amountMinor, currency }) => nets.has(`${String(amountMinor)} ${currency}`))
    .map(({ id, counterpartAccount, counterpartName }) => ({
      id,
      account: keyOf(counterpartAccount),
      name: (counterpartName ?? '').trim(),
    }));
  if (asked.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    select q.id from json_to_recordset(${JSON.stringify(asked)}::json) as q (id text, account text, name text)
    where q.account <> '' and (exists (select from bank_account b where b.legal_entity_id = ${legalEntityId} and b.ended_at is null and b.iban = q.account)
        or exists (select from payer_knowledge k where k.legal_entity_id = ${legalEntityId} and k.kind = 'account' and k.ended_at is null
          and regexp_replace(upper(k.text), '[^A-Z0-9]', '', 'g') = q.account))
      or q.name <> '' and (exists (select from customer c where c.legal_entity_id = ${legalEntityId} and lower(c.name) = lower(q.name))
        or exists (select from payer_knowledge k where k.legal_entity_id = ${legalEntityId} and k.kind = 'name' and k.ended_at is null
          and lower(k.text) = lower(q.name)))`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

async function ownAccounts(db: Db, legalEntityId: string): Promise<Set<string>> {
  const { rows } = await sql<{ number: string }>`select number from house_bank_account
    where legal_entity_id = ${legalEntityId}`.execute(db);
  return new Set(rows.map(({ number }) => number));
}

async function openRefunds(db: Db, { legalEntityId, lines }: Asked): Promise<OpenRefund[]> {
  const amounts = [...new Set(lines.map(({ amountMinor }) => -amountMinor))];
  const { rows } = await sql<OpenRefund>`
    select a.id, a.amount_minor as "amountMinor", a.currency, b.iban, (a.decided_at at time zone e.zone)::date as "decidedOn"
    from approval a join legal_entity e on e.id = a.legal_entity_id
    left join bank_account b on b.id::text = a.details ->> 'bankAccountId'
    where a.legal_entity_id = ${legalEntityId} and a.kind = 'refund' and a.state = 'approved' and a.cleared_by_line_id is null
      and a.amount_minor = any(${amounts}::bigint[])
    order by a.decided_at desc, a.id limit ${REFUNDS_MAX}`.execute(db);
  return rows;
}

// ── Earlier movements ──

/** What a payment is to whoever takes it back. */
const PAYMENT = sql`json_build_object('id', p.id, 'sourceId', p.source_id, 'currency', p.currency, 'amountMinor', p.amount_minor,
  'leftMinor', p.amount_minor - p.returned_minor - p.refunded_minor - (select coalesce(sum(r.amount_minor), 0) from payment_return r
    where r.payment_id = p.id and r.state = 'received'),
  'returns', (select coalesce(json_agg(json_build_object('id', r.id, 'sourceId', r.source_id, 'amountMinor', r.amount_minor,
    'feeMinor', r.fee_minor) order by r.id), '[]') from payment_return r
    where r.payment_id = p.id and r.cleared_by_line_id is null and r.kind <> 'misposted'))`;

/** Lines with the other sign that the lines name, or that are alike: same account and amount, and counterpart or words. */
async function earlierLines(db: Db, { legalEntityId, lines }: Asked): Promise<Earlier[]> {
  const names = allNames(lines);
  const days = lines.map(({ bookedOn }) => bookedOn).sort();
  const { rows } = await sql<Earlier>`
    with asked as (
      -- An amount a row: only then are they looked up by their index, and not every line held against every other.
      select q.*, a.amount from json_to_recordset(${JSON.stringify(lines.map(likeness))}::json)
        as q ("accountId" uuid, amounts bigint[], account text, name text, texts text[]) cross join unnest(q.amounts) as a (amount)
    ), found as (
      select id from bank_line where legal_entity_id = ${legalEntityId} and end_to_end_id = any(${names}::text[])
      union select id from bank_line where legal_entity_id = ${legalEntityId} and bank_reference = any(${names}::text[])
      union select id from bank_line where legal_entity_id = ${legalEntityId} and trace = any(${names}::text[])
      union select l.id from asked q join bank_line l on l.legal_entity_id = ${legalEntityId} and l.amount_minor = q.amount
        and l.account_id = q."accountId" and (l.counterpart_account = q.account or l.counterpart_name = q.name or l.texts = q.texts)
    )
    select l.currency, l.booked_on as "bookedOn", json_build_object('id', l.id, 'accountId', l.account_id, 'state', l.state,
        'amountMinor', l.amount_minor, 'bankReference', l.bank_reference, 'endToEndId', l.end_to_end_id, 'trace', l.trace,
        'counterpartName', l.counterpart_name, 'counterpartAccount', l.counterpart_account, 'texts', l.texts) as line,
      case when p.id is not null then ${PAYMENT} end as payment
    from bank_line l left join payment p on p.id = l.payment_id
    where l.id in (select id from found) and l.state in ('stored', 'open', 'applied', 'cleared')
      and l.booked_on between ${addDays(days.at(0) ?? '', -RETURN_DAYS_MAX)}::date and ${days.at(-1) ?? ''}::date
    order by l.booked_on desc, l.id limit ${EARLIER_MAX}`.execute(db);
  return rows;
}

function likeness(line: DoorLine): object {
  const { accountId, amountMinor, chargesMinor, counterpartAccount, counterpartName, texts } = line;
  return {
    accountId,
    amounts: [...new Set([-amountMinor, -amountMinor - chargesMinor])],
    account: counterpartAccount,
    name: counterpartName,
    texts: texts.length === 0 ? null : texts,
  };
}

/** Payments that another door told and that the lines name, by their own IDs or by those of their returns. */
async function toldElsewhere(db: Db, { legalEntityId, lines }: Asked): Promise<Earlier[]> {
  const names = allNames(lines);
  const { rows } = await sql<Earlier>`
    with found as (
      select id from payment where legal_entity_id = ${legalEntityId} and source_id = any(${names}::text[]) and source <> 'statement'
      union select payment_id from payment_return where legal_entity_id = ${legalEntityId} and cleared_by_line_id is null
        and source_id = any(${names}::text[])
    )
    select p.currency, p.value_on as "bookedOn", null as line, ${PAYMENT} as payment
    from payment p where p.id in (select id from found) order by p.value_on desc, p.id limit ${EARLIER_MAX}`.execute(
    db,
  );
  return rows;
}

/** Days around a payout's date in which its line is sought, ISO dates. */
export function payoutWindow(paidOn: string): { from: string; until: string } {
  return { from: addDays(paidOn, -PAYOUT_DAYS_MAX), until: addDays(paidOn, TOLD_DAYS_MAX) };
}
