// The same past many times over, each copy with numbers, payers and accounts of its own, for speed at a given number of open items.

import type { MatchItem, MatchLine } from '../../src/domain/matching/types.ts';
import type { Past } from './folder.ts';

/** Digits are turned by d → a·d + b modulo 10: these leave different digits different. */
const FACTORS = [1, 3, 7, 9] as const;
const LETTERS = 26;

/** How many different copies there can be. */
const COPIES_MAX = FACTORS.length * 10;

/** How one copy differs: damaged numbers stay as damaged as they were. */
interface Turn {
  readonly copy: number;
  readonly factor: number;
  readonly shift: number;
}

/** @returns a past of about so many open items, at most `COPIES_MAX` copies of the one given. Its lines are in posting order. */
export function copyPast(past: Past, items: number): Past {
  const copies = Math.min(COPIES_MAX, Math.max(1, Math.ceil(items / past.items.length)));
  const turns = Array.from({ length: copies }, (_, copy): Turn => ({
    copy,
    factor: FACTORS[copy % FACTORS.length] ?? 1,
    shift: Math.floor(copy / FACTORS.length),
  }));
  const kept = Math.min(1, items / (past.items.length * copies));
  const whole = {
    items: turns.flatMap((turn) => past.items.map((item) => copyItem(item, turn))),
    payers: turns.flatMap((turn) =>
      past.payers.map((payer) => ({
        ...payer,
        customerId: `${payer.customerId}-${turn.copy}`,
        names: payer.names.map(({ text, source }) => ({ text: turnLetters(text, turn), source })),
        accounts: payer.accounts.map(({ text, source }) => ({ text: turnAccount(text, turn), source })),
      })),
    ),
    lines: past.lines.flatMap((line) => turns.map((turn) => copyLine(line, turn))),
  };
  const truth = new Map(
    [...past.truth].flatMap(([line, { items: paid, ...rest }]) =>
      turns.map(
        ({ copy }) =>
          [`${line}-${copy}`, { ...rest, items: new Set([...paid].map((item) => `${item}-${copy}`)) }] as const,
      ),
    ),
  );
  return kept === 1 ? { ...whole, truth } : cut({ ...whole, truth }, items);
}

/** Keeps the first items, and the lines that pay nothing else. */
function cut(past: Past, count: number): Past {
  const items = past.items.slice(0, count);
  const ids = new Set(items.map((item) => item.id));
  const lines = past.lines.filter((line) => [...(past.truth.get(line.id)?.items ?? [])].every((item) => ids.has(item)));
  return { ...past, items, lines };
}

function copyItem(item: MatchItem, turn: Turn): MatchItem {
  return {
    ...item,
    id: `${item.id}-${turn.copy}`,
    customerId: `${item.customerId}-${turn.copy}`,
    references: item.references.map(({ kind, text }) => ({ kind, text: turnDigits(text, turn) })),
  };
}

function copyLine(line: MatchLine, turn: Turn): MatchLine {
  return {
    ...line,
    id: `${line.id}-${turn.copy}`,
    payerName: line.payerName === null ? null : turnLetters(line.payerName, turn),
    payerAccount: line.payerAccount === null ? null : turnAccount(line.payerAccount, turn),
    texts: line.texts.map((text) => turnDigits(text, turn)),
  };
}

function turnDigits(text: string, { factor, shift }: Turn): string {
  return text.replace(/\d/g, (digit) => String((Number(digit) * factor + shift) % 10));
}

function turnLetters(text: string, { copy }: Turn): string {
  const turned = text.replace(/[A-Za-z]/g, (letter) => {
    const base = letter < 'a' ? 65 : 97;
    return String.fromCharCode(base + ((letter.charCodeAt(0) - base + copy) % LETTERS));
  });
  return copy < LETTERS ? turned : `${turned} ${copy}`;
}

function turnAccount(text: string, turn: Turn): string {
  return `${turnDigits(text, turn)}${turn.copy}`;
}
