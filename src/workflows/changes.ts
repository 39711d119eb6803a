// Changes of what orders are decided by: credit limits and policies, each written once and then told to the orders.

import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ChangeActivities } from '../activities/changes.ts';
import type { PokeActivities } from '../activities/poke-orders.ts';
import type { CreditChangeInput, GroupChangeInput, PolicyChangeInput, Told } from './messages.ts';

const database = proxyActivities<ChangeActivities & PokeActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** Sets a customer's limit, its group, or blocks it for new orders. */
export async function changeCredit(input: CreditChangeInput): Promise<void> {
  await tellGranted(await database.setCredit({ ...input, now: Date.now() }), input.customerId);
}

/** Sets the limit that a group of customers shares, or blocks them all for new orders. */
export async function changeGroup(input: GroupChangeInput): Promise<void> {
  await tellGranted(await database.setGroup({ ...input, now: Date.now() }), input.groupId);
}

/** Held orders for which the new limit has room take it. In 0.1.0 the change told nobody, and nothing came back. */
async function tellGranted(told: Told | undefined, subject: string): Promise<void> {
  if (told?.tell === undefined || told.tell.length === 0) return;
  await database.pokeOrders({ orderIds: told.tell, poke: { reason: 'room in the credit limit', subject } });
}

/** Writes a new version of a legal entity's policy, then wakes every unclosed order to plan by it, page by page. */
export async function changePolicy(input: PolicyChangeInput): Promise<{ version: number }> {
  const version = input.progress?.version ?? (await database.writePolicy({ ...input, now: Date.now() })).version;
  let after: string | null = input.progress?.afterOrderId ?? null;
  for (;;) {
    const page = await database.unclosedOrders({ legalEntityId: input.legalEntityId, after });
    if (page.orderIds.length === 0) return { version };
    await database.pokeOrders({
      orderIds: page.orderIds,
      poke: { reason: `policy ${String(version)}`, subject: null },
    });
    after = page.orderIds[page.orderIds.length - 1] ?? after;
    if (workflowInfo().continueAsNewSuggested && after !== null) {
      await continueAsNew<typeof changePolicy>({ ...input, progress: { version, afterOrderId: after } });
    }
  }
}
