// News that come at the worst moments: while the order is asking what is next, and while it does its last step.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { eventually, inWorld, type World } from '../harness/world.ts';

/** Locks a table for everybody while `act` runs, so that whatever needs it stands still in the middle. */
async function whileLocked(
  { ownerUrl }: World,
  table: string,
  act: (isWaitedFor: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const holder = new pg.Client({ connectionString: ownerUrl });
  await holder.connect();
  try {
    await holder.query(`begin; lock table ${table} in access exclusive mode`);
    await act(() =>
      eventually(async () => {
        const { rowCount } = await holder.query(
          `select from pg_locks where relation = '${table}'::regclass and not granted`,
        );
        assert.ok((rowCount ?? 0) > 0, `nobody waits for ${table}`);
      }),
    );
  } finally {
    await holder.query('rollback');
    await holder.end();
  }
}

/** Names of what a run's history shows, in order: local activities by their marker, activities by their name. */
async function eventsOf({ client }: World, workflowId: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap((event) => {
    if (event.workflowExecutionSignaledEventAttributes) return ['signal'];
    if (event.markerRecordedEventAttributes) return ['asked'];
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) return [`${scheduled.activityType?.name ?? ''} begins`];
    if (event.activityTaskCompletedEventAttributes) return ['step ends'];
    if (event.workflowExecutionCompletedEventAttributes) return ['closed'];
    return [];
  });
}

/** Asking runs inside a workflow task; news reach the run with the next one, which a task that takes long asks for itself. */
async function isToldWhileAsking({ client }: World, workflowId: string): Promise<void> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const lastSignal = events?.findLastIndex((event) => event.workflowExecutionSignaledEventAttributes) ?? -1;
  const signals = events?.filter((event) => event.workflowExecutionSignaledEventAttributes).length;
  assert.equal(signals, 2);
  assert.ok(events?.slice(lastSignal).some((event) => event.workflowTaskStartedEventAttributes));
}

describe('news', () => {
  it('that come while the order is asking are not lost', () =>
    inWorld({ startsAt: '2026-12-29T09:00:00Z' }, async (world) => {
      const { company, client, goTo } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1');
      await company.ship(order);
      await eventually(async () => {
        assert.equal(await company.stage(order), 'collection');
      });
      // The new year needs a calendar that nobody has read yet: whoever asks has read the order, and then stands still.
      await goTo('2027-01-05T10:00:00Z');
      const paymentId = await company.storePayment(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await whileLocked(world, 'calendar_year', async (isWaitedFor) => {
        await company.poke(order, 'something before');
        await isWaitedFor();
        await client.workflow.execute<(input: { paymentId: string }) => Promise<unknown>>('applyPayment', {
          ...{ workflowId: 'payment/ACME-DE/psp/p1', taskQueue: 'orders', args: [{ paymentId }] },
        });
        await eventually(() => isToldWhileAsking(world, order.workflowId));
      });
      await eventually(async () => {
        assert.equal(await company.stage(order), 'settled');
      });
    }));

  it('that come during the last step are asked about before the order closes', () =>
    inWorld({}, async (world) => {
      const { company, client, goTo } = world;
      const order = await company.order(await company.customer('C-1', { limitMinor: 8_000 }), 'SO-1');
      await goTo('2026-01-19T16:59:59Z');
      await whileLocked(world, 'audit_entry', async (isWaitedFor) => {
        const passing = goTo('2026-01-19T17:00:01Z');
        await isWaitedFor();
        await company.poke(order);
        await passing;
      });
      await client.workflow.getHandle(order.workflowId).result();
      assert.equal(await company.stage(order), 'rejected');
      const events = await eventsOf(world, order.workflowId);
      assert.deepEqual(events.slice(events.indexOf('expireHold begins')), [
        'expireHold begins',
        'signal',
        'step ends',
        'asked',
        'closed',
      ]);
    }));

  it('that come a hundred at once are answered, and the order stands as before', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const order = await company.order(await company.customer('C-1'), 'SO-1');
      await company.ship(order);
      await Promise.all(Array.from({ length: 100 }, () => company.poke(order)));
      await goTo('2026-02-16T17:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await company.steps(order), ['notice 2026-02-09 sent', 'reminder1 2026-02-16 sent']);
      });
    }));
});
