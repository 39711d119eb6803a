// What the matcher may do unless the company says otherwise.

import type { MatchingPolicy } from './types.ts';

/**
 * 25 points are one bit of evidence: 550 points are a chance of one in four million that a wrong item fits as well,
 * 200 points ahead of the second answer are 250 to 1 (`docs/cash-application.md`).
 */
export const DEFAULT_MATCHING_POLICY: MatchingPolicy = {
  scoreMin: 550,
  marginMin: 200,
  toleranceMinorByCurrency: { JPY: 100, KRW: 1_000, HUF: 300, CLP: 1_000, KWD: 300, BHD: 300, OMR: 300 },
  toleranceMinor: 100,
  toleranceBasisPoints: 100,
  discountGraceDays: 3,
  isLateDiscountGranted: false,
  chargesMinorByCurrency: {},
  chargesMinor: 0,
  isOldestFirst: false,
  isOnAccountAutomatic: false,
};
