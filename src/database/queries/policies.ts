// The versions of legal entities' policies.

import { sql } from 'kysely';
import { wholePolicy, type Policy, type StoredPolicy } from '../../domain/policy.ts';
import type { Db } from '../client.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface PolicyRow {
  readonly legalEntityId: string;
  readonly version: number;
  readonly body: Policy;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** A page of versions: by legal entity, newest version first. */
export async function listPolicies(
  db: Db,
  filter: { scope: Scope; legalEntityId?: string | undefined; version?: number | undefined },
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<PolicyRow[]> {
  const [entity, version] = page.after ?? ['', ''];
  const where = allOf([
    inScope(filter.scope, 'p.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`p.legal_entity_id = ${filter.legalEntityId}`,
    filter.version === undefined ? null : sql`p.version = ${filter.version}`,
    page.after === null
      ? null
      : sql`(p.legal_entity_id > ${entity} or (p.legal_entity_id = ${entity} and p.version < ${version}::bigint))`,
  ]);
  const { rows } = await sql<
    Omit<PolicyRow, 'body'> & { body: StoredPolicy }
  >`select p.legal_entity_id as "legalEntityId", p.version, p.body, p.created_by as "createdBy",
    p.created_at as "createdAt" from policy p where ${where} order by p.legal_entity_id, p.version desc limit ${page.fetch}`.execute(
    db,
  );
  return rows.map((row) => ({ ...row, body: wholePolicy(row.body) }));
}
