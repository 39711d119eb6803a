// The processes of docker-compose.yml as plain processes: configured by their environment alone, they serve an order.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { customers, items, legalEntity } from '../../src/cli/demo/company.ts';
import { createHttpCaller } from '../../src/cli/http-caller.ts';
import { startMailCatcher, type RunningMailCatcher } from '../../src/local/mail-catcher.ts';
import { freePort } from '../../src/local/ports.ts';
import { runQuittance, startQuittance, type RunningCommand } from '../cli/quittance.ts';
import { fromRunner } from '../harness/from-runner.ts';
import { testTemporalAddress } from '../harness/temporal.ts';
import { environmentOf } from './compose-file.ts';

const unique = randomBytes(5).toString('hex');
const database = `compose_${unique}`;
const appRole = `compose_app_${unique}`;

describe('migrate, worker and api as plain processes', () => {
  let mail: RunningMailCatcher;
  let workerPort = 0;
  let apiPort = 0;
  const running: RunningCommand[] = [];

  /** The variables of the compose file's service, with the addresses of the test's servers in them. */
  const environment = (service: string): Record<string, string> => {
    const owner = new URL(fromRunner('QUITTANCE_TEST_POSTGRES_URL'));
    const values = {
      POSTGRES_PASSWORD: owner.password,
      QUITTANCE_APP_PASSWORD: `pw${unique}`,
      SMTP_URL: mail.smtpUrl,
      MAIL_FROM: 'billing@company.example',
      TEMPORAL_NAMESPACE: `compose-${unique}`,
      LOG_LEVEL: 'warn',
    };
    const found = Object.entries(environmentOf(service, values)).map(([name, text]): [string, string] => {
      if (name === 'TEMPORAL_ADDRESS') return [name, testTemporalAddress()];
      if (name === 'HEALTH_PORT') return [name, String(workerPort)];
      if (name === 'PORT') return [name, String(apiPort)];
      if (name === 'HOST') return [name, '127.0.0.1'];
      if (!name.startsWith('DATABASE_')) return [name, text];
      const url = new URL(text);
      [url.host, url.pathname] = [owner.host, database];
      url.username = name === 'DATABASE_OWNER_URL' ? owner.username : appRole;
      return [name, url.href];
    });
    return Object.fromEntries(found);
  };
  const startService = (service: string): RunningCommand => {
    const command = startQuittance([service], { environment: environment(service) });
    running.push(command);
    return command;
  };

  before(async () => {
    mail = await startMailCatcher();
    [workerPort, apiPort] = [await freePort(), await freePort()];
    await asOwner(`create database ${database}`);
  });
  after(async () => {
    for (const command of running) command.kill();
    await mail.stop();
    await asOwner(`drop database if exists ${database} with (force)`);
    await asOwner(`drop role if exists ${appRole}`);
  });

  it('refuses to work on a database without a schema, and says what to do', async () => {
    const early = await runQuittance(['key', 'create', '--name', 'x', '--role', 'sales', '--entity', '*'], {
      environment: { ...environment('api'), DATABASE_URL: environment('migrate')['DATABASE_OWNER_URL'] ?? '' },
    });
    assert.equal(early.code, 5);
    assert.match(early.stderr, /quittance migrate/);
  });

  it('migrates once, and may be run again', async () => {
    const first = await runQuittance(['migrate'], { environment: environment('migrate') });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^0001-/);
    const second = await runQuittance(['migrate', '--json'], { environment: environment('migrate') });
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(JSON.parse(second.stdout), { migrations: [] });
  });

  it('serves an order from POST to approved', async () => {
    const [worker, api] = [startService('worker'), startService('api')];
    await Promise.all([
      answers(worker, `http://127.0.0.1:${String(workerPort)}/health`),
      answers(api, `http://127.0.0.1:${String(apiPort)}/ready`),
    ]);
    const [customer] = customers;
    const [item] = items;
    assert.ok(customer && item);
    const as = async (role: string) =>
      createHttpCaller({ url: `http://127.0.0.1:${String(apiPort)}`, key: await makeKey(role) });
    const administrator = await as('administrator');
    for (const [path, body] of Object.entries({
      '/v1/legal-entities': legalEntity,
      '/v1/items': item,
      '/v1/customers': customer,
    })) {
      await administrator.post(path, { body, idempotencyKey: `compose-${path}` }, z.unknown());
    }
    const body = {
      legalEntity: legalEntity.id,
      number: 'SO-1',
      customer: customer.number,
      currency: 'EUR',
      lines: [{ item: item.number, quantity: '3' }],
    };
    const answer = z.object({ credit: z.object({ state: z.string() }) });
    const made = await (await as('sales')).post('/v1/orders', { body, idempotencyKey: 'compose-SO-1' }, answer);
    assert.equal(made.credit.state, 'approved');
  });

  it('has made the namespace ready: nothing is left to set up', async () => {
    const done = await runQuittance(['setup', '--json'], { environment: environment('worker') });
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(JSON.parse(done.stdout), {
      isNamespaceNew: false,
      attributesAdded: [],
      areAttributesRefused: false,
      isScheduleNew: false,
    });
  });

  it('ends each process cleanly at SIGTERM', async () => {
    for (const command of running.toReversed()) {
      command.child.kill('SIGTERM');
      assert.equal(await command.ends(), 0, command.stderr());
    }
  });

  async function makeKey(role: string): Promise<string> {
    const made = await runQuittance(['key', 'create', '--name', role, '--role', role, '--entity', '*'], {
      environment: environment('api'),
    });
    assert.equal(made.code, 0, made.stderr);
    return made.stdout.trim();
  }
});

/** Asks until the address answers 200. @throws with what the process said when it ends before */
async function answers(command: RunningCommand, url: string): Promise<void> {
  for (;;) {
    const isOk = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isOk) return;
    assert.equal(command.child.exitCode, null, command.stderr());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function asOwner(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: fromRunner('QUITTANCE_TEST_POSTGRES_URL') });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
