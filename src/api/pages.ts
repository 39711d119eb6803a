// Lists in pages: a cursor names the last row seen by its unique sort key, so that pages neither skip nor repeat.

import { z } from 'zod';
import { PAGE_ROWS, PAGE_ROWS_MAX } from './limits.ts';
import { Problem } from './problem.ts';

const CURSOR_CHARS_MAX = 500;
const CURSOR_PARTS_MAX = 3;

/** The query parameters of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'a whole number is expected')
    .transform(Number)
    .pipe(z.int().min(1).max(PAGE_ROWS_MAX))
    .optional()
    .meta({ description: `Rows of a page, ${String(PAGE_ROWS)} when not given.` }),
  cursor: z.string().max(CURSOR_CHARS_MAX).optional().meta({ description: '`nextCursor` of the page before.' }),
};

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface Page<Key extends readonly string[]> {
  /** One row more than the page shows, so that we know whether another follows. */
  readonly fetch: number;
  /** Sort key of the last row seen. */
  readonly after: Key | null;
}

/** A list's answer. */
export function pageOf<Row extends z.ZodType>(
  row: Row,
): z.ZodObject<{ data: z.ZodArray<Row>; nextCursor: z.ZodType<string | null> }> {
  return z.strictObject({
    data: z.array(row),
    nextCursor: z.string().nullable().meta({ description: '`null` on the last page.' }),
  });
}

/** Reads the cursor of a list whose sort key has the given forms. @throws Problem 400 when it is not one of ours. */
export function pageAsked<const Forms extends readonly RegExp[]>(
  query: PageQuery,
  forms: Forms,
): Page<{ [Index in keyof Forms]: string }> {
  const fetch = (query.limit ?? PAGE_ROWS) + 1;
  if (query.cursor === undefined) return { fetch, after: null };
  const parts = decoded(query.cursor);
  const fits =
    parts !== null && parts.length === forms.length && forms.every((form, index) => form.test(parts[index] ?? ''));
  if (!fits) {
    throw new Problem({
      kind: 'invalid_input',
      code: 'cursor_invalid',
      text: 'The cursor is not one of this list.',
      hint: 'Take nextCursor of the page before as it is, or leave it out to begin.',
    });
  }
  return { fetch, after: parts as { [Index in keyof Forms]: string } };
}

const cursorSchema = z.array(z.string()).max(CURSOR_PARTS_MAX);

function decoded(cursor: string): readonly string[] | null {
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Cuts the rows to the page and names the next one. */
export function paged<Row, Shown>(
  rows: readonly Row[],
  page: { fetch: number },
  shape: { show: (row: Row) => Shown; keyOf: (row: Row) => readonly string[] },
): { data: Shown[]; nextCursor: string | null } {
  const shown = rows.slice(0, page.fetch - 1);
  const last = shown.at(-1);
  const hasMore = rows.length >= page.fetch && last !== undefined;
  return {
    data: shown.map(shape.show),
    nextCursor: hasMore ? Buffer.from(JSON.stringify(shape.keyOf(last))).toString('base64url') : null,
  };
}

export const UUID_FORM = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const NUMBER_FORM = /^[^\x00-\x1f]{1,128}$/;
export const COUNT_FORM = /^\d{1,18}$/;
export const STAMP_FORM = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?$/;
