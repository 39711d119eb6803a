// The activities of a letter of the day, by the names that Temporal's UI shows.

import type { Dependencies } from '../dependencies.ts';
import { planLetter } from './plan-letter.ts';
import { sendLetter, type LetterOutput } from './send-letter.ts';

export interface LetterActivities {
  /** When the letter goes; `null`: it is closed. Instants are epoch milliseconds. */
  planLetter(input: { letterId: string; now: number }): Promise<{ at: number | null }>;
  sendLetter(input: { letterId: string; now: number }): Promise<LetterOutput>;
}

export function createLetterActivities(deps: Dependencies): LetterActivities {
  return {
    planLetter: (input) => planLetter(deps, input),
    sendLetter: (input) => sendLetter(deps, input),
  };
}
