// The limits of the HTTP door, each with its name.

/** Largest request body. */
export const BODY_BYTES_MAX = 1024 * 1024;
/** Largest file of evidence: in base64 and with its name it fits into a body. */
export const EVIDENCE_BYTES_MAX = 700_000;
/** Files taken at once by one process: each keeps a connection to the database while it comes. */
export const UPLOADS_AT_ONCE_MAX = 4;
/** Nesting of a JSON body: our deepest one needs five. */
export const JSON_DEPTH_MAX = 16;
/** Lines of one order, and of one shipment. */
export const LINES_PER_ORDER_MAX = 500;
/** Lot numbers of one shipped line. */
export const LOTS_PER_LINE_MAX = 50;
/** Lines of a postal address. */
export const ADDRESS_LINES_MAX = 8;
/** Tax codes that come with one legal entity. */
export const TAX_CODES_MAX = 100;
/** Characters of free text, of a name or description, and of a short code. */
export const NOTE_CHARS_MAX = 4_000;
export const TEXT_CHARS_MAX = 500;
export const CODE_CHARS_MAX = 64;
/** Rows of one page, when asked for and when not. */
export const PAGE_ROWS_MAX = 200;
export const PAGE_ROWS = 50;
/** Open items and payments listed with an account; its totals cover all of them. */
export const ACCOUNT_ROWS_MAX = 500;
/** Requests of one key, and failed log-ins of one address, within a minute. */
export const REQUESTS_PER_MINUTE = 60_000;
export const FAILED_LOGINS_PER_MINUTE = 300;
export const MINUTE_MS = 60_000;

/** Milliseconds a call to Temporal may take, and how long a caller waits for a decision before it is told where to look. */
export const TEMPORAL_DEADLINE_MS = 10_000;
export const DECISION_WAIT_MS = 5_000;
/** Readiness is a question that is asked often: it fails quickly. */
export const READY_DEADLINE_MS = 2_000;

/** @returns whether arrays and objects are nested no deeper than `left` levels. */
export function isShallow(value: unknown, left: number = JSON_DEPTH_MAX): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (left === 0) return false;
  for (const inner of Object.values(value)) if (!isShallow(inner, left - 1)) return false;
  return true;
}
