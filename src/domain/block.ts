// A block keeps an open item out of dunning for some days, for a reason.

import type { IsoDate } from './dates.ts';
import { addDays } from './dates.ts';
import { refuse, type Result } from './refusal.ts';

export interface Block {
  /** First day on which nothing is sent. */
  readonly from: IsoDate;
  /** Last day on which nothing is sent; `null`: until somebody ends it. */
  readonly until: IsoDate | null;
  /** The day on which it was ended by hand: from then on it blocks no more. */
  readonly endedOn: IsoDate | null;
}

/** What is asked of a block; `until` null: as long as `daysMax` allows. */
export interface BlockAsked {
  readonly from: IsoDate;
  readonly until: IsoDate | null;
  /** Calendar days that a block lasts at most, its first and last day counted. */
  readonly daysMax: number;
}

/** Whether a block may be set, and its last day: each block ends by itself. */
export function checkBlock({ from, until, daysMax }: BlockAsked): Result<{ until: IsoDate }> {
  if (until !== null && until < from) {
    return refuse({
      kind: 'unprocessable',
      code: 'block_ends_before_it_starts',
      text: `The block would end on ${until}, before it starts on ${from}.`,
      hint: 'Give an end on or after the start, or none: then it lasts as long as the policy allows.',
    });
  }
  const latest = lastDayOf(from, daysMax);
  if (until === null || until <= latest) return { ok: true, until: until ?? latest };
  return refuse({
    kind: 'unprocessable',
    code: 'block_too_long',
    text: `A block from ${from} to ${until} is longer than the ${String(daysMax)} days that the policy allows.`,
    hint: `Let it end on ${latest} at the latest, and set another one then if it is still needed.`,
    details: { latest, blockDaysMax: daysMax },
  });
}

/** The block with its end: one from before blocks had to end lasts as long as one may last. */
export function endingBlock(block: Block, daysMax: number): Block {
  return block.until === null ? { ...block, until: lastDayOf(block.from, daysMax) } : block;
}

function lastDayOf(from: IsoDate, daysMax: number): IsoDate {
  return addDays(from, daysMax - 1);
}

/** @returns whether the block holds on the date. */
export function isBlocking(block: Block, date: IsoDate): boolean {
  if (date < block.from) return false;
  if (block.until !== null && date > block.until) return false;
  return block.endedOn === null || date < block.endedOn;
}

/** The first date on or after `date` that no block holds; `null` when one has no end. */
export function unblockedOnOrAfter(blocks: readonly Block[], date: IsoDate): IsoDate | null {
  let day = date;
  // Each block is left at most once, so as many rounds as blocks reach the answer.
  for (let round = 0; round <= blocks.length; round += 1) {
    const block = blocks.find((candidate) => isBlocking(candidate, day));
    if (block === undefined) return day;
    const last = lastBlockedDay(block);
    if (last === null) return null;
    day = addDays(last, 1);
  }
  throw new Error('defect: blocks without an end');
}

function lastBlockedDay(block: Block): IsoDate | null {
  const beforeEnd = block.endedOn === null ? null : addDays(block.endedOn, -1);
  if (block.until === null) return beforeEnd;
  return beforeEnd !== null && beforeEnd < block.until ? beforeEnd : block.until;
}
