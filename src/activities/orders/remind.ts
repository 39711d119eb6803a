// Hands an item at its level to the customer's letter of the day. The order itself never mails a reminder.

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { sql } from 'kysely';
import { letterDay, sendDayOnOrAfter } from '../../domain/letter-day.ts';
import { addDays } from '../../domain/dates.ts';
import type { Tx } from '../../database/client.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { letterStart } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

/** Days tried until a letter is found that still takes items: today's may have gone, the next one cannot have. */
const LETTER_DAYS_MAX = 3;

export async function remind(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  const done = await runStep(deps, input, 'remind', async (tx, context, now) => {
    const letterId = await letterThatTakes(tx, context, now);
    await tx
      .insertInto('dunning_step')
      .values({
        item_id: input.subject ?? '',
        order_id: context.order.id,
        level: input.level ?? '',
        letter_id: letterId.id,
        step_on: letterId.on,
        state: 'waiting',
      })
      .execute();
  });
  // After the commit, and again on a retry: the letter's run must exist. What it carries stands in Postgres.
  await ensureLetterRuns(deps, input);
  return done;
}

/** The letter of today, or of the next send day when today's is already on its way; its row is locked. */
async function letterThatTakes(
  tx: Tx,
  { order, policy, calendar }: OrderContext,
  now: number,
): Promise<{ id: string; on: string }> {
  let day = letterDay(policy, calendar, now);
  for (let tried = 0; tried < LETTER_DAYS_MAX; tried += 1) {
    const { rows } = await sql<{ id: string; state: string }>`
      insert into letter (legal_entity_id, customer_id, letter_on) values (${order.legalEntityId}, ${order.customerId}, ${day})
      on conflict (legal_entity_id, customer_id, letter_on) do update set attempts = letter.attempts
      returning id, state`.execute(tx);
    const [letter] = rows;
    if (letter?.state === 'open') return { id: letter.id, on: day };
    day = sendDayOnOrAfter(policy, calendar, addDays(day, 1));
  }
  throw new Error(`No letter of customer ${order.customerNumber} takes items: look at the letters after ${day}.`);
}

async function ensureLetterRuns({ db, temporal }: Dependencies, input: StepInput): Promise<void> {
  const { rows } = await sql<Parameters<typeof letterStart>[0]>`
    select l.id as "letterId", l.letter_on as "letterOn", l.legal_entity_id as "legalEntityId", c.number as "customerNumber"
    from dunning_step d join letter l on l.id = d.letter_id join customer c on c.id = l.customer_id
    where d.item_id = ${input.subject}::uuid and d.level = ${input.level} and d.state = 'waiting'`.execute(db);
  const [letter] = rows;
  if (letter === undefined) return;
  try {
    await temporal.workflow.start('letterOfTheDay', {
      ...letterStart(letter),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  } catch (error) {
    // Two items of a customer may be handed in at the same moment: whoever comes second finds the run.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
