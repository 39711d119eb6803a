// Our own bank accounts, which statements report on.

import { sql } from 'kysely';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface HouseBankAccountRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly number: string;
  readonly currency: string;
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

const ACCOUNT =
  sql.raw(`a.id, a.legal_entity_id as "legalEntityId", a.number, a.currency, a.name, a.created_by as "createdBy",
  a.created_at as "createdAt" from house_bank_account a`);

/** A page of accounts, in the order they were named. */
export async function listHouseBankAccounts(
  db: Db,
  filter: { scope: Scope; legalEntityId?: string | undefined },
  page: { after: string | null; fetch: number },
): Promise<HouseBankAccountRow[]> {
  const where = allOf([
    inScope(filter.scope, 'a.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`a.legal_entity_id = ${filter.legalEntityId}`,
    page.after === null ? null : sql`a.id > ${page.after}::uuid`,
  ]);
  const { rows } =
    await sql<HouseBankAccountRow>`select ${ACCOUNT} where ${where} order by a.id limit ${page.fetch}`.execute(db);
  return rows;
}

export interface NewHouseBankAccount {
  readonly legalEntityId: string;
  /** Capitals without blanks. */
  readonly number: string;
  readonly currency: string;
  readonly name: string;
  readonly actor: string;
  readonly requestId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** Writes an account down, with its audit entry. @returns false when the legal entity has it: then nothing was written. */
export async function registerHouseAccount(tx: Tx, account: NewHouseBankAccount): Promise<boolean> {
  const { rows } = await sql<{
    id: string;
  }>`insert into house_bank_account (legal_entity_id, number, currency, name, created_by)
    values (${account.legalEntityId}, ${account.number}, ${account.currency}, ${account.name}, ${account.actor})
    on conflict (legal_entity_id, number) do nothing returning id`.execute(tx);
  const [made] = rows;
  if (made === undefined) return false;
  await writeAudit(tx, {
    legalEntityId: account.legalEntityId,
    actor: account.actor,
    action: 'house_account.named',
    subject: made.id,
    details: { currency: account.currency },
    businessAt: account.now,
    requestId: account.requestId,
  });
  return true;
}

/** Names an account once; the same again may give it another name. @returns `null` when it is kept in another currency */
export async function nameHouseAccount(
  db: Db,
  account: NewHouseBankAccount,
): Promise<{ row: HouseBankAccountRow; isNew: boolean } | null> {
  return db.transaction().execute(async (tx) => {
    const isNew = await registerHouseAccount(tx, account);
    const { legalEntityId, number, name } = account;
    if (!isNew) {
      await sql`update house_bank_account set name = ${name}
        where legal_entity_id = ${legalEntityId} and number = ${number} and currency = ${account.currency}`.execute(tx);
    }
    const { rows } = await sql<HouseBankAccountRow>`select ${ACCOUNT}
      where a.legal_entity_id = ${legalEntityId} and a.number = ${number}`.execute(tx);
    const [row] = rows;
    if (row === undefined) throw new Error('defect: a house bank account was not written');
    return row.currency === account.currency ? { row, isNew } : null;
  });
}
