// Money that a bank took back, or that we paid back: which earlier payment it was.

import type { OtherDoor } from '../bank-line.ts';
import { daysBetween } from '../dates.ts';
import { formatDecimal } from '../money.ts';
import type { DoorFacts, DoorLine, Earlier, OpenRefund, ToldReturn } from './facts.ts';
import { isReturnCode } from './return-code.ts';
import { keyOf, names, signsOf, type Signs } from './signs.ts';

/** Days for which a payment can come back: a direct debit nobody had allowed, 13 months (SEPA). */
export const RETURN_DAYS_MAX = 400;
/** Days within which a bank takes back its own booking that it does not name. */
const REVERSAL_DAYS_MAX = 10;
/** Days between a refund's approval and its leaving. */
const REFUND_DAYS_MAX = 60;
/** What a bank may keep for a return without telling it apart, in minor units; more is asked about. */
export const RETURN_FEE_MAX_MINOR = 2_500;
/** Fewest characters of texts by which one line repeats another. */
const REPEATED_CHARS_MIN = 8;

/** @returns whether the line says that it takes an earlier movement back */
export function takesBack(line: DoorLine): boolean {
  return line.isReversal || line.returnReason !== null || isReturnCode(line.transactionCode);
}

/** What a line takes back of something, and what the bank keeps for it, in minor units. */
export interface TakenBack {
  readonly amountMinor: number;
  readonly feeMinor: number;
}

/**
 * How a debit is cut into what it takes back of an amount and the bank's fee: by what the line tells of its charges or of the
 * original amount, else what is more than the original is the fee, up to `RETURN_FEE_MAX_MINOR`, and what is less is a part of it.
 *
 * @param originalMinor more than 0, in the line's currency
 * @returns `null`: too much for a return of it
 */
export function takenBackOf(
  line: Pick<DoorLine, 'amountMinor' | 'currency' | 'chargesMinor' | 'instructed'>,
  originalMinor: number,
): TakenBack | null {
  const debitMinor = Math.abs(line.amountMinor);
  const feeMinor = debitMinor - originalMinor;
  if (feeMinor <= 0) return { amountMinor: debitMinor, feeMinor: 0 };
  const isTold =
    feeMinor === line.chargesMinor ||
    (line.instructed?.currency === line.currency && Math.abs(line.instructed.amountMinor) === originalMinor);
  return isTold || feeMinor <= RETURN_FEE_MAX_MINOR ? { amountMinor: originalMinor, feeMinor } : null;
}

/** What lines before it have taken, so that no two take the same. */
interface Taken {
  readonly things: Set<string>;
  /** Of payments, in minor units. */
  readonly minor: Map<string, number>;
}

/** @param lines booked debits, and credits that take back. @returns an answer for each */
export function moneyOut(lines: readonly DoorLine[], facts: DoorFacts): Map<string, OtherDoor> {
  const taken: Taken = { things: new Set(), minor: new Map() };
  const ordered = [...lines].sort((a, b) => (`${a.bookedOn} ${a.id}` < `${b.bookedOn} ${b.id}` ? -1 : 1));
  const index = indexOf(facts);
  const answers = new Map<string, OtherDoor>();
  for (const line of ordered) {
    const door = answers.get(line.id) ?? decide(line, { index, taken });
    answers.set(line.id, door);
    // Whichever of the two is acted on first settles both.
    if (door.kind === 'settle_lines') answers.set(door.otherLineId, { ...door, otherLineId: line.id });
  }
  return answers;
}

interface Index {
  readonly facts: DoorFacts;
  /** By every reference that an earlier movement has. */
  readonly byKey: ReadonlyMap<string, readonly Earlier[]>;
  readonly byAmount: ReadonlyMap<string, readonly Earlier[]>;
  readonly refunds: ReadonlyMap<string, readonly OpenRefund[]>;
}

interface Ground {
  readonly index: Index;
  readonly taken: Taken;
}

function decide(line: DoorLine, ground: Ground): OtherDoor {
  const signs = signsOf(line);
  if (line.amountMinor > 0) return moneyBack(line, signs, ground);
  const isReturn = takesBack(line);
  const named = namedEarlier(line, signs, ground.index);
  const told = byToldReturn(line, named, { signs, taken: ground.taken });
  if (told !== null) return told;
  if (!isReturn) return refundOf(line, signs, ground) ?? moneyPaid(line, named);
  const found = strongest(line, signs, ground);
  const [only] = found;
  if (only === undefined || found.length > 1) return unknownReturn(line, named, found.length);
  take(ground.taken, only);
  return only;
}

/** What the line takes back, by the clearest of its signs that leads to anything. */
function strongest(line: DoorLine, signs: Signs, ground: Ground): OtherDoor[] {
  for (const keys of [[keyOf(line.endToEndId)], signs.identifiers, signs.words, signs.texts]) {
    const named = earlierOf(line, keys, ground.index).flatMap((one) => takeBackOf(line, one, ground.taken));
    if (named.length > 0) return named;
  }
  return alikeEarlier(line, ground);
}

function take({ things, minor }: Taken, door: OtherDoor): void {
  if (door.kind === 'clear_return') things.add(door.returnId);
  if (door.kind === 'clear_refund') things.add(door.approvalId);
  if (door.kind === 'settle_lines') things.add(door.otherLineId);
  if (door.kind === 'take_back') minor.set(door.paymentId, (minor.get(door.paymentId) ?? 0) + door.amountMinor);
}

// ── What it takes back ──

function indexOf(facts: DoorFacts): Index {
  const byKey = new Map<string, Earlier[]>();
  const byAmount = new Map<string, Earlier[]>();
  const refunds = new Map<string, OpenRefund[]>();
  for (const one of facts.earlier) {
    for (const key of new Set(keysOf(one))) push(byKey, key, one);
    if (one.line !== null) push(byAmount, amountKey(one.line.amountMinor, one.currency), one);
  }
  for (const one of facts.refunds) push(refunds, amountKey(one.amountMinor, one.currency), one);
  byKey.delete('');
  return { facts, byKey, byAmount, refunds };
}

function push<Thing>(groups: Map<string, Thing[]>, key: string, thing: Thing): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [thing]);
  else group.push(thing);
}

function amountKey(amountMinor: number, currency: string): string {
  return `${String(amountMinor)} ${currency}`;
}

/** All by which a return may name it. */
function keysOf({ line, payment }: Earlier): string[] {
  const texts = line === null ? '' : keyOf(line.texts.join(' '));
  return [
    ...[line?.endToEndId, line?.bankReference, line?.trace, payment?.sourceId].map((text) => keyOf(text ?? null)),
    ...(payment?.returns.map(({ sourceId }) => keyOf(sourceId)) ?? []),
    // A reversal often says word for word what it reverses.
    texts.length >= REPEATED_CHARS_MIN ? texts : '',
  ];
}

/** Earlier movements that the line names. */
function namedEarlier(line: DoorLine, signs: Signs, { byKey }: Pick<Index, 'byKey'>): Earlier[] {
  return earlierOf(line, [...signs.identifiers, ...signs.words, ...signs.texts], { byKey });
}

/** Earlier movements that have one of these keys, each payment once. */
function earlierOf(line: DoorLine, keys: Iterable<string>, { byKey }: Pick<Index, 'byKey'>): Earlier[] {
  const found = [...keys].flatMap((key) => byKey.get(key) ?? []).filter((one) => isBefore(line, one, RETURN_DAYS_MAX));
  const seen = new Set<string>();
  return found.filter((one) => {
    const id = one.payment?.id ?? one.line?.id ?? '';
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

function isBefore(line: DoorLine, one: Earlier, daysMax: number): boolean {
  const days = daysBetween(one.bookedOn, line.bookedOn);
  const isOpposite = one.line === null || one.line.amountMinor > 0 !== line.amountMinor > 0;
  return isOpposite && one.currency === line.currency && days >= 0 && days <= daysMax && one.line?.id !== line.id;
}

/** A return of a named payment that was told before, or that the line names itself. */
function byToldReturn(
  line: DoorLine,
  named: readonly Earlier[],
  { signs, taken }: { signs: Signs; taken: Taken },
): OtherDoor | null {
  const told = named.flatMap(({ payment }) => (payment?.currency === line.currency ? payment.returns : []));
  const fitting = told.filter((one) => !taken.things.has(one.id) && isDebitOf(line, one));
  const [first] = fitting;
  const [itself] = fitting.filter(({ sourceId }) => names(signs, sourceId));
  const found = itself ?? (fitting.length === 1 && takesBack(line) ? first : undefined);
  if (found === undefined) return null;
  const because = `The return ${found.sourceId} was told before; this is its debit.`;
  const door: OtherDoor = { kind: 'clear_return', returnId: found.id, because };
  take(taken, door);
  return door;
}

/** Whether the debit is the return's amount, with its fee, another fee or without. */
export function isDebitOf(line: Pick<DoorLine, 'amountMinor'>, told: ToldReturn): boolean {
  const feeMinor = -line.amountMinor - told.amountMinor;
  return feeMinor >= 0 && feeMinor <= Math.max(told.feeMinor, RETURN_FEE_MAX_MINOR);
}

/** How the line takes back this movement; nothing when it cannot. */
function takeBackOf(line: DoorLine, one: Earlier, taken: Taken): OtherDoor[] {
  const { payment } = one;
  if (payment === null) return settle(line, one, taken);
  const leftMinor = payment.leftMinor - (taken.minor.get(payment.id) ?? 0);
  const cut = payment.currency === line.currency ? takenBackOf(line, payment.amountMinor) : null;
  if (cut === null || cut.amountMinor > leftMinor) return [];
  // Of a payment of which banks kept something, a part may as well be the whole that came in.
  const isNet = one.line !== null && one.line.amountMinor !== payment.amountMinor;
  if (isNet && cut.amountMinor < payment.amountMinor) return [];
  const because = `It takes back payment ${payment.sourceId} of ${one.bookedOn}, which the line names.`;
  return [{ kind: 'take_back', paymentId: payment.id, ...cut, reasonCode: reasonCodeOf(line), because }];
}

/** Neither of the two was applied yet. */
function settle(line: DoorLine, one: Earlier, taken: Taken): OtherDoor[] {
  const other = one.line;
  if (other === null || taken.things.has(other.id)) return [];
  if (other.state !== 'open' && other.state !== 'stored') return [];
  if (settledFeeMinor(line.amountMinor, other.amountMinor) === null) return [];
  const because = `Its money was taken back before anybody applied it: the lines of ${one.bookedOn} and ${line.bookedOn} are settled with each other.`;
  return [{ kind: 'settle_lines', otherLineId: other.id, because }];
}

/** @returns what the bank kept of two lines that settle each other, in minor units; `null` when they do not */
export function settledFeeMinor(one: number, other: number): number | null {
  const feeMinor = -(one + other);
  return one > 0 !== other > 0 && feeMinor >= 0 && feeMinor <= RETURN_FEE_MAX_MINOR ? feeMinor : null;
}

/** Movements that the line does not name but is alike to: the same amount and counterpart on the same account. */
function alikeEarlier(line: DoorLine, { index, taken }: Ground): OtherDoor[] {
  const daysMax = line.isReversal ? REVERSAL_DAYS_MAX : RETURN_DAYS_MAX;
  const amounts = new Set([-line.amountMinor, -line.amountMinor - line.chargesMinor]);
  const alike = [...amounts].flatMap((minor) => index.byAmount.get(amountKey(minor, line.currency)) ?? []);
  return alike
    .filter((one) => isBefore(line, one, daysMax) && isSameParty(line, one))
    .flatMap((one) => takeBackOf(line, one, taken))
    .map((door) => ('because' in door ? { ...door, because: ALIKE } : door));
}

const ALIKE = 'The only earlier movement of this amount with the same counterpart on this account.';

function isSameParty(line: DoorLine, { line: other }: Earlier): boolean {
  if (other?.accountId !== line.accountId) return false;
  const account = keyOf(line.counterpartAccount);
  if (account !== '') return account === keyOf(other.counterpartAccount);
  const name = keyOf(line.counterpartName);
  return line.isReversal && name !== '' && name === keyOf(other.counterpartName);
}

/** The reason as the bank gives it, in the form that returns have. */
function reasonCodeOf(line: Pick<DoorLine, 'returnReason' | 'isReversal'>): string {
  const code = (line.returnReason ?? '').trim().toUpperCase();
  if (/^[A-Z0-9][A-Z0-9_.-]{0,31}$/.test(code)) return code;
  return line.isReversal ? 'REVERSAL' : 'RETURN';
}

// ── What else ──

function refundOf(line: DoorLine, signs: Signs, { index, taken }: Ground): OtherDoor | null {
  const fitting = (index.refunds.get(amountKey(-line.amountMinor, line.currency)) ?? []).filter(
    ({ id, decidedOn }) => !taken.things.has(id) && Math.abs(daysBetween(decidedOn, line.bookedOn)) <= REFUND_DAYS_MAX,
  );
  const account = keyOf(line.counterpartAccount);
  // Refunds of one amount to one account are alike: the oldest is first.
  const own = [...fitting]
    .sort((a, b) => (`${a.decidedOn} ${a.id}` < `${b.decidedOn} ${b.id}` ? -1 : 1))
    .find(({ id, iban }) => names(signs, id) || (account !== '' && account === keyOf(iban)));
  if (own !== undefined) {
    const because = `The approved refund of ${own.decidedOn} to this account, over this amount.`;
    const door: OtherDoor = { kind: 'clear_refund', approvalId: own.id, because };
    take(taken, door);
    return door;
  }
  if (fitting.length === 0 || account !== '') return null;
  const text = `A refund over ${show(line)} was approved and has not left yet; the line does not say to which account it went.`;
  return { kind: 'ask', reasons: [{ code: 'maybe_refund', text }] };
}

/** A debit that does not say it is a return. One that has the name of a payment is looked at all the same. */
function moneyPaid(line: DoorLine, named: readonly Earlier[]): OtherDoor {
  const back = named.find(({ payment }) => payment !== null && takenBackOf(line, payment.amountMinor) !== null);
  if (back !== undefined) {
    const text = `Money went out under the reference of payment ${back.payment?.sourceId ?? ''} of ${back.bookedOn}, without saying that it takes it back.`;
    return { kind: 'ask', reasons: [{ code: 'return_unknown', text }] };
  }
  const text = `Money that went out: ${show(line)}. It takes nothing back that a customer paid.`;
  return { kind: 'ignore', reason: { code: 'money_out', text } };
}

function unknownReturn(line: DoorLine, named: readonly Earlier[], found: number): OtherDoor {
  const what = `${show(line)} were taken back (${reasonCodeOf(line)})`;
  const text =
    found > 1
      ? `${what}: ${String(found)} earlier payments could be meant.`
      : named.length > 0
        ? `${what}: what the line names is taken back already, is no single payment, or is of another amount or currency.`
        : `${what}: no earlier payment is named by the line, or is alike.`;
  return { kind: 'ask', reasons: [{ code: 'return_unknown', text }] };
}

/** Money that comes back: a debit that was taken back, a transfer of ours that was returned. */
function moneyBack(line: DoorLine, signs: Signs, { index, taken }: Ground): OtherDoor {
  const settled = namedEarlier(line, signs, index)
    .filter(({ payment }) => payment === null)
    .flatMap((one) => settle(line, one, taken));
  const [only] = settled;
  if (only !== undefined && settled.length === 1) {
    take(taken, only);
    return only;
  }
  const text = `${show(line)} came back (${reasonCodeOf(line)}): a debit that was taken back, or money of ours that was returned. It is no customer’s payment by itself.`;
  return { kind: 'ask', reasons: [{ code: 'money_back', text }] };
}

function show({ amountMinor, currency }: DoorLine): string {
  return `${formatDecimal(Math.abs(amountMinor), currency)} ${currency}`;
}
