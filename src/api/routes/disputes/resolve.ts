// POST /v1/disputes/{disputeId}/outcome: ends a dispute; a credit note waits for the approval of another person.

import { z } from 'zod';
import { disputeById } from '../../../database/queries/disputes.ts';
import { writeNote } from '../../../database/queries/notes.ts';
import { orderById } from '../../../database/queries/orders.ts';
import { DISPUTE_OUTCOMES } from '../../../domain/dispute.ts';
import { resolveDispute } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { money, noteText, readPositive } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { requireCurrency } from '../orders/ground.ts';
import { disputeParams, findDispute } from './find-dispute.ts';
import { disputeSchema, showDispute } from './present.ts';

export const resolveDisputeRoute = defineRoute({
  method: 'post',
  path: '/v1/disputes/{disputeId}/outcome',
  summary: 'Resolve a dispute: by a credit note, in part, not at all, or because it was withdrawn',
  tag: 'Disputes',
  action: 'dispute.resolve',
  params: disputeParams,
  body: z
    .strictObject({
      outcome: z.enum([...DISPUTE_OUTCOMES, 'withdrawn']),
      credit: money.optional().meta({ description: 'Of `partly`: what is credited, tax included.' }),
      note: noteText.optional(),
    })
    .meta({ id: 'DisputeOutcome' }),
  answers: { 200: disputeSchema },
  about: findDispute,
  async handle(asked, dispute) {
    const { db, engine, body, requestKey, caller, now } = asked;
    const { legalEntityId } = dispute;
    const order = await orderById(db, dispute.orderId);
    if (order === null) throw notFound('order');
    const { credit } = body;
    if (credit !== undefined)
      requireCurrency({ legalEntity: legalEntityId, currency: credit.currency }, dispute.currency);
    const creditMinor = credit === undefined ? null : readPositive(credit).minor;
    const noteId =
      body.note === undefined
        ? null
        : await writeNote(db, { requestKey, legalEntityId, body: body.note, actor: caller.actor });
    const request = { ...requestOf(asked, order), disputeId: dispute.id, outcome: body.outcome, creditMinor, noteId };
    await updateOrder(engine, { order, update: resolveDispute, request });
    const resolved = (await disputeById(db, dispute.id)) ?? dispute;
    return { status: 200, body: showDispute(resolved, now), location: `/v1/disputes/${dispute.id}` };
  },
});
