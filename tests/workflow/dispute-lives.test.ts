// Lives of orders whose customers contest a part, in days that pass in moments: what leaves dunning, who is asked, how it goes on.
// Every world starts on Monday, 12 January 2026, at 9 in Berlin; an invoice of that day is due on Wednesday, 11 February.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { setMailbox } from '../../src/database/queries/mailboxes.ts';
import { decideApproval, raiseDispute, resolveDispute, type DisputeReport } from '../../src/workflows/messages.ts';
import type { Customer, Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

const NOTICE = 'notice 2026-02-09 sent';
const FIRST = 'reminder1 2026-02-16 sent';
const SECOND = 'reminder2 2026-02-25 sent';
const THIRD = 'reminder3 2026-03-11 sent';

async function stageIs({ company }: World, order: Order, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order), stage);
  });
}

async function isClosed(world: World, order: Order): Promise<void> {
  await stageIs(world, order, 'settled');
  await eventually(async () => {
    assert.equal(await world.company.runState(order), 'COMPLETED');
  });
}

async function stepsAre({ company }: World, order: Order, steps: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await company.steps(order), steps);
  });
}

/** An order of 119.00 EUR that was shipped and invoiced on the first day. */
async function invoiced(world: World): Promise<{ customer: Customer; order: Order }> {
  const { company } = world;
  const customer = await company.customer('C-1');
  const order = await company.order(customer, 'SO-1');
  await company.ship(order);
  await stageIs(world, order, 'collection');
  return { customer, order };
}

/** Disputes a part of the order's first item, for a wrong price unless told otherwise: then it belongs to sales. */
async function raise(
  { company }: World,
  order: Order,
  asked: { amountMinor?: number; raisedOn?: string; reason?: string } = {},
): Promise<DisputeReport> {
  const itemId = (await company.items(order))[0]?.id ?? '';
  const { amountMinor = 4_000, raisedOn = null, reason = 'pricing' } = asked;
  const dispute = { itemId, amountMinor, raisedOn, reason, source: 'customer_mail' as const, noteId: null };
  return company.ask(order, raiseDispute, dispute, { actor: 'key:service', roles: ['customer_service'] });
}

function resolve(
  { company }: World,
  order: Order,
  asked: {
    disputeId: string;
    outcome: 'credit_note' | 'partly' | 'rejected' | 'withdrawn';
    creditMinor?: number;
    requestKey?: string;
  },
): Promise<DisputeReport> {
  const { disputeId, outcome, creditMinor = null, requestKey } = asked;
  const by = { actor: 'key:sales', roles: ['sales'], requestKey };
  return company.ask(order, resolveDispute, { disputeId, outcome, creditMinor, noteId: null }, by);
}

/** A manager decides what the owner of the dispute asked for. */
async function decide({ company }: World, order: Order, approvalId: string | null, decision: 'approve' | 'reject') {
  const asked = { approvalId: approvalId ?? '', decision, noteId: null };
  return company.ask(order, decideApproval, asked, { actor: 'key:manager', roles: ['ar_manager', 'executive'] });
}

async function disputeOf({ db }: World, id: string): Promise<string> {
  const { rows } = await sql<{
    text: string;
  }>`select state || ' ' || coalesce(outcome, '-') || ' ' || credited_minor as text
    from dispute where id = ${id}`.execute(db);
  return rows[0]?.text ?? 'none';
}

/** Mail that went for the given kind of message, as `RECIPIENT KEY`, in the order of sending. */
function mails({ mail }: World, kind: string): { to: string; key: string; text: string }[] {
  return (mail?.messages() ?? [])
    .map(({ to, headers, text }) => {
      const key = headers.find((header) => header.name.toLowerCase() === 'x-quittance-key')?.value ?? '';
      return { to: String(to[0]), key, text };
    })
    .filter(({ key }) => key.startsWith(`${kind}/`));
}

const TIERS = ['sales', 'ar_manager', 'treasurer', 'executive'] as const;

async function openMailboxes({ db, company }: World): Promise<void> {
  for (const role of TIERS) {
    const mailbox = { legalEntityId: company.id, role, email: `${role.replace('_', '-')}@acme.example` };
    await setMailbox(db, mailbox, { actor: 'key:admin', requestId: 'test', now: Date.now() });
  }
}

describe('a dispute during dunning', () => {
  it('takes its part out, and the rest is dunned with the smaller amount until it is withdrawn', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      const { customer, order } = await invoiced(world);
      await world.goTo('2026-02-17T10:00:00Z');
      const { disputeId } = await raise(world, order);
      await stageIs(world, order, 'disputed');
      await world.goTo('2026-02-26T10:00:00Z');
      await stepsAre(world, order, [NOTICE, FIRST, SECOND]);
      await resolve(world, order, { disputeId, outcome: 'withdrawn' });
      await world.goTo('2026-03-12T10:00:00Z');
      await stepsAre(world, order, [NOTICE, FIRST, SECOND, THIRD]);
      const amounts = mails(world, 'letter').map(({ text }) => /(119\.00|79\.00) EUR/.exec(text)?.[1]);
      assert.deepEqual(amounts, ['119.00', '119.00', '79.00', '119.00']);
      assert.doesNotMatch(mails(world, 'letter')[2]?.text ?? '', /119\.00|40\.00/);
      assert.equal(await disputeOf(world, disputeId), 'withdrawn - 0');
      await world.company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(world, order);
      await assertBooksHold(world.db);
    }));

  it('over all of it pauses every level, and after its rejection dunning goes on by itself at the level it had', () =>
    inWorld({}, async (world) => {
      const { order } = await invoiced(world);
      await world.goTo('2026-02-12T10:00:00Z');
      const { disputeId } = await raise(world, order, { amountMinor: 11_900 });
      await world.goTo('2026-03-05T09:00:00Z');
      await stepsAre(world, order, [NOTICE]);
      await resolve(world, order, { disputeId, outcome: 'rejected' });
      await stageIs(world, order, 'collection');
      await world.goTo('2026-03-13T10:00:00Z');
      await stepsAre(world, order, [NOTICE, 'reminder1 2026-03-05 sent', 'reminder2 2026-03-12 sent']);
      assert.equal(await disputeOf(world, disputeId), 'resolved rejected 0');
      await assertBooksHold(world.db);
    }));

  it('that comes between handing in and the letter keeps the item out of it', () =>
    inWorld({}, async (world) => {
      const { customer, order } = await invoiced(world);
      await world.goTo('2026-02-16T06:50:00Z');
      await stepsAre(world, order, [NOTICE, 'reminder1 2026-02-16 waiting']);
      await raise(world, order, { amountMinor: 11_900 });
      await world.goTo('2026-02-16T17:00:00Z');
      await stepsAre(world, order, [NOTICE, 'reminder1 2026-02-16 dropped']);
      assert.deepEqual(await world.company.letters(customer), ['2026-02-09 sent', '2026-02-16 empty']);
    }));

  it('is not written of once the rest is paid, and the order waits for its end alone', () =>
    inWorld({}, async (world) => {
      const { customer, order } = await invoiced(world);
      const { disputeId } = await raise(world, order);
      await world.company.pay(customer, 'p1', { amountMinor: 7_900, reference: 'SO-1' });
      await world.goTo('2026-03-20T10:00:00Z');
      await stepsAre(world, order, []);
      await stageIs(world, order, 'disputed');
      await resolve(world, order, { disputeId, outcome: 'rejected' });
      await world.goTo('2026-03-20T17:00:00Z');
      await stepsAre(world, order, ['reminder1 2026-03-20 sent']);
    }));
});

describe('the clock of a dispute', () => {
  it('asks the owner, the lead at half of it, the head at its end and the executive after it, each by one mail', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      await openMailboxes(world);
      const { order } = await invoiced(world);
      const { disputeId } = await raise(world, order);
      // Ten working days from Monday, 12 January, at 18:00 in Berlin.
      const reached = ['2026-01-19T17:01:00Z', '2026-01-26T17:01:00Z', '2026-02-02T17:01:00Z'];
      for (const [index, instant] of ['2026-01-12T16:00:00Z', ...reached].entries()) {
        await world.goTo(instant);
        await eventually(async () => {
          assert.equal(mails(world, 'task').length, index + 1);
          const { rows } = await sql`select owner_role as role, tier, told_tier as told from task`.execute(world.db);
          assert.deepEqual(rows, [{ role: TIERS[index], tier: index, told: index }]);
        });
      }
      await world.goTo('2026-02-06T17:00:00Z');
      const sent = mails(world, 'task');
      assert.deepEqual(
        sent.map(({ to, key }) => `${to} ${key.split('/')[2] ?? ''}`),
        ['sales@acme.example 0', 'ar-manager@acme.example 1', 'treasurer@acme.example 2', 'executive@acme.example 3'],
      );
      assert.match(sent[0]?.text ?? '', new RegExp(`POST /v1/disputes/${disputeId}/outcome`));
      assert.match(sent[0]?.text ?? '', /Deadline: {2}2026-01-26 18:00 \(Europe\/Berlin\)/);
      assert.match(sent[1]?.text ?? '', /because nobody before you ended it in time/);
      for (const { text } of sent) assert.doesNotMatch(text, /Customer C-1|@example\.org|:\/\//);
      const audit = (await world.company.audit(order)).filter((action) => action.startsWith('task.'));
      assert.deepEqual(audit, [
        ...['task.told', 'task.escalated', 'task.told', 'task.escalated'],
        ...['task.told', 'task.escalated', 'task.told'],
      ]);
    }));

  it('that began in the past goes up at once, one tier after the other, and tells who has it in the end', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      await openMailboxes(world);
      const { order } = await invoiced(world);
      await raise(world, order, { raisedOn: '2025-12-15' });
      await eventually(async () => {
        const audit = (await world.company.audit(order)).filter((action) => action.startsWith('task.'));
        assert.deepEqual(audit, ['task.escalated', 'task.escalated', 'task.escalated', 'task.told']);
      });
      assert.deepEqual(
        mails(world, 'task').map(({ to }) => to),
        ['executive@acme.example'],
      );
    }));

  it('stands still for nobody while the credit note waits for approval, and ends with the dispute', () =>
    inWorld({}, async (world) => {
      const { order } = await invoiced(world);
      const { disputeId } = await raise(world, order);
      await resolve(world, order, { disputeId, outcome: 'credit_note' });
      await world.goTo('2026-01-19T17:01:00Z');
      await eventually(async () => {
        const { rows } = await sql`select owner_role as role, state from task where kind = 'dispute'`.execute(world.db);
        assert.deepEqual(rows, [{ role: 'ar_manager', state: 'open' }]);
      });
      await resolve(world, order, { disputeId, outcome: 'withdrawn' }).catch(() => undefined);
      assert.equal(await disputeOf(world, disputeId), 'awaiting_approval credit_note 0');
    }));
});

describe('the outcome of a dispute', () => {
  it('in part credits the part once it is approved, and dunning goes on over the rest', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      const { customer, order } = await invoiced(world);
      await world.goTo('2026-02-17T10:00:00Z');
      const { disputeId } = await raise(world, order);
      const asked = await resolve(world, order, { disputeId, outcome: 'partly', creditMinor: 1_500 });
      assert.equal(asked.state, 'awaiting_approval');
      assert.equal((await world.company.items(order))[0]?.openMinor, 11_900);
      await decide(world, order, asked.approvalId, 'approve');
      assert.equal(await disputeOf(world, disputeId), 'resolved partly 1500');
      await world.goTo('2026-02-26T10:00:00Z');
      await stepsAre(world, order, [NOTICE, FIRST, SECOND]);
      assert.match(mails(world, 'letter')[2]?.text ?? '', /104\.00 EUR/);
      await world.company.pay(customer, 'p1', { amountMinor: 10_400, reference: 'SO-1' });
      await isClosed(world, order);
      await assertBooksHold(world.db);
    }));

  it('that is not approved opens the dispute again, with its part still out of dunning', () =>
    inWorld({}, async (world) => {
      const { order } = await invoiced(world);
      const { disputeId } = await raise(world, order, { amountMinor: 11_900 });
      const asked = await resolve(world, order, { disputeId, outcome: 'credit_note' });
      await decide(world, order, asked.approvalId, 'reject');
      assert.equal(await disputeOf(world, disputeId), 'open - 0');
      await world.goTo('2026-02-20T10:00:00Z');
      await stepsAre(world, order, []);
      await resolve(world, order, { disputeId, outcome: 'rejected' });
      assert.equal(await disputeOf(world, disputeId), 'resolved rejected 0');
    }));

  it('told twice at once is one', () =>
    inWorld({}, async (world) => {
      const { order } = await invoiced(world);
      const { disputeId } = await raise(world, order);
      const told = await Promise.allSettled(
        (['rejected', 'withdrawn'] as const).map((outcome) => resolve(world, order, { disputeId, outcome })),
      );
      assert.equal(told.filter((one) => one.status === 'fulfilled').length, 1);
      const ended = ['dispute.resolved', 'dispute.withdrawn', 'dispute.outcome.refused'];
      const audit = (await world.company.audit(order)).filter((action) => ended.includes(action));
      assert.equal(audit.length, 2);
      assert.equal(audit.filter((action) => action === 'dispute.outcome.refused').length, 1);
    }));
});

describe('a dispute after everything was paid', () => {
  it('wakes the same workflow, and the order closes again when it ends', () =>
    inWorld({}, async (world) => {
      const { company, client } = world;
      const { customer, order } = await invoiced(world);
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(world, order);
      const before = (await client.workflow.getHandle(order.workflowId).describe()).runId;
      await world.goTo('2026-03-20T10:00:00Z');
      const { disputeId } = await raise(world, order, { amountMinor: 11_900, reason: 'quality' });
      await stageIs(world, order, 'disputed');
      const { runId, status } = await client.workflow.getHandle(order.workflowId).describe();
      assert.ok(runId !== before && status.name === 'RUNNING');
      assert.deepEqual(await company.tasks(order), ['dispute open']);
      await company.ask(
        order,
        resolveDispute,
        { disputeId, outcome: 'rejected', creditMinor: null, noteId: null },
        { roles: ['customer_service'] },
      );
      await isClosed(world, order);
      assert.deepEqual(await company.tasks(order), ['dispute done']);
      await assertBooksHold(world.db);
    }));
});
