// Money that came in and that another door had told: a payment of a provider or the API, or a payout of many.

import type { LineReason, OtherDoor } from '../bank-line.ts';
import { daysBetween } from '../dates.ts';
import { formatDecimal } from '../money.ts';
import type { DoorFacts, DoorLine, ExpectedPayout, ToldPayment } from './facts.ts';
import { oneToOne } from './one-to-one.ts';
import { keyOf, names, numbersOf, says, signsOf, wordKeys, type Signs } from './signs.ts';

/** Days for which the bank's line of a told payment is waited for: slow providers pay out monthly. */
export const TOLD_DAYS_MAX = 60;
/** Days by which the bank's value date may lie before the one that was told. */
export const EARLY_DAYS_MAX = 7;
/** Days between the dates of what only the payer's words, or the payer and the amount, say to be the same money. */
const NEAR_DAYS_MAX = 14;
/** Days between a payout's date and the bank's, where its amount says which it is. */
export const PAYOUT_DAYS_MAX = 7;
/** Fewest letters of a source by which a counterpart is known as it. */
const SOURCE_CHARS_MIN = 3;

interface Credit {
  readonly line: DoorLine;
  readonly signs: Signs;
}

/** What is told, found by what lines say. */
interface Index {
  readonly byAmount: ReadonlyMap<string, readonly ToldPayment[]>;
  readonly bySourceId: ReadonlyMap<string, readonly ToldPayment[]>;
  readonly byReference: ReadonlyMap<string, readonly ToldPayment[]>;
  /** By the payer's accounts and names. */
  readonly byPayer: ReadonlyMap<string, readonly ToldPayment[]>;
  readonly facts: DoorFacts;
}

/** Payments of one amount that are compared with a line one by one, and that one line is weighed against; more are found by their IDs alone. */
const COMPARED_MAX = 200;

/** @param lines booked credits that take nothing back. @returns answers for those that another door explains, or may explain */
export function moneyIn(lines: readonly DoorLine[], facts: DoorFacts): Map<string, OtherDoor> {
  const credits = lines.map((line) => ({ line, signs: signsOf(line) }));
  const answers = new Map<string, OtherDoor>();
  // In the order of their trust: what one way has taken or asked about is no matter of the next.
  const passes: readonly ((left: readonly Credit[], index: Index) => ReadonlyMap<string, OtherDoor>)[] = [
    (left, index) => found(left, { of: (one) => namedPayouts(one, index), clear: clearPayout, ask: askPayout }),
    (left, index) => found(left, { of: (one) => namedPayments(one, index), clear: clearPayment, ask: askPayment }),
    (left, index) => found(left, { of: (one) => payoutsByName(one, index), clear: clearPayout, ask: askPayout }),
    (left, index) => found(left, { of: (one) => payoutsByAmount(one, index), clear: askPayout, ask: askPayout }),
    (left, index) => found(left, { of: (one) => paymentsByWords(one, index), clear: clearPayment, ask: askPayment }),
    (left, index) => found(left, { of: (one) => paymentsByPayer(one, index), clear: askPayment, ask: askPayment }),
  ];
  for (const pass of passes) {
    const left = credits.filter(({ line }) => !answers.has(line.id));
    for (const [lineId, door] of pass(left, indexOf(withoutTaken(facts, answers)))) answers.set(lineId, door);
  }
  return answers;
}

interface Way<Thing> {
  readonly of: (credit: Credit) => readonly Thing[];
  readonly clear: (credit: Credit, thing: Thing) => OtherDoor;
  readonly ask: (credit: Credit, thing: Thing) => OtherDoor;
}

/** One way of finding: who gets one thing for himself is cleared by it, who may have several or none for himself is asked about. */
function found<Thing extends ExpectedPayout | ToldPayment>(
  credits: readonly Credit[],
  way: Way<Thing>,
): Map<string, OtherDoor> {
  const candidates = credits.flatMap((credit) => {
    const things = [...new Set(way.of(credit))].sort(oldestFirst).slice(0, COMPARED_MAX);
    return things.length === 0 ? [] : [{ credit, things }];
  });
  const ordered = candidates.sort((a, b) => compare(orderOf(a.credit.line), orderOf(b.credit.line)));
  const fitting = ordered.map(
    ({ credit, things }) =>
      [credit.line.id, things.filter((one) => fits(credit.line, one)).map(({ id }) => id)] as const,
  );
  const given = oneToOne(new Map(fitting));
  return new Map(
    ordered.flatMap(({ credit, things }) => {
      const own = things.find(({ id }) => id === given.get(credit.line.id));
      const [first] = things;
      if (own !== undefined) return [[credit.line.id, way.clear(credit, own)] as const];
      return first === undefined ? [] : [[credit.line.id, way.ask(credit, first)] as const];
    }),
  );
}

function oldestFirst(a: ExpectedPayout | ToldPayment, b: ExpectedPayout | ToldPayment): number {
  return compare(`${dateOf(a)} ${a.id}`, `${dateOf(b)} ${b.id}`);
}

function dateOf(one: ExpectedPayout | ToldPayment): string {
  return 'paidOn' in one ? one.paidOn : one.valueOn;
}

function orderOf(line: DoorLine): string {
  return `${line.bookedOn} ${line.id}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether the line brings the whole of it, less charges that the bank tells. */
function fits(line: DoorLine, one: ExpectedPayout | ToldPayment): boolean {
  if (line.currency !== one.currency) return false;
  if ('netMinor' in one) return line.amountMinor === one.netMinor;
  return line.amountMinor === one.amountMinor || line.amountMinor + line.chargesMinor === one.amountMinor;
}

// ── Payouts ──

function namedPayouts({ signs }: Credit, { facts }: Index): ExpectedPayout[] {
  return facts.payouts.filter(({ payoutId }) => names(signs, payoutId));
}

function payoutsOfAmount({ line }: Credit, { facts }: Index): ExpectedPayout[] {
  return facts.payouts.filter(
    (payout) => fits(line, payout) && Math.abs(daysBetween(payout.paidOn, line.valueOn)) <= PAYOUT_DAYS_MAX,
  );
}

function payoutsByName(credit: Credit, index: Index): ExpectedPayout[] {
  return payoutsOfAmount(credit, index).filter(({ source }) => isNamedBy(credit, source));
}

/** The amount alone clears nothing, but may be the payout: unless a customer is known to have paid. */
function payoutsByAmount(credit: Credit, index: Index): ExpectedPayout[] {
  return index.facts.customersLines.has(credit.line.id) ? [] : payoutsOfAmount(credit, index);
}

function isNamedBy({ line, signs }: Credit, source: string): boolean {
  const said = keyOf(line.counterpartName) + signs.compact;
  const parts = source.split(/[-_]/).map(keyOf);
  return parts.some((part) => part.length >= SOURCE_CHARS_MIN && said.includes(part));
}

function clearPayout({ signs }: Credit, payout: ExpectedPayout): OtherDoor {
  const because = names(signs, payout.payoutId)
    ? `The line names payout ${payout.payoutId} of ${payout.source}, over this amount.`
    : `${payout.source} pays out this amount on ${payout.paidOn} (${payout.payoutId}), and the line names it.`;
  return { kind: 'clear_payout', payoutId: payout.id, because };
}

function askPayout({ line, signs }: Credit, payout: ExpectedPayout): OtherDoor {
  const told = `payout ${payout.payoutId} of ${payout.source} over ${show(payout.netMinor, payout.currency)}`;
  if (!names(signs, payout.payoutId)) {
    return ask('maybe_payout', `The amount is that of ${told}, but the line does not say that it is it.`);
  }
  const text = fits(line, payout)
    ? `Several lines, or several payouts, could be ${told}.`
    : `The line names ${told}, and brings ${show(line.amountMinor, line.currency)}.`;
  return ask(fits(line, payout) ? 'maybe_payout' : 'payout_differs', text);
}

// ── Single payments ──

function indexOf(facts: DoorFacts): Index {
  const { payments, payers } = facts;
  const keysOfPayer = (payment: ToldPayment): string[] => {
    const payer = payers.get(payment.customerId);
    return payer === undefined ? [] : [...payer.accounts, ...payer.names].map(keyOf);
  };
  return {
    byAmount: grouped(payments, ({ amountMinor, currency }) => [amountKey(amountMinor, currency)]),
    bySourceId: grouped(payments, ({ sourceId }) => [keyOf(sourceId)]),
    byReference: grouped(payments, ({ reference }) => [keyOf(reference)]),
    byPayer: grouped(payments, keysOfPayer),
    facts,
  };
}

function grouped(
  payments: readonly ToldPayment[],
  keysOf: (payment: ToldPayment) => readonly string[],
): Map<string, ToldPayment[]> {
  const groups = new Map<string, ToldPayment[]>();
  for (const payment of payments) {
    for (const key of new Set(keysOf(payment))) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [payment]);
      else group.push(payment);
    }
  }
  groups.delete('');
  return groups;
}

/** The facts without what the answers so far take. */
function withoutTaken(facts: DoorFacts, answers: ReadonlyMap<string, OtherDoor>): DoorFacts {
  const taken = new Set<string>();
  for (const door of answers.values()) {
    if (door.kind === 'clear_payment') taken.add(door.paymentId);
    if (door.kind === 'clear_payout') taken.add(door.payoutId);
  }
  const payments = facts.payments.filter(({ id }) => !taken.has(id));
  const payouts = facts.payouts.filter(({ id }) => !taken.has(id));
  return { ...facts, payments, payouts };
}

function amountKey(amountMinor: number, currency: string): string {
  return `${String(amountMinor)} ${currency}`;
}

function ofAmount({ line }: Credit, { byAmount }: Index): ToldPayment[] {
  const amounts = new Set([line.amountMinor, line.amountMinor + line.chargesMinor]);
  return [...amounts].flatMap((minor) => byAmount.get(amountKey(minor, line.currency)) ?? []);
}

/** Whether the line's money can be the payment's by their dates. */
function isInTime(line: DoorLine, payment: ToldPayment): boolean {
  const days = daysBetween(payment.valueOn, line.valueOn);
  return days >= -EARLY_DAYS_MAX && days <= TOLD_DAYS_MAX;
}

function isNear(line: DoorLine, payment: ToldPayment): boolean {
  return Math.abs(daysBetween(payment.valueOn, line.valueOn)) <= NEAR_DAYS_MAX;
}

/** Payments whose own ID the line names: of its amount where there are such, else of another, which a person is asked about. */
function namedPayments(credit: Credit, index: Index): ToldPayment[] {
  const { line, signs } = credit;
  const byKey = [...signs.identifiers, ...signs.words].flatMap((key) => index.bySourceId.get(key) ?? []);
  const alike = ofAmount(credit, index);
  const compared = alike.length > COMPARED_MAX ? [] : alike.filter(({ sourceId }) => names(signs, sourceId));
  const all = [...new Set([...byKey, ...compared])].filter((payment) => isInTime(line, payment));
  const fitting = all.filter((payment) => fits(line, payment));
  return fitting.length > 0 ? fitting : all;
}

function paymentsByWords({ line, signs }: Credit, index: Index): ToldPayment[] {
  const said = [...signs.identifiers, ...signs.texts].flatMap((key) => index.byReference.get(key) ?? []);
  return said.filter((payment) => !payment.isPaidOut && fits(line, payment) && isNear(line, payment));
}

/** The amount and the payer alone clear nothing, but the line is not another payment of his without a look. */
function paymentsByPayer(credit: Credit, index: Index): ToldPayment[] {
  const { line } = credit;
  const payer = [keyOf(line.counterpartAccount), keyOf(line.counterpartName)];
  return payer
    .flatMap((key) => index.byPayer.get(key) ?? [])
    .filter((payment) => fits(line, payment) && isNear(line, payment) && !namesOther(credit, payment));
}

/** Whether both name numbers of documents, and not one the same: then it is money for something else. */
function namesOther({ signs }: Credit, payment: ToldPayment): boolean {
  const told = numbersOf(wordKeys(payment.reference));
  const said = numbersOf([...signs.words, ...signs.identifiers]);
  if (told.size === 0 || said.size === 0) return false;
  return ![...told].some((number) => said.has(number) || names(signs, number));
}

function clearPayment({ line, signs }: Credit, payment: ToldPayment): OtherDoor {
  const what = `payment ${payment.source}/${payment.sourceId}`;
  const because = names(signs, payment.sourceId)
    ? `The line names ${what}, and brings its amount.`
    : `The line has the words and the amount of ${what} of ${payment.valueOn}, which was told before.`;
  const less = line.amountMinor === payment.amountMinor ? '' : ' The bank kept the rest as its charges.';
  return { kind: 'clear_payment', paymentId: payment.id, because: because + less };
}

function askPayment({ line, signs }: Credit, payment: ToldPayment): OtherDoor {
  const told = `payment ${payment.source}/${payment.sourceId} over ${show(payment.amountMinor, payment.currency)} of ${payment.valueOn}`;
  const text = !fits(line, payment)
    ? `The line names ${told}, which was told before, and brings ${show(line.amountMinor, line.currency)}.`
    : names(signs, payment.sourceId) || says(signs, payment.reference)
      ? `The money may be that of ${told}, which was told before: several payments or lines are alike.`
      : `The money may be that of ${told}, which was told before: payer and amount are the same.`;
  return ask('maybe_told_before', text);
}

function show(minor: number, currency: string): string {
  return `${formatDecimal(minor, currency)} ${currency}`;
}

function ask(code: LineReason['code'], text: string): OtherDoor {
  return { kind: 'ask', reasons: [{ code, text }] };
}
