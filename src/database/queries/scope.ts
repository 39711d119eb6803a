// Cuts a query to the legal entities of whoever asks.

import { sql, type RawBuilder } from 'kysely';

/** The legal entities a query may show: some, or all. */
export type Scope = readonly string[] | '*';

/** A condition on a column of legal entities, such as `o.legal_entity_id`. */
export function inScope(scope: Scope, column: string): RawBuilder<boolean> {
  return scope === '*' ? sql<boolean>`true` : sql<boolean>`${sql.ref(column)} = any(${scope})`;
}

/** Joins the conditions that are there. */
export function allOf(conditions: readonly (RawBuilder<unknown> | null)[]): RawBuilder<unknown> {
  const given = conditions.filter((condition) => condition !== null);
  return given.length === 0 ? sql`true` : sql.join(given, sql` and `);
}
