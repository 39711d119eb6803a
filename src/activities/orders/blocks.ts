// Takes one open item, or all items of an order, out of dunning for a reason and some days, and lets them back in.

import { sql } from 'kysely';
import { checkBlock } from '../../domain/block.ts';
import { localDate } from '../../domain/calendar.ts';
import type { OrderFacts } from '../../domain/order-facts.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { BlockReport, BlockRequest, EndBlockRequest } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';

/** Blocks that one item, one order or one customer may ever have of its own. */
const BLOCKS_MAX = 100;

export async function blockItem(deps: Dependencies, input: RequestInput<BlockRequest>): Promise<BlockReport> {
  return answerRequest(deps, input, { action: 'block', effect: writeBlock });
}

async function writeBlock(
  tx: Tx,
  { order, facts, policy, calendar }: OrderContext,
  { request, now }: RequestInput<BlockRequest>,
): Promise<Result<{ answer: BlockReport }>> {
  const { itemId } = request;
  const number = itemId === null ? order.number : numberOf(facts, itemId);
  if (number === null) {
    return refuse({
      kind: 'not_found',
      code: 'item_unknown',
      text: `Order ${order.number} has no such open item.`,
      hint: 'Name an open item of this order by its ID or its invoice number, or none to block the whole order.',
    });
  }
  const from = request.from ?? localDate(calendar.zone, now);
  const checked = checkBlock({ from, until: request.until, daysMax: policy.blockDaysMax });
  if (!checked.ok) return checked;
  const { until } = checked;
  const room = await roomForBlock(tx, { customerId: order.customerId, orderId: order.id, itemId }, number);
  if (!room.ok) return room;
  const { id } = await tx
    .insertInto('dunning_block')
    .values({
      customer_id: order.customerId,
      order_id: order.id,
      item_id: itemId,
      from_on: from,
      until_on: until,
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
    subject: number,
    because: `Kept out of dunning: ${request.reason}.`,
    details: { blockId: id, from, until, noteId: request.noteId },
    businessAt: now,
    requestId: request.requestId,
  });
  return { ok: true, answer: { blockId: id, itemId, from, until, endedOn: null } };
}

/** Whether what the block is about (an item; without one an order; without both a customer) may have one more. */
export async function roomForBlock(
  tx: Tx,
  about: { customerId: string; orderId: string | null; itemId: string | null },
  name: string,
): Promise<Result<object>> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from dunning_block
    where customer_id = ${about.customerId} and order_id is not distinct from ${about.orderId}::uuid
      and item_id is not distinct from ${about.itemId}::uuid`.execute(tx);
  if ((rows[0]?.count ?? 0) < BLOCKS_MAX) return { ok: true };
  return refuse({
    kind: 'limit_reached',
    code: 'too_many_blocks',
    text: `${name} had ${String(BLOCKS_MAX)} blocks already.`,
    hint: 'Set one long block instead of many short ones, or block the whole order or customer.',
  });
}

export async function endBlock(deps: Dependencies, input: RequestInput<EndBlockRequest>): Promise<BlockReport> {
  return answerRequest(deps, input, {
    action: 'block',
    effect: async (tx, { order, facts, calendar }, { request, now }) => {
      const ended = await endOneBlock(tx, {
        blockId: request.blockId,
        owner: { column: 'order_id', id: order.id, name: `Order ${order.number}` },
        today: localDate(calendar.zone, now),
      });
      if (!ended.ok) return ended;
      const { answer } = ended;
      await writeAudit(tx, {
        legalEntityId: order.legalEntityId,
        actor: request.actor,
        action: 'block.ended',
        orderId: order.id,
        subject: answer.itemId === null ? order.number : numberOf(facts, answer.itemId),
        because: 'Back in dunning, at the level it had.',
        details: { blockId: answer.blockId, endedOn: answer.endedOn },
        businessAt: now,
        requestId: request.requestId,
      });
      return { ok: true, answer };
    },
  });
}

/** Ends a block of an order, or one that a customer has without naming an order. */
export async function endOneBlock(
  tx: Tx,
  asked: {
    blockId: string;
    owner: { column: 'order_id' | 'customer_id'; id: string; name: string };
    today: string;
  },
): Promise<Result<{ answer: BlockReport }>> {
  const { owner, today } = asked;
  const block = await tx
    .selectFrom('dunning_block')
    .select(['id', 'order_id', 'item_id', 'from_on', 'until_on', 'ended_on'])
    .where('id', '=', asked.blockId)
    .where(owner.column, '=', owner.id)
    .executeTakeFirst();
  if (block === undefined || (owner.column === 'customer_id' && block.order_id !== null)) {
    return refuse({
      kind: 'not_found',
      code: 'block_unknown',
      text: `${owner.name} has no such block.`,
      hint: 'Name a block by the ID that it was answered with, at the address where it was set.',
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
  await tx.updateTable('dunning_block').set({ ended_on: today }).where('id', '=', block.id).execute();
  const { id: blockId, item_id: itemId, from_on: from, until_on: until } = block;
  return { ok: true, answer: { blockId, itemId, from, until, endedOn: today } };
}

function numberOf({ items }: OrderFacts, itemId: string): string | null {
  return items.find((item) => item.itemId === itemId)?.number ?? null;
}
