// What the matcher may spend on one line: every text, list and search has an end that has a name.

/** Characters of a line's free text that are read; the rest of a longer text is passed over. */
export const TEXT_CHARS_MAX = 4_096;
/** Words of a text in which references are looked up. */
export const WORDS_MAX = 400;
/** Characters of the compact text that damaged references are sought in. */
export const SOUGHT_CHARS_MAX = 700;
/** Longest reference that is indexed; a longer one is cut to its end. */
export const REFERENCE_CHARS_MAX = 40;
/** Longest pattern of the bit-parallel search: the bits of a word. */
export const PATTERN_CHARS_MAX = 31;
/** Fewest characters by which a reference may be named. */
export const REFERENCE_CHARS_MIN = 4;
/** Entries behind one key of an index that are looked at. */
export const POSTINGS_MAX = 64;
/** Words next to each other that are read as one broken number. */
export const JOINED_WORDS_MAX = 3;
/** Customers whose items are compared with the text of one line. */
export const CUSTOMERS_PER_LINE_MAX = 4;
/** Items of one customer that are compared with a text one by one. */
export const ITEMS_ALIGNED_MAX = 1_500;
/** Items that a text may seem to name and that are weighed. */
export const NAMED_ITEMS_MAX = 48;
/** Steps of the search for the named items that make up an amount. */
export const SET_STEPS_MAX = 6_000;
/** Items of a payer among which a sum without references is sought. */
export const SUBSET_ITEMS_MAX = 120;
/** Steps of that search. */
export const SUBSET_STEPS_MAX = 8_000;
/** Most items of a sum that no reference names. */
export const SUBSET_SIZE_MAX = 8;
/** Lines among which those are sought that together pay one item. */
export const PART_LINES_MAX = 24;
/** Most payments that together pay one item. */
export const PARTS_MAX = 5;
/** Steps of that search, for one item. */
export const PART_STEPS_MAX = 4_000;
/** How often the statement is gone through again with what the last round made certain. */
export const ROUNDS_MAX = 40;
/** Answers kept of one line while it is weighed. */
export const HYPOTHESES_MAX = 24;
/** Customers that a payer's name may stand for. */
export const NAME_CANDIDATES_MAX = 8;
/** Characters of a name that are read. */
export const NAME_CHARS_MAX = 140;
/** Remittance lines of one bank line. */
export const REMITTANCE_LINES_MAX = 2_000;
/** Characters of an account's number that are compared. */
export const ACCOUNT_CHARS_MAX = 100;
