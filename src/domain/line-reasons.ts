// Why a bank line waits for a person, in words: what is made of the matcher's answer.

import type { LineReason } from './bank-line.ts';
import type { Answer, Doubt } from './matching/types.ts';

const DOUBTS: Readonly<Record<Doubt, string>> = {
  below_score: 'What speaks for the best answer is not enough to post it without a person.',
  tie: 'More than one answer fits about as well.',
  not_allowed: 'The policy leaves such an answer to a person.',
  no_candidate: 'No open item fits.',
  unknown_payer: 'The payer is not known, and nothing else names an item.',
  other_currency: 'What would fit is in another currency.',
  too_many_candidates: 'So many open items fit that they cannot be told apart.',
};

/** @returns the reasons for which a person is asked about the line; none when it may be posted */
export function reasonsOf(answer: Answer): LineReason[] {
  switch (answer.kind) {
    case 'post':
      return [];
    case 'propose':
      return [{ code: answer.doubt, text: DOUBTS[answer.doubt] }];
    case 'unidentified':
      return [{ code: answer.doubt, text: [DOUBTS[answer.doubt], ...answer.missing].join(' ') }];
  }
}
