// A block keeps an open item out of dunning for some days, for a reason.

import type { IsoDate } from './dates.ts';
import { addDays } from './dates.ts';

export interface Block {
  /** First day on which nothing is sent. */
  readonly from: IsoDate;
  /** Last day on which nothing is sent; `null`: until somebody ends it. */
  readonly until: IsoDate | null;
  /** The day on which it was ended by hand: from then on it blocks no more. */
  readonly endedOn: IsoDate | null;
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
