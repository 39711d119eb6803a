// How a legal entity's banks write their CSV files, by names that people give.

import { sql } from 'kysely';
import type { Db } from '../client.ts';
import { writeAudit } from './audit.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface CsvMappingRow {
  readonly legalEntityId: string;
  readonly name: string;
  /** A `CsvMapping` of src/domain/bank-files/csv-mapping.ts. */
  readonly body: unknown;
  readonly changedBy: string;
  readonly changedAt: number;
}

const MAPPING = sql.raw(
  `m.legal_entity_id as "legalEntityId", m.name, m.body, m.changed_by as "changedBy", m.changed_at as "changedAt" from csv_mapping m`,
);

/** A page of mappings, by legal entity and name. */
export async function listCsvMappings(
  db: Db,
  filter: { scope: Scope; legalEntityId?: string | undefined },
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<CsvMappingRow[]> {
  const where = allOf([
    inScope(filter.scope, 'm.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`m.legal_entity_id = ${filter.legalEntityId}`,
    page.after === null ? null : sql`(m.legal_entity_id, m.name) > (${page.after[0]}, ${page.after[1]})`,
  ]);
  const { rows } = await sql<CsvMappingRow>`select ${MAPPING} where ${where}
    order by m.legal_entity_id, m.name limit ${page.fetch}`.execute(db);
  return rows;
}

/** Keeps a mapping under its name, in place of one that was there. @returns whether the name is new */
export async function keepCsvMapping(
  db: Db,
  mapping: Pick<CsvMappingRow, 'legalEntityId' | 'name' | 'body'>,
  by: { actor: string; requestId: string; now: number },
): Promise<{ row: CsvMappingRow; isNew: boolean }> {
  return db.transaction().execute(async (tx) => {
    const { legalEntityId, name } = mapping;
    const { rows } = await sql<CsvMappingRow & { isNew: boolean }>`
      insert into csv_mapping as m (legal_entity_id, name, body, changed_by)
      values (${legalEntityId}, ${name}, ${JSON.stringify(mapping.body)}::jsonb, ${by.actor})
      on conflict (legal_entity_id, name) do update set body = excluded.body, changed_by = excluded.changed_by, changed_at = clock_timestamp()
      returning m.legal_entity_id as "legalEntityId", m.name, m.body, m.changed_by as "changedBy", m.changed_at as "changedAt",
        old.name is null as "isNew"`.execute(tx);
    const [kept] = rows;
    if (kept === undefined) throw new Error('defect: a mapping was not written');
    await writeAudit(tx, {
      legalEntityId,
      actor: by.actor,
      action: 'csv_mapping.kept',
      subject: name,
      businessAt: by.now,
      requestId: by.requestId,
    });
    const { isNew, ...row } = kept;
    return { row, isNew };
  });
}
