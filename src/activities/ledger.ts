// The one door through which entries are posted.

import { sql } from 'kysely';
import { valueLines, type HeldItem, type HeldPayment } from '../domain/exchange.ts';
import type { Tx } from '../database/client.ts';
import type { Cause } from './cause.ts';

export interface PostingLine {
  readonly account: string;
  /** Debits positive, credits negative, in minor units. */
  readonly amountMinor: number;
  readonly itemId?: string;
  readonly paymentId?: string;
  /** Whether a line without a payment moves an item that is open already, by an allocation; without it, it opens the item. */
  readonly moves?: boolean;
  /** The line's own currency, where it is not the posting's. Amounts of each currency balance, by lines on `exchange` where two meet. */
  readonly currency?: string;
  /** What a line in a foreign currency is in the legal entity's, signed as the amount is; without it, `post` finds out. */
  readonly baseMinor?: number;
}

export type PostingKind =
  | 'invoice'
  | 'opening_item'
  | 'payment'
  | 'credit_note'
  | 'clearing'
  | 'write_off'
  | 'small_difference'
  | 'allocation'
  | 'undo'
  | 'payment_return'
  | 'refund'
  | 'discount'
  | 'bank_charge'
  | 'bank_clearing'
  | 'provider_payout';

export interface Posting {
  readonly legalEntityId: string;
  readonly kind: PostingKind;
  /** Business key: nothing is ever posted twice under it. */
  readonly key: string;
  /** Business date in the legal entity's zone. */
  readonly effectiveOn: string;
  readonly businessAt: number;
  /** Of all lines that name none themselves. It may be another than the legal entity's. */
  readonly currency: string;
  /** Units of the legal entity's currency for one of the posting's: values lines that stand for no item or payment, see `post`. */
  readonly rate?: string;
  readonly lines: readonly PostingLine[];
  readonly cause: Cause;
}

/** A line as it is written. */
interface WrittenLine {
  readonly account: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly baseMinor: number;
  readonly itemId: string | null;
  readonly paymentId: string | null;
  readonly moves: boolean;
}

/**
 * Posts an entry with its lines; lines of nothing are left out. An entry wholly in the legal entity's currency is one round trip.
 *
 * Foreign currency: the caller says amounts, `post` finds the base amounts (`valueLines` in `src/domain/exchange.ts`):
 *
 * * a line on an item takes the item's share of `open_item.base_minor` along, one on `unapplied_cash` its payment's share of
 *   `payment.base_minor`, and a line on `clearing:…` or `exchange` that names its payment (`paymentId`) the payment's share too:
 *   insert items and payments with their `base_minor` first;
 * * where two currencies meet, each is balanced by a line on `exchange`; a foreign `exchange` line without `baseMinor` or payment takes
 *   what the entry's other `exchange` line carries;
 * * `baseMinor` on a line beats all of that, and `rate` values lines that stand for no item or payment; without a rate they are worth
 *   what their item is, or what the other lines of their currency leave;
 * * what is left over in base is the realised difference: one line on `exchange_difference`, amount 0 in the foreign currency, base
 *   amount more than 0 for a loss and less than 0 for a gain. Whoever posts never writes that line.
 *
 * The value of an item or payment follows its balance alone, so entries that bring balances back bring base amounts back: an undo is
 * posted as any entry, by amounts, and leaves no difference. Items and payments must be locked (their orders' rows, the payment's row).
 *
 * @returns the entry's ID. Postgres refuses what does not balance.
 * @throws a defect when a foreign line's base amount cannot be known
 */
export async function post(tx: Tx, posting: Posting): Promise<number> {
  const lines = posting.lines.filter((line) => line.amountMinor !== 0).map((line) => writtenLine(posting, line));
  const isOfOneCurrency = lines.every(({ currency }) => currency === posting.currency);
  const id = isOfOneCurrency ? await writeEntry(tx, posting, { lines, inBase: posting.currency }) : null;
  if (id !== null) return id;
  const valued = await valueInBase(tx, posting, lines);
  const foreignId = await writeEntry(tx, posting, { lines: valued, inBase: null });
  if (foreignId === null) throw new Error('defect: an entry was not written');
  return foreignId;
}

/** In the legal entity's own currency the base amount is the amount. */
function writtenLine(posting: Posting, line: PostingLine): WrittenLine {
  const { account, amountMinor } = line;
  return {
    account,
    amountMinor,
    currency: line.currency ?? posting.currency,
    baseMinor: amountMinor,
    itemId: line.itemId ?? null,
    paymentId: line.paymentId ?? null,
    moves: line.moves ?? false,
  };
}

/**
 * Entry and lines in one statement: a posting is one round trip, and its text is the same for any number of lines.
 *
 * @param options.inBase the currency in which base amounts are the amounts: nothing is written when it is not the legal entity's
 */
async function writeEntry(
  tx: Tx,
  posting: Posting,
  options: { lines: readonly WrittenLine[]; inBase: string | null },
): Promise<number | null> {
  const numbered = options.lines.map((line, index) => ({ lineNo: index + 1, ...line }));
  const { rows } = await sql<{ id: number }>`
    with entry as (
      insert into journal_entry (legal_entity_id, kind, key, effective_on, business_at, workflow_id, step)
      select e.id, ${posting.kind}, ${posting.key}, ${posting.effectiveOn}::date,
        ${new Date(posting.businessAt)}::timestamptz, ${posting.cause.workflowId}, ${posting.cause.step}
      from legal_entity e where e.id = ${posting.legalEntityId} and e.currency = coalesce(${options.inBase}::text, e.currency)
      returning id
    ), lines as (
      insert into journal_line (entry_id, line_no, account, amount_minor, currency, base_minor, item_id, payment_id, moves)
      select entry.id, l."lineNo", l.account, l."amountMinor", l.currency, l."baseMinor", l."itemId", l."paymentId", l.moves
      from entry, json_to_recordset(${JSON.stringify(numbered)}::json) as l ("lineNo" integer, account text, "amountMinor" bigint,
        currency text, "baseMinor" bigint, "itemId" uuid, "paymentId" uuid, moves boolean)
      order by l."lineNo"
    )
    select id from entry`.execute(tx);
  return rows[0]?.id ?? null;
}

/** The lines with their base amounts, and the realised difference where there is one. */
async function valueInBase(tx: Tx, posting: Posting, lines: readonly WrittenLine[]): Promise<WrittenLine[]> {
  const held = await readHeld(tx, posting.legalEntityId, lines);
  const given = posting.lines.filter((line) => line.amountMinor !== 0).map(({ baseMinor }) => baseMinor ?? null);
  const { bases, differenceMinor } = valueLines(
    lines.map((line, at) => ({ ...line, baseMinor: given[at] ?? null })),
    {
      baseCurrency: held.baseCurrency,
      rate: posting.rate ?? null,
      givesBack: posting.kind === 'payment_return' || posting.kind === 'refund',
      items: new Map(held.items.map(({ id, ...item }) => [id, item])),
      payments: new Map(held.payments.map(({ id, ...payment }) => [id, payment])),
    },
  );
  const valued = lines.map((line, at) => ({ ...line, baseMinor: bases[at] ?? 0 }));
  if (differenceMinor === 0) return valued;
  const foreign = lines.find(({ currency }) => currency !== held.baseCurrency);
  if (foreign === undefined) throw new Error(`defect: entry ${posting.key} does not balance`);
  const none = { itemId: null, paymentId: null, moves: false };
  const { currency } = foreign;
  return [...valued, { account: 'exchange_difference', amountMinor: 0, currency, baseMinor: differenceMinor, ...none }];
}

interface Held {
  readonly baseCurrency: string;
  readonly items: readonly (HeldItem & { id: string })[];
  readonly payments: readonly (HeldPayment & { id: string })[];
}

/** What the lines move, as it stands before them. */
async function readHeld(tx: Tx, legalEntityId: string, lines: readonly WrittenLine[]): Promise<Held> {
  const itemIds = lines.flatMap(({ itemId }) => itemId ?? []);
  const paymentIds = lines.flatMap(({ paymentId }) => paymentId ?? []);
  const { rows } = await sql<Held>`
    select e.currency as "baseCurrency",
      (select coalesce(json_agg(json_build_object('id', i.id, 'currency', i.currency, 'side', i.side, 'amountMinor', i.original_minor,
        'baseMinor', i.base_minor, 'openMinor', i.open_minor)), '[]') from open_item i where i.id = any(${itemIds}::uuid[])) as items,
      (select coalesce(json_agg(json_build_object('id', p.id, 'currency', p.currency, 'amountMinor', p.amount_minor,
        'baseMinor', p.base_minor, 'unappliedMinor', p.unapplied_minor, 'goneMinor', p.returned_minor + p.refunded_minor)), '[]')
        from payment p where p.id = any(${paymentIds}::uuid[])) as payments
    from legal_entity e where e.id = ${legalEntityId}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no legal entity ${legalEntityId}`);
  return row;
}
