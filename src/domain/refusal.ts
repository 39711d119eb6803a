// The one shape in which a rule says no: a stable code, words for the reader, and what to do about it.

/** The classes of refusal, each of which a door turns into its own status (see `src/api/problem.ts`). */
export type RefusalKind =
  'invalid_input' | 'not_authenticated' | 'not_allowed' | 'not_found' | 'conflict' | 'unprocessable' | 'limit_reached';

export interface Refusal {
  readonly kind: RefusalKind;
  /** Stable `lower_snake` code; clients may branch on it. */
  readonly code: string;
  /** What is wrong, with the figures, for the person who reads it. */
  readonly text: string;
  /** What to do next. */
  readonly hint: string;
  /** Figures and codes a program may use: plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Result<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly refusal: Refusal };

/** Builds the refusing half of a `Result`. */
export function refuse(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}
