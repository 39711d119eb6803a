// POST /v1/legal-entities/{legalEntityId}/mailboxes: where a role is told of its tasks from now on.

import { setMailbox } from '../../../database/queries/mailboxes.ts';
import { defineRoute, type Subject } from '../../route.ts';
import { findEntity, mailboxParams, mailboxSchema, newMailbox, showMailbox } from './mailbox-schema.ts';

export const setMailboxRoute = defineRoute({
  method: 'post',
  path: '/v1/legal-entities/{legalEntityId}/mailboxes',
  summary: 'Set where a role is told of its tasks; without one it is not mailed',
  tag: 'Legal entities',
  action: 'mailbox.write',
  params: mailboxParams,
  body: newMailbox,
  answers: { 200: mailboxSchema, 201: mailboxSchema },
  about: findEntity,
  async handle({ db, body, caller, requestId, now }, entity: Subject) {
    const by = { actor: caller.actor, requestId, now };
    const { mailbox, isNew } = await setMailbox(db, { legalEntityId: entity.legalEntityId, ...body }, by);
    return { status: isNew ? 201 : 200, body: showMailbox(mailbox) };
  },
});
