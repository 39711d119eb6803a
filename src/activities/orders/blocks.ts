// Takes one open item out of dunning for a reason, and lets it back in.

import { localDate } from '../../domain/calendar.ts';
import { refuse } from '../../domain/refusal.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { BlockReport, BlockRequest, EndBlockRequest } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';

/** Blocks that one item may ever have. */
const BLOCKS_PER_ITEM_MAX = 100;

export async function blockItem(deps: Dependencies, input: RequestInput<BlockRequest>): Promise<BlockReport> {
  return answerRequest(deps, input, {
    action: 'block',
    effect: async (tx, { order, facts, calendar }, { request, now }) => {
      const item = facts.items.find((candidate) => candidate.itemId === request.itemId);
      if (item === undefined) {
        return refuse({
          kind: 'not_found',
          code: 'item_unknown',
          text: `Order ${order.number} has no such open item.`,
          hint: 'Name an open item of this order by its ID or its invoice number.',
        });
      }
      const from = request.from ?? localDate(calendar.zone, now);
      if (request.until !== null && request.until < from) {
        return refuse({
          kind: 'unprocessable',
          code: 'block_ends_before_it_starts',
          text: `The block would end on ${request.until}, before it starts on ${from}.`,
          hint: 'Give an end on or after the start, or none to leave it open.',
        });
      }
      if (item.blocks.length >= BLOCKS_PER_ITEM_MAX) {
        return refuse({
          kind: 'limit_reached',
          code: 'too_many_blocks',
          text: `${item.number} had ${String(BLOCKS_PER_ITEM_MAX)} blocks already.`,
          hint: 'Set one block without an end instead of many.',
        });
      }
      const { id } = await tx
        .insertInto('dunning_block')
        .values({
          order_id: order.id,
          item_id: item.itemId,
          from_on: from,
          until_on: request.until,
          reason: request.reason,
          note_id: request.noteId,
          created_by: request.actor,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await writeAudit(tx, {
        legalEntityId: order.legalEntityId,
        actor: request.actor,
        action: 'block.set',
        orderId: order.id,
        subject: item.number,
        because: `Kept out of dunning: ${request.reason}.`,
        details: { blockId: id, from, until: request.until, noteId: request.noteId },
        businessAt: now,
        requestId: request.requestId,
      });
      return { ok: true, answer: { blockId: id, itemId: item.itemId, from, until: request.until, endedOn: null } };
    },
  });
}

export async function endBlock(deps: Dependencies, input: RequestInput<EndBlockRequest>): Promise<BlockReport> {
  return answerRequest(deps, input, {
    action: 'block',
    effect: async (tx, { order, facts, calendar }, { request, now }) => {
      const block = await tx
        .selectFrom('dunning_block')
        .select(['id', 'item_id', 'from_on', 'until_on', 'ended_on'])
        .where('id', '=', request.blockId)
        .where('order_id', '=', order.id)
        .executeTakeFirst();
      if (block === undefined) {
        return refuse({
          kind: 'not_found',
          code: 'block_unknown',
          text: `Order ${order.number} has no such block.`,
          hint: 'The order shows its blocks with their IDs.',
        });
      }
      if (block.ended_on !== null) {
        return refuse({
          kind: 'conflict',
          code: 'block_ended_already',
          text: `The block was ended on ${block.ended_on}.`,
          hint: 'Nothing is left to do.',
        });
      }
      const endedOn = localDate(calendar.zone, now);
      await tx.updateTable('dunning_block').set({ ended_on: endedOn }).where('id', '=', block.id).execute();
      await writeAudit(tx, {
        legalEntityId: order.legalEntityId,
        actor: request.actor,
        action: 'block.ended',
        orderId: order.id,
        subject: facts.items.find((item) => item.itemId === block.item_id)?.number ?? null,
        because: 'Back in dunning, at the level it had.',
        details: { blockId: block.id, endedOn },
        businessAt: now,
        requestId: request.requestId,
      });
      return {
        ok: true,
        answer: { blockId: block.id, itemId: block.item_id, from: block.from_on, until: block.until_on, endedOn },
      };
    },
  });
}
