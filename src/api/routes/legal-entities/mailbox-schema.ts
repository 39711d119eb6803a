// A role's mailbox as requests and answers show it, and the legal entity that it is about.

import { z } from 'zod';
import { legalEntityById } from '../../../database/queries/legal-entities.ts';
import type { MailboxRow } from '../../../database/queries/mailboxes.ts';
import { ROLES } from '../../../domain/roles.ts';
import type { Asked, Subject } from '../../route.ts';
import { instant, legalEntityId, mailAddress, showInstant } from '../../schemas/common.ts';

export const mailboxParams = z.strictObject({ legalEntityId });

export const mailboxSchema = z
  .strictObject({ role: z.string(), email: z.string(), changedBy: z.string(), changedAt: instant })
  .meta({ id: 'Mailbox' });

export const newMailbox = z.strictObject({ role: z.enum(ROLES), email: mailAddress }).meta({ id: 'NewMailbox' });

export function showMailbox(row: MailboxRow): z.infer<typeof mailboxSchema> {
  const { role, email, changedBy } = row;
  return { role, email, changedBy, changedAt: showInstant(row.changedAt) };
}

/** The legal entity of the address, if there is one. */
export async function findEntity(asked: Asked<{ legalEntityId: string }, unknown, unknown>): Promise<Subject | null> {
  const entity = await legalEntityById(asked.db, asked.params.legalEntityId);
  return entity === null ? null : { legalEntityId: entity.id };
}
