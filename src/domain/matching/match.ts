// The matcher's door: bank lines and open items in, one answer with its reasons for each line out.

import { answerOf } from './answer.ts';
import type { MatchIndex } from './match-index.ts';
import { prepareLine } from './prepared-line.ts';
import { solve } from './solve.ts';
import { endState, startState } from './statement-state.ts';
import type { Answer, MatchingPolicy, MatchLine } from './types.ts';

export { buildIndex, type MatchIndex } from './match-index.ts';

/**
 * Matches the lines of one statement together: two lines never take the same money of an item, and what can only be one
 * thing takes its items first. The result does not depend on the order of lines or items.
 * @param index - of `buildIndex`; it may be used again afterwards
 * @param lines - booked credits, each id once
 * @returns one answer per line, in the lines' order
 */
export function matchLines(index: MatchIndex, lines: readonly MatchLine[], policy: MatchingPolicy): Answer[] {
  const state = startState(index, policy);
  const prepared = lines.map((line) => prepareLine(index, line));
  let taken: Iterable<number> = index.items.keys();
  try {
    const solved = solve(state, prepared);
    taken = solved.flatMap((line) => line.taken?.claims.map((claim) => claim.item) ?? []);
    return solved.map((line) => answerOf(state, line));
  } finally {
    endState(state, taken);
  }
}
