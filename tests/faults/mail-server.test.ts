// A mail server that is slow, refuses for now or for good, talks nonsense or says nothing: waits that grow, no message twice, a task at the end.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { createMailer } from '../../src/activities/mail/smtp.ts';
import type { MailBehaviour } from '../../src/local/mail-behaviours.ts';
import { startWorker } from '../../src/worker/start-worker.ts';
import type { Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { startProxy, type ProxyRules } from '../harness/proxy.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

const MINUTE = 60_000;
const SLOW_MS = 2_000;
/** Patience with a silent server, so that the test needs little of its own. */
const SILENCE = { greetingTimeoutMs: 500, silenceTimeoutMs: 500, connectTimeoutMs: 500 };

async function invoiced({ company }: World): Promise<Order> {
  const order = await company.order(await company.customer('C-1'), 'SO-1');
  await company.ship(order);
  return order;
}

async function delivery({ db }: World): Promise<{ delivery: string; attempts: number }[]> {
  const { rows } = await sql<{ delivery: string; attempts: number }>`
    select delivery, delivery_attempts as attempts from invoice`.execute(db);
  return rows;
}

/** Minutes between one try of the invoice and the next. */
async function waits({ db }: World): Promise<number[]> {
  const { rows } = await sql<{ at: number }>`
    select business_at as at from audit_entry where action like 'invoice.%' and action <> 'invoice.issued' order by id`.execute(
    db,
  );
  return rows.slice(1).map(({ at }, index) => Math.round((at - (rows[index]?.at ?? 0)) / MINUTE));
}

/** A life whose first mails meet a behaviour of the catcher. */
function meets(behaviour: MailBehaviour, act: (world: World, order: Order) => Promise<void>): Promise<void> {
  return inWorld({ delivery: 'smtp' }, async (world) => {
    world.mail?.behave(behaviour);
    await act(world, await invoiced(world));
    await assertBooksHold(world.db);
  });
}

/** A life whose mails pass a proxy before the catcher. */
function passes(rules: ProxyRules, act: (world: World, order: Order) => Promise<void>): Promise<void> {
  return inWorld({ delivery: 'smtp', isWorkerAway: true }, async (world) => {
    const proxy = await startProxy(world.mail?.smtpUrl ?? '', rules);
    const mailer = createMailer({
      url: `smtp://127.0.0.1:${String(proxy.port)}`,
      from: 'billing@acme.example',
      limits: SILENCE,
    });
    const { temporalAddress, db } = world;
    const worker = await startWorker({
      ...{ temporalAddress, namespace: 'default', db, delivery: { kind: 'smtp', mailer } },
      businessOffsetMs: world.businessOffsetMs(),
    });
    try {
      await act(world, await invoiced(world));
      await assertBooksHold(db);
    } finally {
      await worker.stop();
      await mailer.close();
      await proxy.close();
    }
  });
}

/** Rules that meet one moment of the conversation so many times, and let everything else pass. */
function once(verdict: 'hold' | 'garble', isMoment: (bytes: Buffer) => boolean): ProxyRules {
  const rules: ProxyRules = {
    judge(bytes) {
      if (!isMoment(bytes)) return 'pass';
      delete rules.judge;
      return verdict;
    },
  };
  return rules;
}

const isGreeting = (bytes: Buffer): boolean => bytes.length === 0;
const isEndOfContent = (bytes: Buffer): boolean => bytes.toString('latin1').endsWith('\r\n.\r\n');

describe('R25: a mail server', () => {
  it('R25: that is slow gets one message', () =>
    meets({ kind: 'slow', delayMs: SLOW_MS, times: 1 }, async (world) => {
      await eventually(async () => {
        assert.deepEqual(await delivery(world), [{ delivery: 'sent', attempts: 1 }]);
      });
      assert.equal(world.mail?.messages().length, 1);
    }));

  it('R25: that refuses for now is asked again after waits that double, and gets one message', () =>
    meets({ kind: 'defer', times: 4 }, async (world, order) => {
      await world.goTo('2026-01-12T12:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await delivery(world), [{ delivery: 'sent', attempts: 5 }]);
      });
      assert.deepEqual(await waits(world), [1, 2, 4, 8]);
      assert.equal(world.mail?.messages().length, 1);
      assert.deepEqual(await world.company.tasks(order), []);
    }));

  it('R25: that refuses for two days leaves the invoice to a person, while dunning goes on', () =>
    meets({ kind: 'defer' }, async (world, order) => {
      await world.goTo('2026-01-16T12:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await world.company.tasks(order), ['invoice_undeliverable open']);
      });
      const [first, ...rest] = await waits(world);
      assert.equal(first, 1);
      rest.forEach((wait, index) => {
        assert.equal(wait, Math.min(2 ** (index + 1), 240));
      });
      assert.deepEqual(world.mail?.messages(), []);
      world.mail?.behaveNormally();
      await world.goTo('2026-02-10T17:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await world.company.steps(order), ['notice 2026-02-09 sent']);
      });
    }));

  it('R25: that refuses for good is not asked again, and a person is', () =>
    meets({ kind: 'reject_recipient', times: 1 }, async (world, order) => {
      await eventually(async () => {
        assert.deepEqual(await world.company.tasks(order), ['invoice_undeliverable open']);
      });
      await world.goTo('2026-01-14T12:00:00Z');
      assert.deepEqual(await delivery(world), [{ delivery: 'undeliverable', attempts: 1 }]);
      assert.deepEqual(world.mail?.messages(), []);
    }));

  const early: readonly [string, 'hold' | 'garble'][] = [
    ['says nothing', 'hold'],
    ['talks nonsense', 'garble'],
  ];
  for (const [what, verdict] of early) {
    it(`R25: that ${what} before it has the message is asked again, and gets one`, () =>
      passes(once(verdict, isGreeting), async (world, order) => {
        await eventually(async () => {
          assert.deepEqual(await delivery(world), [{ delivery: 'pending', attempts: 1 }]);
        });
        await world.goTo('2026-01-12T12:00:00Z');
        await eventually(async () => {
          assert.deepEqual(await delivery(world), [{ delivery: 'sent', attempts: 2 }]);
        });
        assert.equal(world.mail?.messages().length, 1);
        assert.deepEqual(await world.company.tasks(order), []);
      }));

    it(`R25: that ${what} once it has the message never gets it again, and a person looks`, () =>
      passes(once(verdict, isEndOfContent), async (world, order) => {
        await eventually(async () => {
          assert.deepEqual(await delivery(world), [{ delivery: 'unknown', attempts: 1 }]);
        });
        await world.goTo('2026-01-14T12:00:00Z');
        assert.equal(world.mail?.messages().length, 1);
        assert.deepEqual(await world.company.tasks(order), ['invoice_unknown open']);
      }));
  }
});
