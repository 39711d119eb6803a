// Makes pasts of other companies, from a seed: invoices in their own numbering, payments disturbed the way payers disturb them, and the truth.

import type { Past, Truth } from '../../bench/matching/folder.ts';
import type { MatchItem, MatchLine, MatchPayer } from '../../src/domain/matching/types.ts';

/** How a company numbers its invoices. */
export const NUMBERINGS = [
  'random',
  'random_short',
  'sequential',
  'sequential_short',
  'dated',
  'mixed',
  'two_numbers',
] as const;
export type Numbering = (typeof NUMBERINGS)[number];

export interface PastOptions {
  readonly seed: number;
  readonly numbering: Numbering;
  readonly customers: number;
  readonly invoices: number;
  /** Of 1000 payments, those with no, one, two and three disturbances. */
  readonly disturbed: readonly [number, number, number, number];
}

/** What can happen to a payment. */
const DISTURBANCES = ['number', 'noise', 'name', 'deduction', 'no_memo', 'account'] as const;
type Disturbance = (typeof DISTURBANCES)[number];

const WORDS =
  'Nordwind Bergbau Silber Falken Atlas Orion Delta Polar Castello Moreno Verde Lumière Duval Keller Steiner Novák Kowalski Lindqvist Hansen Virtanen Okafor Nakata Ishida Rao Mehta Silva Pereira Costa Brennan Doyle Murphy Walker Harris Baker Cooper Fischer Weber Hoffmann Schäfer Bauer Richter Klein Wolf Braun Zimmer Moretti Ricci Marino Greco Conti Garnier Lefèvre Roussel Mercier Blanc'.split(
    ' ',
  );
const TRADES =
  'Logistics Foods Steel Textiles Software Energy Pharma Media Consulting Electronics Interiors Printing Chemicals Tools Farms'.split(
    ' ',
  );
const FORMS = [
  'GmbH',
  'AG',
  'S.A.R.L.',
  'SRL',
  'S.p.A.',
  'Ltd.',
  'Inc.',
  'LLC',
  'B.V.',
  'AB',
  'Sp. z o.o.',
  'Lda.',
  '& Co. KG',
  '',
];
const CURRENCIES = ['EUR', 'USD', 'GBP', 'JPY', 'SEK'];
const OPENINGS = [
  '',
  '',
  'payment',
  'Rechnung',
  'INVOICE',
  'Re.',
  'facture n°',
  'REF',
  'your invoice',
  'RG-NR',
  'ORDER OF',
];
const JOINTS = [' ', ', ', ' + ', ' / ', ';', ' & ', '', ' and '];
const CAPITALS = Array.from('ABCDEFGHJKLMNPQRSTUVWXYZ0123456789');
const SMALL = Array.from('abcdefghij0123456789');
const BASE_DAY = Date.UTC(2025, 0, 2);
const DAY_MS = 86_400_000;
const ITEMS_OF_ONE_PAYMENT_MAX = 8;

/** A generator of pseudo-random numbers that gives the same ones for the same seed. */
class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** @returns a number from 0 to below 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** @returns a whole number from `from` to `to`, both included */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.whole(0, values.length - 1)];
    if (value === undefined) throw new Error('There is nothing to pick from.');
    return value;
  }

  isLikely(share: number): boolean {
    return this.next() < share;
  }

  digits(length: number): string {
    return Array.from({ length }, () => String(this.whole(0, 9))).join('');
  }
}

interface Customer {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly accounts: readonly string[];
  readonly otherName: string;
}

/** Makes one past. The same options make the same past. */
export function makePast(options: PastOptions): Past {
  const dice = new Dice(options.seed);
  const customers = Array.from({ length: options.customers }, (_, at) => makeCustomer(dice, at));
  const items = makeItems(dice, options, customers);
  const payers = customers.map((customer): MatchPayer => ({
    customerId: customer.id,
    names: [{ text: customer.name, source: 'master' }],
    accounts: [],
    parentId: null,
  }));
  const lines: MatchLine[] = [];
  const truth = new Map<string, Truth>();
  const customerOf = new Map(customers.map((customer) => [customer.id, customer]));
  for (const deal of dealsOf(dice, items)) {
    const customer = customerOf.get(deal.items[0]?.customerId ?? '');
    if (customer === undefined) continue;
    for (const paid of paidParts(dice, deal)) {
      const disturbances = drawDisturbances(dice, options);
      const line = makeLine(dice, { id: `P${lines.length}`, customer, deal, paid, disturbances });
      lines.push(line);
      truth.set(line.id, { items: new Set(deal.items.map((item) => item.id)), category: deal.category, disturbances });
    }
  }
  lines.sort((a, b) => (a.bookedOn < b.bookedOn ? -1 : a.bookedOn > b.bookedOn ? 1 : 0));
  return { items, payers, lines, truth };
}

function makeCustomer(dice: Dice, at: number): Customer {
  const first = dice.pick(WORDS);
  const second = dice.isLikely(0.5) ? dice.pick(WORDS) : dice.pick(TRADES);
  const bare = dice.isLikely(0.3) ? `${first} & ${second}` : `${first} ${second}`;
  const name = `${bare} ${dice.pick(FORMS)}`.trim();
  const accounts = Array.from(
    { length: dice.whole(1, 5) },
    () => `${dice.pick(['DE', 'FR', 'SE', 'PL'])}${dice.digits(20)}`,
  );
  const initials = `${first.charAt(0)}${second.charAt(0)}`;
  const otherName = dice.pick([
    `${initials} Holdings`,
    `${initials.toUpperCase()} ${dice.pick(TRADES).toUpperCase()}`,
    `${first} Group`,
    `${dice.pick(WORDS)} Treasury Services`,
    `${bare
      .toUpperCase()
      .replace(/[AEIOU]/g, '')
      .slice(0, 9)}_${dice.digits(5)}`,
  ]);
  return { id: `C${String(at).padStart(4, '0')}`, name, currency: dice.pick(CURRENCIES), accounts, otherName };
}

function makeItems(dice: Dice, options: PastOptions, customers: readonly Customer[]): MatchItem[] {
  const seen = new Set<string>();
  return Array.from({ length: options.invoices }, (_, at): MatchItem => {
    const customer = dice.pick(customers);
    let numbers = numbersOf(dice, options.numbering, at);
    while (numbers.some((number) => seen.has(number))) numbers = numbersOf(dice, options.numbering, at + seen.size);
    for (const number of numbers) seen.add(number);
    const issued = dice.whole(0, 90);
    return {
      id: `I${at}`,
      customerId: customer.id,
      side: 'debit',
      currency: dice.isLikely(0.85) ? customer.currency : 'EUR',
      openMinor: amountOf(dice),
      issuedOn: dayOf(issued),
      dueOn: dayOf(issued + dice.whole(5, 45)),
      references: numbers.map((text) => ({ kind: 'invoice', text })),
      discounts: [],
      disputedMinor: 0,
    };
  });
}

function numbersOf(dice: Dice, numbering: Numbering, at: number): string[] {
  switch (numbering) {
    case 'random':
      return [dice.digits(9)];
    case 'random_short':
      return [dice.digits(7)];
    case 'sequential':
      return [`RE-2025-${String(10_000 + at).padStart(6, '0')}`];
    case 'sequential_short':
      return [String(20_000 + at)];
    case 'dated':
      return [`F${dayOf(at % 90).replaceAll('-', '')}${String(Math.floor(at / 90)).padStart(4, '0')}`];
    case 'mixed':
      return [Array.from({ length: 8 }, () => dice.pick(CAPITALS)).join('')];
    case 'two_numbers':
      return [dice.digits(10), `SO${String(4_000_000 + at * 3 + dice.whole(0, 2)).padStart(12, '0')}`];
  }
}

function amountOf(dice: Dice): number {
  const minor = Math.round(10 ** (3 + dice.next() * 4.5));
  if (dice.isLikely(0.06)) return Math.max(100, Math.round(minor / 10_000) * 10_000);
  return dice.isLikely(0.03) ? dice.pick([9_900, 19_900, 49_900]) : minor;
}

function dayOf(day: number): string {
  return new Date(BASE_DAY + day * DAY_MS).toISOString().slice(0, 10);
}

/** Invoices that are paid together, or one that is paid in parts. */
interface Deal {
  readonly items: readonly MatchItem[];
  readonly category: 'one_to_one' | 'one_to_many' | 'many_to_one';
}

function dealsOf(dice: Dice, items: readonly MatchItem[]): Deal[] {
  const waiting = new Map<string, MatchItem[]>();
  for (const item of items) {
    const key = `${item.customerId} ${item.currency}`;
    waiting.set(key, [...(waiting.get(key) ?? []), item]);
  }
  const deals: Deal[] = [];
  for (const group of waiting.values()) {
    const left = [...group];
    while (left.length > 0) {
      const draw = dice.next();
      if (draw < 0.06) left.pop();
      else if (draw < 0.5) deals.push({ items: left.splice(0, 1), category: 'one_to_one' });
      else if (draw < 0.72) deals.push({ items: left.splice(0, 1), category: 'many_to_one' });
      else deals.push({ items: left.splice(0, dice.whole(2, ITEMS_OF_ONE_PAYMENT_MAX)), category: 'one_to_many' });
    }
  }
  return deals;
}

interface Paid {
  readonly amountMinor: number;
  readonly on: string;
}

function paidParts(dice: Dice, deal: Deal): Paid[] {
  const sum = deal.items.reduce((total, item) => total + item.openMinor, 0);
  const on = (): string => dayOf(95 + dice.whole(0, 30));
  if (deal.category !== 'many_to_one' || sum < 1_000) return [{ amountMinor: sum, on: on() }];
  const parts: Paid[] = [];
  let left = sum;
  for (let count = dice.whole(2, 4); count > 1; count--) {
    const amountMinor = Math.max(1, Math.floor(left * (0.15 + dice.next() * 0.6)));
    parts.push({ amountMinor, on: on() });
    left -= amountMinor;
  }
  return [...parts, { amountMinor: left, on: on() }];
}

function drawDisturbances(dice: Dice, options: PastOptions): Disturbance[] {
  let draw = dice.whole(0, 999);
  let count = 0;
  while (count < 3 && draw >= (options.disturbed[count] ?? 0)) draw -= options.disturbed[count++] ?? 0;
  const drawn = new Set<Disturbance>();
  while (drawn.size < count) {
    const disturbance = dice.pick(DISTURBANCES);
    if (disturbance !== 'no_memo' || dice.isLikely(0.25)) drawn.add(disturbance);
  }
  return [...drawn];
}

interface Draft {
  readonly id: string;
  readonly customer: Customer;
  readonly deal: Deal;
  readonly paid: Paid;
  readonly disturbances: readonly Disturbance[];
}

function makeLine(dice: Dice, draft: Draft): MatchLine {
  const { customer, deal, disturbances } = draft;
  const has = (disturbance: Disturbance): boolean => disturbances.includes(disturbance);
  const name = has('name') ? dice.pick([customer.otherName, damageName(dice, customer.name), '']) : customer.name;
  const account = has('account') ? (dice.isLikely(0.5) ? null : `XX${dice.digits(20)}`) : dice.pick(customer.accounts);
  return {
    id: draft.id,
    currency: deal.items[0]?.currency ?? 'EUR',
    amountMinor: has('deduction') ? deduct(dice, draft.paid.amountMinor) : draft.paid.amountMinor,
    bookedOn: draft.paid.on,
    valueOn: draft.paid.on,
    payerName: name === '' ? null : name,
    payerAccount: account,
    texts: has('no_memo') ? [] : [memoOf(dice, deal, { isDamaged: has('number'), isNoisy: has('noise') })],
    structuredReferences: [],
    remittance: [],
    instructed: null,
    chargesMinor: 0,
  };
}

function deduct(dice: Dice, amountMinor: number): number {
  if (dice.isLikely(0.6)) return Math.max(1, amountMinor - dice.whole(1, 9));
  return Math.max(1, amountMinor - Math.floor(amountMinor * (0.001 + dice.next() * 0.029)));
}

function damageName(dice: Dice, name: string): string {
  const at = dice.whole(0, Math.max(0, name.length - 2));
  return dice.isLikely(0.5)
    ? name.slice(0, Math.max(4, name.length - dice.whole(2, 6)))
    : name.slice(0, at) + name.slice(at + 1);
}

function memoOf(dice: Dice, deal: Deal, how: { isDamaged: boolean; isNoisy: boolean }): string {
  const joint = dice.pick(JOINTS);
  const isCounted = deal.items.length > 1 && dice.isLikely(0.2);
  const place = dice.whole(0, 3);
  const numbers = deal.items.map((item, at) => {
    const printed = item.references[place % item.references.length]?.text ?? '';
    const written = dice.isLikely(0.3) ? printed.replace(/[^A-Za-z0-9]/g, '') : printed;
    const text =
      how.isDamaged && dice.isLikely(deal.items.length > 1 ? 0.6 : 1) ? damageNumber(dice, written) : written;
    return isCounted ? `no ${at}: ${text}` : text;
  });
  const parts = [dice.pick(OPENINGS), numbers.join(joint)];
  if (how.isNoisy) parts.splice(dice.whole(0, 2), 0, noiseOf(dice, deal));
  return parts.filter((part) => part !== '').join(' ');
}

function noiseOf(dice: Dice, deal: Deal): string {
  const like = deal.items[0]?.references[0]?.text ?? '12345678';
  return dice.pick([
    like.replace(/\d/g, (digit, at: number) => (at > like.length / 2 ? String(dice.whole(0, 9)) : digit)),
    `EREF ${dice.digits(12)}`,
    dayOf(dice.whole(0, 90)).split('-').reverse().join('.'),
    `cust ${dice.digits(6)}`,
    `ref ${Array.from({ length: 10 }, () => dice.pick(SMALL)).join('')}`,
    dice.digits(like.replace(/\D/g, '').length),
  ]);
}

function damageNumber(dice: Dice, text: string): string {
  const at = dice.whole(0, text.length - 1);
  switch (dice.whole(0, 7)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + String(dice.whole(0, 9)) + text.slice(at);
    case 2:
      return text.slice(0, at) + String(dice.whole(0, 9)) + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2);
    case 4:
      return `${text.slice(0, at)} ${text.slice(at)}`;
    case 5:
      return text.slice(dice.whole(1, 3));
    case 6:
      return text.slice(0, -dice.whole(1, 3));
    default:
      return damageNumber(dice, `${text.slice(0, at)}${dice.whole(0, 9)}${text.slice(at + 1)}`);
  }
}
