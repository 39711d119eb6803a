// What damage to a reference costs in evidence: the more places it may be in, the less a hit tells.

/** One in five numbers is damaged. */
const DAMAGE_BITS = 2.3;
const FURTHER_DAMAGE_BITS = 1;
/** Damage where all references are the same hides nothing. */
const FIXED_DAMAGE_BITS = 3;
const FIXED_FURTHER_BITS = 2;
const EDITS_MAX = 3;
/** Shorter references are not recognised with more than two edits. */
const LONG = 12;
/** Fewer bits than this are no mention. */
export const MENTION_BITS_MIN = -3;

/** A change, a loss or an addition at any place: so many texts a reference may turn into by one edit, in bits. */
function variantBits(length: number): number {
  return Math.log2(20 * length);
}

/** @returns bits that edits of a reference take away. @param isTellingWhole - what tells it from others is unhurt */
export function editBits(length: number, edits: number, isTellingWhole: boolean): number {
  if (edits === 0) return 0;
  if (isTellingWhole) return FIXED_DAMAGE_BITS + FIXED_FURTHER_BITS * (edits - 1);
  return variantBits(length) + DAMAGE_BITS + (edits - 1) * (variantBits(length) + FURTHER_DAMAGE_BITS);
}

/** @returns the most edits after which a reference of so many characters and bits still tells something. */
export function editsMaxOf(length: number, bits: number): number {
  const affordable = Math.floor((bits - DAMAGE_BITS - MENTION_BITS_MIN) / (variantBits(length) + FURTHER_DAMAGE_BITS));
  const most = length < LONG ? EDITS_MAX - 1 : EDITS_MAX;
  return Math.max(1, Math.min(most, affordable, Math.floor(length / 4)));
}
