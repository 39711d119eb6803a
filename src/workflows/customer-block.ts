// A block over everything of a customer, or its end: written once, and then told to the orders that it is about.

import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { CustomerBlockActivities } from '../activities/customer-blocks.ts';
import type { PokeActivities } from '../activities/poke-orders.ts';
import type { BlockReport, CustomerBlockInput } from './messages.ts';

const database = proxyActivities<CustomerBlockActivities & PokeActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** Sets or ends the block, then wakes every unclosed order of the customer to plan by it, page by page. */
export async function changeCustomerBlock(input: CustomerBlockInput): Promise<BlockReport> {
  const report = input.progress?.report ?? (await database.writeCustomerBlock({ ...input, now: Date.now() }));
  let after: string | null = input.progress?.afterOrderId ?? null;
  for (;;) {
    const page = await database.unclosedOrdersOfCustomer({ customerId: input.customerId, after });
    if (page.orderIds.length === 0) return report;
    const reason = input.set === null ? 'a block of the customer ended' : 'a block of the customer';
    await database.pokeOrders({ orderIds: page.orderIds, poke: { reason, subject: report.blockId } });
    after = page.orderIds[page.orderIds.length - 1] ?? after;
    if (workflowInfo().continueAsNewSuggested && after !== null) {
      await continueAsNew<typeof changeCustomerBlock>({ ...input, progress: { report, afterOrderId: after } });
    }
  }
}
