// Takes everything of a customer out of dunning for a reason and some days, and lets it back in.

import { sql } from 'kysely';
import { FINAL_STAGES } from '../domain/agenda.ts';
import { checkBlock } from '../domain/block.ts';
import { localDate } from '../domain/calendar.ts';
import { wholePolicy, type Policy, type StoredPolicy } from '../domain/policy.ts';
import type { Refusal, Result } from '../domain/refusal.ts';
import type { Tx } from '../database/client.ts';
import { writeAudit } from '../database/queries/audit.ts';
import type { BlockReport, CustomerBlockInput } from '../workflows/messages.ts';
import type { Dependencies } from './dependencies.ts';
import { Refused, refusalFailure } from './failures.ts';
import { endOneBlock, roomForBlock } from './orders/blocks.ts';
import { POKES_MAX } from './poke-orders.ts';

export interface CustomerBlockActivities {
  /** Sets or ends a block, once for a request. @throws ApplicationFailure with the refusal; it is in the audit. */
  writeCustomerBlock(input: CustomerBlockInput & { now: number }): Promise<BlockReport>;
  /** A page of a customer's orders that are not closed, after the given ID. */
  unclosedOrdersOfCustomer(input: { customerId: string; after: string | null }): Promise<{ orderIds: string[] }>;
}

type Asked = CustomerBlockInput & { readonly now: number };

interface Customer {
  readonly number: string;
  /** Today at the customer. */
  readonly today: string;
  readonly policy: Policy;
}

export function createCustomerBlockActivities({ db }: Dependencies): CustomerBlockActivities {
  return {
    async writeCustomerBlock(input) {
      try {
        return await db.transaction().execute((tx) => answerOnce(tx, input));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        await db.transaction().execute((tx) => auditRefusal(tx, input, error.refusal));
        throw refusalFailure(error.refusal);
      }
    },

    async unclosedOrdersOfCustomer({ customerId, after }) {
      const { rows } = await sql<{ id: string }>`select id from sales_order
        where customer_id = ${customerId} and stage <> all(${FINAL_STAGES}::text[]) and (${after}::uuid is null or id > ${after}::uuid)
        order by id limit ${POKES_MAX}`.execute(db);
      return { orderIds: rows.map((row) => row.id) };
    },
  };
}

async function answerOnce(tx: Tx, input: Asked): Promise<BlockReport> {
  const customer = await lockCustomer(tx, input);
  const known = await tx
    .selectFrom('request_effect')
    .select('result')
    .where('key', '=', input.requestKey)
    .executeTakeFirst();
  if (known !== undefined) return known.result as BlockReport;
  const result = await (input.set === null ? endBlock(tx, input, customer) : setBlock(tx, input, customer));
  if (!result.ok) throw new Refused(result.refusal);
  await tx
    .insertInto('request_effect')
    .values({ key: input.requestKey, result: JSON.stringify(result.answer) })
    .execute();
  return result.answer;
}

/** One change of a customer's blocks after the other. */
async function lockCustomer(tx: Tx, { customerId, now }: Asked): Promise<Customer> {
  const { rows } = await sql<{ number: string; zone: string; policy: StoredPolicy | null }>`
    select c.number, c.zone, (select body from policy p where p.legal_entity_id = c.legal_entity_id order by version desc limit 1) as policy
    from customer c where c.id = ${customerId} for no key update of c`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no customer ${customerId}`);
  if (row.policy === null) throw new Error(`defect: the legal entity of customer ${row.number} has no policy`);
  return { number: row.number, today: localDate(row.zone, now), policy: wholePolicy(row.policy) };
}

async function setBlock(tx: Tx, input: Asked, customer: Customer): Promise<Result<{ answer: BlockReport }>> {
  const { set, customerId } = input;
  if (set === null) throw new Error('defect: a block that is not set');
  const from = set.from ?? customer.today;
  const checked = checkBlock({ from, until: set.until, daysMax: customer.policy.blockDaysMax });
  if (!checked.ok) return checked;
  const { until } = checked;
  const room = await roomForBlock(tx, { customerId, orderId: null, itemId: null }, `Customer ${customer.number}`);
  if (!room.ok) return room;
  const { id } = await tx
    .insertInto('dunning_block')
    .values({
      customer_id: customerId,
      from_on: from,
      until_on: until,
      reason: set.reason,
      note_id: set.noteId,
      created_by: input.actor,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await writeAudit(tx, {
    ...entryOf(input, 'customer_block.set'),
    subject: customer.number,
    because: `Everything of the customer is kept out of dunning: ${set.reason}.`,
    details: { customerId, blockId: id, from, until, noteId: set.noteId },
  });
  return { ok: true, answer: { blockId: id, itemId: null, from, until, endedOn: null } };
}

async function endBlock(tx: Tx, input: Asked, customer: Customer): Promise<Result<{ answer: BlockReport }>> {
  const { endBlockId, customerId } = input;
  if (endBlockId === null) throw new Error('defect: a request that neither sets nor ends a block');
  const owner = { column: 'customer_id' as const, id: customerId, name: `Customer ${customer.number}` };
  const ended = await endOneBlock(tx, { blockId: endBlockId, owner, today: customer.today });
  if (!ended.ok) return ended;
  await writeAudit(tx, {
    ...entryOf(input, 'customer_block.ended'),
    subject: customer.number,
    because: 'Back in dunning, each item at the level it had.',
    details: { customerId, blockId: endBlockId, endedOn: ended.answer.endedOn },
  });
  return ended;
}

async function auditRefusal(tx: Tx, input: Asked, refusal: Refusal): Promise<void> {
  await writeAudit(tx, {
    ...entryOf(input, 'customer_block.refused'),
    because: refusal.text,
    details: { customerId: input.customerId, code: refusal.code },
  });
}

function entryOf(
  { legalEntityId, actor, now, requestId }: Asked,
  action: string,
): Pick<Parameters<typeof writeAudit>[1], 'legalEntityId' | 'actor' | 'action' | 'businessAt' | 'requestId'> {
  return { legalEntityId, actor, action, businessAt: now, requestId };
}
