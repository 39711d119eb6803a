// Where a customer's refunds may go. One account is good at a time; who entered it cannot refund to it.

import { sql } from 'kysely';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';

export interface BankAccountRow {
  readonly id: string;
  readonly iban: string;
  readonly bic: string | null;
  readonly holder: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly endedAt: number | null;
}

const COLUMNS =
  sql.raw(`id, iban, bic, holder, created_by as "createdBy", created_at as "createdAt", ended_at as "endedAt"
  from bank_account`);

/** A page of a customer's accounts, the newest first. */
export async function bankAccountsOf(
  db: Db,
  customerId: string,
  page: { after: string | null; fetch: number },
): Promise<BankAccountRow[]> {
  const { rows } = await sql<BankAccountRow>`select ${COLUMNS} where customer_id = ${customerId}
    and (${page.after}::uuid is null or id < ${page.after}::uuid) order by id desc limit ${page.fetch}`.execute(db);
  return rows;
}

/** What a refund asks about an account. */
export interface RefundAccount {
  readonly createdBy: string;
  readonly isEnded: boolean;
}

/** The customer's account with this ID, `null` when it is not the customer's. */
export async function refundAccount(
  tx: Tx,
  account: { id: string; customerId: string },
): Promise<RefundAccount | null> {
  const { rows } = await sql<RefundAccount>`select created_by as "createdBy", ended_at is not null as "isEnded"
    from bank_account where id = ${account.id} and customer_id = ${account.customerId}`.execute(tx);
  return rows[0] ?? null;
}

/** Stores an account and ends the one before; the same account again changes nothing, nor who entered it. */
export async function storeBankAccount(
  db: Db,
  account: { legalEntityId: string; customerId: string; iban: string; bic: string | null; holder: string },
  by: { actor: string; requestId: string; now: number },
): Promise<{ row: BankAccountRow; isNew: boolean }> {
  return db.transaction().execute(async (tx) => {
    // One after the other, so that two requests leave one account.
    await sql`select 1 from customer where id = ${account.customerId} for no key update`.execute(tx);
    const { rows: known } = await sql<BankAccountRow>`select ${COLUMNS} where customer_id = ${account.customerId}
      and ended_at is null and iban = ${account.iban} and bic is not distinct from ${account.bic} and holder = ${account.holder}`.execute(
      tx,
    );
    if (known[0] !== undefined) return { row: known[0], isNew: false };
    await sql`update bank_account set ended_at = clock_timestamp() where customer_id = ${account.customerId} and ended_at is null`.execute(
      tx,
    );
    const { id } = await tx
      .insertInto('bank_account')
      .values({
        legal_entity_id: account.legalEntityId,
        customer_id: account.customerId,
        iban: account.iban,
        bic: account.bic,
        holder: account.holder,
        created_by: by.actor,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    // For a while, money of this customer is looked at by a person: changed details are how payments are led astray.
    await sql`update customer set bank_details_changed_at = ${new Date(by.now)} where id = ${account.customerId}`.execute(
      tx,
    );
    await writeAudit(tx, {
      legalEntityId: account.legalEntityId,
      actor: by.actor,
      action: 'bank_account.changed',
      subject: account.customerId,
      because: 'Refunds go to another account from now on.',
      details: { bankAccountId: id },
      businessAt: by.now,
      requestId: by.requestId,
    });
    const { rows } = await sql<BankAccountRow>`select ${COLUMNS} where id = ${id}`.execute(tx);
    const [row] = rows;
    if (row === undefined) throw new Error('defect: a bank account was not written');
    return { row, isNew: true };
  });
}
