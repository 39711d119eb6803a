// Takes an open invoice from elsewhere into the books, against the opening balance, at the dunning level it had.

import { localDate } from '../../domain/calendar.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { cause, engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { post } from '../ledger.ts';
import { openCollectTask } from './ask-collector.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

export async function postOpeningItem(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'postOpeningItem', async (tx, { order, entityCalendar, calendar }, now) => {
    const { opening } = order;
    if (opening === null) throw new Error(`defect: opening order ${order.id} without its invoice`);
    const today = localDate(entityCalendar.zone, now);
    const item = await tx
      .insertInto('open_item')
      .values({
        legal_entity_id: order.legalEntityId,
        customer_id: order.customerId,
        order_id: order.id,
        kind: 'opening',
        side: 'debit',
        number: order.number,
        currency: order.currency,
        original_minor: opening.amountMinor,
        base_minor: opening.baseMinor ?? opening.amountMinor,
        issued_on: opening.invoicedOn,
        due_on: opening.dueOn,
        posted_on: today,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await post(tx, {
      legalEntityId: order.legalEntityId,
      kind: 'opening_item',
      key: `opening/${order.number}`,
      effectiveOn: today,
      businessAt: now,
      currency: order.currency,
      lines: [
        { account: 'receivable', amountMinor: opening.amountMinor, itemId: item.id },
        { account: 'opening_balance', amountMinor: -opening.amountMinor },
      ],
      cause: cause(),
    });
    if (opening.level !== 'none') {
      // Without the date of the last letter, the days between two steps count from the import.
      const on = opening.lastLetterOn ?? localDate(calendar.zone, now);
      await tx
        .insertInto('dunning_step')
        .values({
          item_id: item.id,
          order_id: order.id,
          level: opening.level,
          step_on: on,
          state: 'sent',
          is_imported: true,
        })
        .execute();
    }
    if (opening.level === 'collector') {
      const reason = `${order.number}, due ${opening.dueOn}, came over as a collector's.`;
      await openCollectTask(tx, order, { itemId: item.id, reason, now });
    }
    await tx
      .updateTable('sales_order')
      .set({ credit_state: 'approved', billed_minor: order.grossMinor, changed_at: new Date() })
      .where('id', '=', order.id)
      .execute();
    await writeAudit(tx, {
      legalEntityId: order.legalEntityId,
      actor: engineActor(),
      action: 'opening_item.posted',
      orderId: order.id,
      subject: order.number,
      because: 'Open invoice taken over against the opening balance.',
      details: {
        amountMinor: opening.amountMinor,
        currency: order.currency,
        dueOn: opening.dueOn,
        level: opening.level,
      },
      businessAt: now,
    });
  });
}
