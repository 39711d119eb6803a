// How good answers are against the truth: links, payments, and what was posted without a person.

import type { Answer } from '../../src/domain/matching/types.ts';
import type { Truth } from './folder.ts';

/** Counts of one group of lines. */
export interface Counts {
  lines: number;
  /** Links of the truth, of the first answers, and of both. */
  wanted: number;
  given: number;
  right: number;
  /** Payments whose first answer is the truth, neither less nor more. */
  paymentsRight: number;
  posted: number;
  postedLinks: number;
  postedRight: number;
  /** Payments posted without a person with at least one link that is not true. */
  postedWrong: number;
}

/** Shares from 0 to 1. */
export interface Quality {
  readonly lines: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  readonly paymentsRight: number;
  readonly automaticShare: number;
  readonly automaticPrecision: number;
  /** Posted payments with a wrong link, of 10,000 payments. */
  readonly wrongPer10000: number;
}

export interface Measured extends Quality {
  readonly byCategory: Readonly<Record<string, Quality>>;
  readonly byDisturbance: Readonly<Record<string, Quality>>;
}

/** @returns the items of the first answer. */
function firstItems(answer: Answer): string[] {
  if (answer.kind === 'unidentified') return [];
  const proposal = answer.kind === 'post' ? answer.proposal : answer.proposals[0];
  return proposal?.allocation.shares.map((share) => share.itemId) ?? [];
}

/** Measures answers. @param isCounted - which lines are measured */
export function measureAnswers(
  answers: readonly Answer[],
  truth: ReadonlyMap<string, Truth>,
  isCounted: (lineId: string) => boolean = () => true,
): Measured {
  const all = noCounts();
  const byCategory = new Map<string, Counts>();
  const byDisturbance = new Map<string, Counts>();
  for (const answer of answers) {
    const true_ = truth.get(answer.lineId);
    if (!isCounted(answer.lineId)) continue;
    const disturbances = true_ === undefined || true_.disturbances.length === 0 ? ['none'] : true_.disturbances;
    const groups = disturbances.length > 1 ? [...disturbances, [...disturbances].sort().join(' + ')] : disturbances;
    count(all, answer, true_);
    count(groupOf(byCategory, true_?.category ?? 'none'), answer, true_);
    for (const group of groups) count(groupOf(byDisturbance, group), answer, true_);
  }
  return { ...qualityOf(all), byCategory: qualitiesOf(byCategory), byDisturbance: qualitiesOf(byDisturbance) };
}

function noCounts(): Counts {
  return {
    lines: 0,
    wanted: 0,
    given: 0,
    right: 0,
    paymentsRight: 0,
    posted: 0,
    postedLinks: 0,
    postedRight: 0,
    postedWrong: 0,
  };
}

function groupOf(groups: Map<string, Counts>, name: string): Counts {
  const known = groups.get(name) ?? noCounts();
  groups.set(name, known);
  return known;
}

function count(counts: Counts, answer: Answer, truth: Truth | undefined): void {
  const wanted = truth?.items ?? new Set<string>();
  const given = firstItems(answer);
  const right = given.filter((item) => wanted.has(item)).length;
  counts.lines++;
  counts.wanted += wanted.size;
  counts.given += given.length;
  counts.right += right;
  if (right === wanted.size && given.length === right) counts.paymentsRight++;
  if (answer.kind !== 'post') return;
  counts.posted++;
  counts.postedLinks += given.length;
  counts.postedRight += right;
  if (right < given.length) counts.postedWrong++;
}

function qualityOf(counts: Counts): Quality {
  const share = (part: number, whole: number): number => (whole === 0 ? 1 : Math.round((part / whole) * 1e5) / 1e5);
  const precision = share(counts.right, counts.given);
  const recall = share(counts.right, counts.wanted);
  return {
    lines: counts.lines,
    f1: share(2 * counts.right, counts.given + counts.wanted),
    precision,
    recall,
    paymentsRight: share(counts.paymentsRight, counts.lines),
    automaticShare: share(counts.posted, counts.lines),
    automaticPrecision: share(counts.postedRight, counts.postedLinks),
    wrongPer10000: counts.lines === 0 ? 0 : Math.round((counts.postedWrong / counts.lines) * 1e6) / 100,
  };
}

function qualitiesOf(groups: ReadonlyMap<string, Counts>): Record<string, Quality> {
  const names = [...groups.keys()].sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, qualityOf(groups.get(name) ?? noCounts())]));
}
