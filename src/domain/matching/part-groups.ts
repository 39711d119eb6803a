// Lines which together pay an item, over a whole statement: those that name it, and those of its customer that name nothing.

import { judge } from './judge.ts';
import { PART_LINES_MAX } from './limits.ts';
import { weigh, type Hypothesis } from './hypothesis.ts';
import { findPartGroup, type PartClaim, type PartGroup } from './part-payments.ts';
import { KNOWN_PAYER_BITS, payerBits } from './payer-evidence.ts';
import type { SolvedLine } from './solved-line.ts';
import { isStillOpen, payerOf, type StatementState } from './statement-state.ts';
import { compareHypotheses } from './weigh-line.ts';

/** More lines of one payer without any reference are not tried in groups. */
const SILENT_LINES_MAX = 8;

/** Gives lines that together pay an item what their sum tells. */
export function weighGroups(state: StatementState, lines: readonly SolvedLine[]): void {
  const byItem = new Map<number, PartClaim[]>();
  for (const [at, line] of lines.entries()) {
    if (line.taken !== null) continue;
    for (const hypothesis of line.hypotheses) {
      const item = hypothesis.items[0];
      if (item === undefined || hypothesis.items.length > 1 || !isPart(hypothesis)) continue;
      add(byItem, item, { line: at, amountMinor: amountOf(state, line, item), hypothesis });
    }
  }
  addSilent(state, lines, byItem);
  for (const [item, claims] of byItem) {
    const group = claims.length < 2 ? null : findPartGroup(state, item, claims);
    if (group !== null) raise(state, lines, group);
  }
}

function add(byItem: Map<number, PartClaim[]>, item: number, claim: PartClaim): void {
  const known = byItem.get(item);
  if (known === undefined) byItem.set(item, [claim]);
  else known.push(claim);
}

function amountOf(state: StatementState, { prepared: { line } }: SolvedLine, item: number): number {
  const instructed = line.instructed;
  return instructed !== null && instructed.currency === state.index.items[item]?.currency
    ? instructed.amountMinor
    : line.amountMinor;
}

function isPart(hypothesis: Hypothesis): boolean {
  return hypothesis.fit.kind === 'part' || hypothesis.fit.kind === 'short';
}

/** Lines of a known payer without any number may be a part of any of its items. */
function addSilent(state: StatementState, lines: readonly SolvedLine[], byItem: Map<number, PartClaim[]>): void {
  const silent = new Map<string, { customer: number; lines: number[] }>();
  for (const [at, line] of lines.entries()) {
    const customer = line.taken === null && line.prepared.text.runs.length === 0 ? onlyPayer(state, line) : null;
    if (customer === null) continue;
    const key = `${customer} ${line.prepared.line.currency}`;
    const known = silent.get(key);
    if (known === undefined) silent.set(key, { customer, lines: [at] });
    else known.lines.push(at);
  }
  for (const group of silent.values()) {
    if (group.lines.length > SILENT_LINES_MAX) continue;
    const items = (state.index.customers[group.customer]?.items ?? []).filter((item) => isStillOpen(state, item));
    for (const at of group.lines) {
      const line = lines[at];
      if (line !== undefined) addSilentLine(state, { line, at, customer: group.customer, items }, byItem);
    }
  }
}

function onlyPayer(state: StatementState, line: SolvedLine): number | null {
  const payer = payerOf(state, line.prepared.line);
  const known = payer.ranked.filter((customer) => payerBits(payer, customer) >= KNOWN_PAYER_BITS);
  return known.length === 1 ? (known[0] ?? null) : null;
}

interface SilentLine {
  readonly line: SolvedLine;
  readonly at: number;
  readonly customer: number;
  readonly items: readonly number[];
}

function addSilentLine(state: StatementState, silent: SilentLine, byItem: Map<number, PartClaim[]>): void {
  const { line, at, customer, items } = silent;
  const payer = payerOf(state, line.prepared.line);
  const weighing = { state, line: line.prepared.line, payer, numbers: [], structured: line.prepared.structured };
  const triedBits = Math.log2(Math.max(1, items.length));
  for (const item of items) {
    const claims = byItem.get(item);
    if ((state.openMinor[item] ?? 0) <= line.prepared.line.amountMinor) continue;
    if (claims !== undefined && (claims.length > PART_LINES_MAX || claims.some((claim) => claim.line === at))) continue;
    const hypothesis = weigh(weighing, { customer, items: [item], named: [], triedBits });
    if (hypothesis !== null && isPart(hypothesis)) {
      add(byItem, item, { line: at, amountMinor: line.prepared.line.amountMinor, hypothesis });
    }
  }
}

function raise(state: StatementState, lines: readonly SolvedLine[], group: PartGroup): void {
  for (const { line: at, hypothesis } of group.claims) {
    const line = lines[at];
    if (line === undefined) continue;
    const together = group.claims.map((other) => other.line).filter((other) => other !== at);
    const bits = hypothesis.bits - hypothesis.fit.bits + group.bits;
    const fit = { kind: 'parts' as const, bits: group.bits };
    const grouped: Hypothesis = { ...hypothesis, pass: 'part_payments', fit, bits, together };
    const others = line.hypotheses.filter((other) => other.items.length !== 1 || other.items[0] !== group.item);
    line.hypotheses = [grouped, ...others].sort(compareHypotheses);
    line.judgement = judge(line.hypotheses, state.policy);
  }
}
