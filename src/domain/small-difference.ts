// Whether what is left of a paid item is so little that it is written off by itself.

import type { SmallDifference } from './policy.ts';

/**
 * Whether `leftMinor` of an item of `originalMinor` is a small difference: more than nothing, and within both
 * bounds of the policy. `rule: null`: nothing is.
 */
export function isSmallDifference(options: {
  readonly leftMinor: number;
  readonly originalMinor: number;
  readonly rule: SmallDifference | null;
}): boolean {
  const { leftMinor, originalMinor, rule } = options;
  if (rule === null || leftMinor <= 0 || leftMinor > rule.fixedMinor) return false;
  return BigInt(leftMinor) * 10_000n <= BigInt(originalMinor) * BigInt(rule.basisPoints);
}
