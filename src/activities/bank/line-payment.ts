// The payment that a bank line brings: its row, what it is in the legal entity's currency, and the account's side of its entry.

import { sql } from 'kysely';
import { BANK_LINE_SOURCE } from '../../domain/bank-line.ts';
import { toBase, wholeInBase } from '../../domain/exchange.ts';
import type { LinePlan } from '../../domain/line-plan.ts';
import { minorUnits } from '../../domain/money.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { rateOfDay } from '../../database/queries/exchange-rates.ts';
import type { PostingLine } from '../ledger.ts';
import type { BankLineRow } from './bank-line-row.ts';

/** Their money stands here. */
const BANK_ACCOUNT = `clearing:${BANK_LINE_SOURCE}`;
/** Kept of a line's texts as the payment's reference. */
const REFERENCE_CHARS_MAX = 4_000;
/** Payments that one line may bring, each after it was opened again. */
const REOPENED_MAX = 1_000;

type Line = Pick<
  BankLineRow,
  'id' | 'legalEntityId' | 'amountMinor' | 'chargesMinor' | 'currency' | 'valueOn' | 'texts' | 'structuredReferences'
>;

/** What a line's money is worth. */
export interface LineValue {
  /** What was booked, and what banks had kept of it, in the legal entity's currency. */
  readonly bookedBaseMinor: number;
  readonly chargesBaseMinor: number;
  /** The payment in that currency. */
  readonly baseMinor: number;
}

/**
 * Values a line in the legal entity's currency: what the bank booked beats any table; a line in a foreign currency takes the rate of
 * its value date. Refuses `exchange_rate_missing`.
 */
export async function valueOfLine(
  tx: Tx,
  line: Line,
  { plan, baseCurrency, now }: { plan: LinePlan; baseCurrency: string; now: number },
): Promise<Result<{ value: LineValue }>> {
  const { legalEntityId, currency, amountMinor, chargesMinor } = line;
  const chargedMinor = isGross(line, plan) ? chargesMinor : 0;
  if (currency === baseCurrency) {
    const baseMinor = minorUnits(amountMinor + chargedMinor);
    return { ok: true, value: { bookedBaseMinor: amountMinor, chargesBaseMinor: chargedMinor, baseMinor } };
  }
  const found = await rateOfDay(tx, { legalEntityId, currency, now, on: line.valueOn });
  if (!found.ok) return found;
  const { rate } = found;
  const wholeMinor = wholeInBase({ amountMinor: amountMinor + chargedMinor, rate, currency, baseCurrency });
  const chargesBaseMinor = toBase({ amountMinor: chargedMinor, rate, currency, baseCurrency });
  const bookedBaseMinor = minorUnits(wholeMinor - chargesBaseMinor);
  const baseMinor = plan.currency === baseCurrency ? plan.amountMinor : wholeMinor;
  return { ok: true, value: { bookedBaseMinor, chargesBaseMinor, baseMinor } };
}

/** Whether the payment is over what was sent, of which banks kept their charges. */
function isGross(line: Pick<Line, 'amountMinor' | 'currency'>, plan: LinePlan): boolean {
  return plan.currency !== line.currency || plan.amountMinor !== line.amountMinor;
}

/**
 * Stores the payment under the line's ID; a line that was reopened brings another, `ID/2`.
 * @throws a defect when the customer is none of the legal entity's, or the line was reopened beyond all reason
 */
export async function insertLinePayment(
  tx: Tx,
  line: Line,
  paid: { plan: LinePlan; customerId: string; baseMinor: number; actor: string },
): Promise<string> {
  const { plan, customerId, baseMinor, actor } = paid;
  const reference = [...line.structuredReferences, ...line.texts].join(' ').slice(0, REFERENCE_CHARS_MAX);
  const { rows } = await sql<{ id: string }>`
    with name as (
      select source_id from generate_series(1, ${REOPENED_MAX}::integer) nth
        cross join lateral (select case nth when 1 then ${line.id} else ${`${line.id}/`} || nth end as source_id) s
      where not exists (select from payment p where p.legal_entity_id = ${line.legalEntityId} and p.source = ${BANK_LINE_SOURCE}
        and p.source_id = s.source_id) order by nth limit 1
    )
    insert into payment (legal_entity_id, customer_id, source, source_id, amount_minor, base_minor, currency, value_on, reference,
      content_hash, created_by)
    select ${line.legalEntityId}, c.id, ${BANK_LINE_SOURCE}, name.source_id, ${plan.amountMinor}::bigint,
      ${baseMinor}::bigint, ${plan.currency}, ${line.valueOn}::date, ${reference}, ${line.id}, ${actor}
    from customer c, name where c.id = ${customerId} and c.legal_entity_id = ${line.legalEntityId}
    returning id`.execute(tx);
  const [row] = rows;
  if (row === undefined)
    throw new Error(`defect: line ${line.id} brings customer ${customerId} of ${line.legalEntityId} no payment`);
  return row.id;
}

/** The account's side of the payment's entry; where two currencies meet, each is balanced by a line on `exchange`. */
export function accountLines(
  line: Line,
  { plan, value, paymentId }: { plan: LinePlan; value: LineValue; paymentId: string },
): PostingLine[] {
  const { currency, amountMinor } = line;
  if (!isGross(line, plan)) return [{ account: BANK_ACCOUNT, amountMinor, paymentId }];
  const { chargesMinor } = line;
  if (plan.currency === currency) {
    return [
      { account: BANK_ACCOUNT, amountMinor, paymentId },
      { account: 'bank_charges', amountMinor: chargesMinor },
    ];
  }
  const { bookedBaseMinor, chargesBaseMinor } = value;
  return [
    { account: BANK_ACCOUNT, amountMinor, currency, baseMinor: bookedBaseMinor },
    { account: 'bank_charges', amountMinor: chargesMinor, currency, baseMinor: chargesBaseMinor },
    { account: 'exchange', amountMinor: -(amountMinor + chargesMinor), currency },
    { account: 'exchange', amountMinor: plan.amountMinor, paymentId },
  ];
}
