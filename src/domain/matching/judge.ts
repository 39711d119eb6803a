// Whether the best meaning of a line is good enough, and far enough ahead of the second, to be posted without a person.

import type { Hypothesis } from './hypothesis.ts';
import { KNOWN_PAYER_BITS } from './payer-evidence.ts';
import type { Doubt, MatchingPolicy } from './types.ts';

/** Points of a score for one bit of evidence. */
const POINTS_PER_BIT = 25;
/** The highest score. */
const POINTS_MAX = 1000;

export interface Judgement {
  readonly best: Hypothesis;
  /** Points to the second best; the score when there is no second. */
  readonly margin: number;
  /** Why it is left to a person, null when it need not be. */
  readonly doubt: Doubt | null;
}

/** Text evidence of this many bits is a reference, damaged or not. */
export const REFERENCE_BITS = 4;
/** A payment that is more than what it names is sure of its reference only from here. */
const OVERPAID_REFERENCE_BITS = 13;

/** Evidence for each item of a set whose sum is not hit. */
const SET_REFERENCE_BITS = 12;

/** @returns evidence as a score from 0 to 1000. */
export function pointsOf(bits: number): number {
  return Math.max(0, Math.min(POINTS_MAX, Math.round(bits * POINTS_PER_BIT)));
}

/** Judges the meanings of one line. @returns null when there is none */
export function judge(hypotheses: readonly Hypothesis[], policy: MatchingPolicy): Judgement | null {
  const best = hypotheses[0];
  if (best === undefined) return null;
  const second = hypotheses[1];
  const ahead = second === undefined ? best.bits : best.bits - Math.max(0, second.bits);
  const margin = pointsOf(ahead);
  return { best, margin, doubt: doubtOf(best, { margin, hasSecond: second !== undefined }, policy) };
}

function doubtOf(
  best: Hypothesis,
  ahead: { margin: number; hasSecond: boolean },
  policy: MatchingPolicy,
): Doubt | null {
  if (!isAllowed(best))
    return best.textBits < REFERENCE_BITS && best.payerBits < KNOWN_PAYER_BITS ? 'unknown_payer' : 'not_allowed';
  if (pointsOf(best.bits) < policy.scoreMin) return 'below_score';
  return ahead.hasSecond && ahead.margin < policy.marginMin ? 'tie' : null;
}

/** What no score allows: an amount of an unknown payer, and money that has to be shared out by guess. */
function isAllowed(best: Hypothesis): boolean {
  if (best.items.length === 0) return false;
  if (best.textBits < REFERENCE_BITS && best.payerBits < KNOWN_PAYER_BITS) return false;
  const { kind } = best.fit;
  if (kind === 'part' && best.items.length > 1) return false;
  if (kind === 'short' && best.items.length > 1 && !areAllNamed(best)) return false;
  if (kind === 'part' || kind === 'short') return best.textBits >= REFERENCE_BITS;
  if (kind !== 'over' || best.fit.bits > 0) return true;
  return best.items.length === 1 && best.isExplained && best.textBits >= OVERPAID_REFERENCE_BITS;
}

/** Many sums come near an amount: a set whose sum does not hit it stands on its references alone. */
function areAllNamed(best: Hypothesis): boolean {
  return best.named.length === best.items.length && best.named.every((item) => item.bits >= SET_REFERENCE_BITS);
}
