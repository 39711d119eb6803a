// GET /v1/legal-entities/{legalEntityId}/mailboxes: where its roles are told of their tasks.

import { z } from 'zod';
import { mailboxesOf } from '../../../database/queries/mailboxes.ts';
import { defineRoute, type Subject } from '../../route.ts';
import { findEntity, mailboxParams, mailboxSchema, showMailbox } from './mailbox-schema.ts';

export const listMailboxes = defineRoute({
  method: 'get',
  path: '/v1/legal-entities/{legalEntityId}/mailboxes',
  summary: 'Where the roles of a legal entity are told of their tasks',
  tag: 'Legal entities',
  action: 'mailbox.read',
  params: mailboxParams,
  answers: { 200: z.strictObject({ data: z.array(mailboxSchema) }).meta({ id: 'Mailboxes' }) },
  about: findEntity,
  async handle({ db }, entity: Subject) {
    return { status: 200, body: { data: (await mailboxesOf(db, entity.legalEntityId)).map(showMailbox) } };
  },
});
