// Legal entities with their tax codes, number series and first policy.

import { sql } from 'kysely';
import { accountNumber } from '../../domain/house-account.ts';
import type { Db } from '../client.ts';
import { writeAudit } from './audit.ts';
import { registerHouseAccount } from './house-bank-accounts.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface LegalEntityRow {
  readonly id: string;
  readonly name: string;
  readonly address: readonly string[];
  readonly country: string;
  readonly zone: string;
  readonly currency: string;
  readonly taxNumber: string | null;
  readonly email: string | null;
  readonly iban: string | null;
  readonly bic: string | null;
  readonly invoicePrefix: string;
  readonly taxCodes: readonly { readonly code: string; readonly rateBp: number; readonly description: string }[];
  readonly createdAt: number;
}

const COLUMNS =
  sql.raw(`e.id, e.name, e.address, e.country, e.zone, e.currency, e.tax_number as "taxNumber", e.email, e.iban, e.bic,
  (select s.prefix from number_series s where s.legal_entity_id = e.id and s.series = 'invoice') as "invoicePrefix",
  coalesce((select json_agg(json_build_object('code', t.code, 'rateBp', t.rate_bp, 'description', t.description) order by t.code)
    from tax_code t where t.legal_entity_id = e.id), '[]') as "taxCodes", e.created_at as "createdAt"`);

/** The first page's row when `id` is given, else a page in the order of IDs. */
export async function listLegalEntities(
  db: Db,
  filter: { scope: Scope; id?: string },
  page: { after: string | null; fetch: number },
): Promise<LegalEntityRow[]> {
  const where = allOf([
    inScope(filter.scope, 'e.id'),
    filter.id === undefined ? null : sql`e.id = ${filter.id}`,
    page.after === null ? null : sql`e.id > ${page.after}`,
  ]);
  const { rows } =
    await sql<LegalEntityRow>`select ${COLUMNS} from legal_entity e where ${where} order by e.id limit ${page.fetch}`.execute(
      db,
    );
  return rows;
}

export async function legalEntityById(db: Db, id: string): Promise<LegalEntityRow | null> {
  return (await listLegalEntities(db, { scope: '*', id }, { after: null, fetch: 1 }))[0] ?? null;
}

/** Writes a legal entity with all it needs to work. @returns false when its ID is taken: then nothing was written. */
export async function insertLegalEntity(
  db: Db,
  entity: Omit<LegalEntityRow, 'createdAt'> & { policy: unknown; actor: string; requestId: string; now: number },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const made = await tx
      .insertInto('legal_entity')
      .values({
        id: entity.id,
        name: entity.name,
        address: [...entity.address],
        country: entity.country,
        zone: entity.zone,
        currency: entity.currency,
        tax_number: entity.taxNumber,
        email: entity.email,
        iban: entity.iban,
        bic: entity.bic,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (made === undefined) return false;
    if (entity.taxCodes.length > 0) {
      const codes = entity.taxCodes.map(({ code, rateBp, description }) => ({
        legal_entity_id: entity.id,
        code,
        rate_bp: rateBp,
        description,
      }));
      await tx.insertInto('tax_code').values(codes).execute();
    }
    await tx
      .insertInto('number_series')
      .values({ legal_entity_id: entity.id, series: 'invoice', prefix: entity.invoicePrefix })
      .execute();
    await tx
      .insertInto('policy')
      .values({ legal_entity_id: entity.id, version: 1, body: JSON.stringify(entity.policy), created_by: entity.actor })
      .execute();
    if (entity.iban !== null) {
      const { name, currency, actor, requestId, now } = entity;
      const account = { number: accountNumber(entity.iban), name, currency, actor, requestId, now };
      await registerHouseAccount(tx, { legalEntityId: entity.id, ...account });
    }
    await writeAudit(tx, {
      legalEntityId: entity.id,
      actor: entity.actor,
      action: 'legal_entity.created',
      subject: entity.id,
      businessAt: entity.now,
      requestId: entity.requestId,
    });
    return true;
  });
}
