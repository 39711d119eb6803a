// Posts a refund as an approved one is posted, for tests of what must stand beside it.

import { cause } from '../../src/activities/cause.ts';
import { post } from '../../src/activities/ledger.ts';
import { lockPayment } from '../../src/activities/payments/locked-payment.ts';
import type { Db } from '../../src/database/client.ts';
import { asActivity, MONDAY } from './activities.ts';

/** @returns whether that much was left of the payment */
export async function postAsRefund(db: Db, one: { paymentId: string; amountMinor: number }): Promise<boolean> {
  const { paymentId, amountMinor } = one;
  return asActivity({ workflowId: 'approval/test', step: 'decideApproval' }, () =>
    db.transaction().execute(async (tx) => {
      const { legalEntityId, customerId, currency, unappliedMinor } = await lockPayment(tx, paymentId);
      if (unappliedMinor < amountMinor) return false;
      const at = new Date(MONDAY);
      const approval = await tx
        .insertInto('approval')
        .values({
          ...{ legal_entity_id: legalEntityId, kind: 'refund', customer_id: customerId, payment_id: paymentId },
          ...{
            amount_minor: amountMinor,
            currency,
            reason: 'overpaid',
            workflow_id: 'approval/test',
            state: 'approved',
          },
          ...{ asked_by: 'key:one', asked_at: at, decided_by: 'key:two', decided_at: at, deadline_at: at },
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await post(tx, {
        ...{ legalEntityId, kind: 'refund', key: `refund/${approval.id}`, effectiveOn: '2026-01-05' },
        ...{ businessAt: MONDAY, currency, cause: cause() },
        lines: [
          { account: 'unapplied_cash', amountMinor, paymentId },
          { account: 'clearing:refund', amountMinor: -amountMinor, paymentId },
        ],
      });
      return true;
    }),
  );
}
