// Where a role of a legal entity reads its mail.

import type { Db } from '../client.ts';
import { writeAudit } from './audit.ts';

export interface MailboxRow {
  readonly role: string;
  readonly email: string;
  readonly changedBy: string;
  readonly changedAt: number;
}

const COLUMNS = ['role', 'email', 'changed_by as changedBy', 'changed_at as changedAt'] as const;

/** The mailboxes of a legal entity, one a role. */
export async function mailboxesOf(db: Db, legalEntityId: string): Promise<MailboxRow[]> {
  return db
    .selectFrom('role_mailbox')
    .select(COLUMNS)
    .where('legal_entity_id', '=', legalEntityId)
    .orderBy('role')
    .execute();
}

/** Sets where a role reads its mail. The address is personal and stays out of the audit. @returns the mailbox, and whether it is new */
export async function setMailbox(
  db: Db,
  mailbox: { legalEntityId: string; role: string; email: string },
  by: { actor: string; requestId: string; now: number },
): Promise<{ mailbox: MailboxRow; isNew: boolean }> {
  const { legalEntityId, role, email } = mailbox;
  return db.transaction().execute(async (tx) => {
    const before = await tx
      .selectFrom('role_mailbox')
      .select(COLUMNS)
      .where('legal_entity_id', '=', legalEntityId)
      .where('role', '=', role)
      .forUpdate()
      .executeTakeFirst();
    if (before?.email === email) return { mailbox: before, isNew: false };
    const changed = { email, changed_by: by.actor, changed_at: new Date() };
    const after = await tx
      .insertInto('role_mailbox')
      .values({ legal_entity_id: legalEntityId, role, ...changed })
      .onConflict((conflict) => conflict.columns(['legal_entity_id', 'role']).doUpdateSet(changed))
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    await writeAudit(tx, {
      legalEntityId,
      actor: by.actor,
      action: 'mailbox.set',
      subject: role,
      because: before === undefined ? 'The role has a mailbox now.' : 'The role reads its mail elsewhere now.',
      businessAt: by.now,
      requestId: by.requestId,
    });
    return { mailbox: after, isNew: before === undefined };
  });
}
