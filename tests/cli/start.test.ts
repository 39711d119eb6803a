// `quittance start`: one command brings everything up, Ctrl-C takes everything down, the next start goes on.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { demoOrders } from '../../src/cli/demo/orders.ts';
import { createHttpCaller, type HttpCaller } from '../../src/cli/http-caller.ts';
import { DEFAULT_PORTS, type PortName } from '../../src/cli/local-instance/ports.ts';
import { readKeys } from '../../src/cli/local-instance/keys.ts';
import { ROLES } from '../../src/domain/roles.ts';
import { freePort, portIsFree } from '../../src/local/ports.ts';
import { runQuittance, startQuittance, type RunningCommand } from './quittance.ts';

const READY = 'Ctrl-C stops everything';
const LETTER_WAIT_MS = 30_000;

const orderPage = z.object({ data: z.array(z.object({ id: z.string(), number: z.string(), stage: z.string() })) });
const mailPage = z.object({
  messages: z.array(z.object({ envelopeTo: z.array(z.string()), subject: z.string() })),
});

describe('quittance start', () => {
  let parent = '';
  let data = '';
  let ports: Record<PortName, number>;
  let running: RunningCommand | undefined;
  let keysBefore: ReturnType<typeof readKeys> = null;
  let ordersBefore: readonly unknown[] = [];

  const portOptions = (other: Partial<Record<PortName, number>> = {}): string[] =>
    Object.entries({ ...ports, ...other }).flatMap(([name, port]) => [
      Object.entries(DEFAULT_PORTS).find(([known]) => known === name)?.[1].option ?? '',
      String(port),
    ]);
  const start = (): RunningCommand => startQuittance(['start', '--data', data, ...portOptions()]);
  const auditor = (): HttpCaller =>
    createHttpCaller({ url: `http://127.0.0.1:${String(ports.api)}`, key: readKeys(data)?.auditor ?? '' });

  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'quittance-start-'));
    data = join(parent, 'data');
    const names = Object.keys(DEFAULT_PORTS) as PortName[];
    const found: [PortName, number][] = [];
    for (const name of names) found.push([name, await freePort()]);
    ports = Object.fromEntries(found) as Record<PortName, number>;
  });
  after(async () => {
    if (running !== undefined && running.child.exitCode === null) {
      running.child.kill('SIGTERM');
      await running.ends().catch(() => undefined);
      running.kill();
    }
    const elsewhere = await readFile(join(data, 'postgres', 'cluster-is-at.txt'), 'utf8').catch(() => '');
    if (elsewhere !== '') await rm(elsewhere.trim(), { recursive: true, force: true });
    await rm(parent, { recursive: true, force: true });
  });

  it('can be killed in the middle of its first start', async () => {
    running = start();
    await running.says('✓ API on');
    running.child.kill('SIGKILL');
    assert.equal(await running.ends(), 'SIGKILL');
    assert.ok(readKeys(data), 'the keys should stand in the data folder by now');
  });

  it('goes on from there, with progress on stderr and a table of every address and key on stdout', async () => {
    running = start();
    await running.says(READY);
    const table = running.stdout();
    const keys = readKeys(data);
    assert.ok(keys);
    for (const role of ROLES) assert.match(table, new RegExp(`Key: ${role} .*${keys[role]}`));
    for (const address of ['API', 'API docs', 'Temporal UI', 'Mail', 'Database']) {
      assert.match(table, new RegExp(`│ ${address} +│ (http|postgres)://`));
    }
    assert.match(running.stderr(), /✓ Postgres 18[^\n]*\n[^]*✓ Temporal[^\n]*\n[^]*✓ Demo company/);
    for (const file of ['keys.json', 'app-login.json', 'connection.json']) {
      assert.equal((await stat(join(data, file))).mode & 0o077, 0, `${file} is open to others`);
    }
    assert.equal((await fetch(`http://127.0.0.1:${String(ports.api)}/docs/`)).status, 200);
    assert.equal((await fetch(`http://127.0.0.1:${String(ports.temporalUi)}/`)).status, 200);
  });

  it('has made the demo orders, each at its stage', async () => {
    const { data: orders } = await auditor().get('/v1/orders?limit=200', orderPage);
    ordersBefore = orders;
    const stages = Object.fromEntries(orders.map((order) => [order.number, order.stage]));
    for (const order of demoOrders) assert.equal(stages[order.number], order.stage, order.number);
    assert.equal(orders.filter((order) => order.number.startsWith('OLD-')).length, 8);
    const tasks = await auditor().get(
      '/v1/tasks',
      z.object({ data: z.array(z.object({ kind: z.string(), ownerRole: z.string() })) }),
    );
    assert.deepEqual(tasks.data.map((task) => `${task.kind} ${task.ownerRole}`).sort(), [
      'collect collector',
      'credit_hold credit_analyst',
      // Its owner, customer service, had half of its time.
      'dispute ar_manager',
      'order_rejected sales',
      'payment_returned cash_applier',
      'promise_broken collector',
    ]);
  });

  it('has really sent the letters that the opening items were due, and none for the blocked one', async () => {
    const letters = await lettersOf(ports.mail, 4);
    assert.deepEqual(letters.map((letter) => letter.to).sort(), [
      'accounts@c-100.example',
      'accounts@c-101.example',
      'accounts@c-103.example',
      'accounts@c-106.example',
    ]);
  });

  it('has told the owners of tasks: each new one, and the lead of the dispute', async () => {
    const page = mailPage.parse(await (await fetch(`http://127.0.0.1:${String(ports.mail)}/messages`)).json());
    const owners = new Set(page.messages.map((message) => message.envelopeTo[0] ?? ''));
    for (const role of ['ar-manager', 'cash-applier', 'collector', 'credit-analyst', 'sales']) {
      assert.ok(owners.has(`${role}@acme.example`), role);
    }
  });

  it('lets other commands in the folder use it', async () => {
    const shown = await runQuittance(['order', 'show', 'SO-10003', '--json'], {
      environment: { QUITTANCE_DATA: data },
    });
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(
      z.object({ order: z.object({ number: z.string() }) }).parse(JSON.parse(shown.stdout)).order.number,
      'SO-10003',
    );
    const missing = await runQuittance(['order', 'show', 'SO-404'], { environment: { QUITTANCE_DATA: data } });
    assert.equal(missing.code, 3);
  });

  it('refuses a second instance on the same folder and harms nothing', async () => {
    const second = await runQuittance(['start', '--data', data, ...portOptions()]);
    assert.equal(second.code, 5);
    assert.match(second.stderr, /Another instance \(process \d+\) is running on the data folder/);
    assert.equal((await fetch(`http://127.0.0.1:${String(ports.api)}/ready`)).status, 200);
  });

  it('ends with code 0 at SIGINT and leaves no process and no port behind', async () => {
    assert.ok(running);
    const children = await childrenOf(running.child.pid ?? -1);
    assert.ok(children.length >= 2, 'Postgres and Temporal should be children');
    running.child.kill('SIGINT');
    assert.equal(await running.ends(), 0, running.stderr());
    for (const { pid, command } of children) assert.equal(isAlive(pid), false, `left behind: ${command}`);
    for (const port of Object.values(ports)) assert.ok(await portIsFree(port), `port ${String(port)} is still taken`);
    keysBefore = readKeys(data);
  });

  it('names a busy port and how to choose another, and leaves nothing started', async () => {
    const holder = createServer().listen(ports.mail, '127.0.0.1');
    const refused = await runQuittance(['start', '--data', data, ...portOptions()]);
    holder.close();
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, new RegExp(`Port ${String(ports.mail)} for the mail catcher's pages is taken`));
    assert.match(refused.stderr, /--mail-port \d+/);
    assert.equal(refused.stdout, '');
    assert.ok(await portIsFree(ports.postgres));
  });

  it('says which server is missing and what to do, and stops what it had started', async () => {
    const environment = { TEMPORAL_CLI_PATH: join(parent, 'nowhere') };
    const refused = await runQuittance(['start', '--data', data, ...portOptions()], { environment });
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, /TEMPORAL_CLI_PATH names .*nowhere, which cannot be used/);
    assert.ok(await portIsFree(ports.postgres));
  });

  it('goes on with the same data, keys and runs at the next start', async () => {
    running = start();
    await running.says(READY);
    assert.match(running.stderr(), /Demo company ACME-DE as you left it/);
    assert.deepEqual(readKeys(data), keysBefore);
    const { data: orders } = await auditor().get('/v1/orders?limit=200', orderPage);
    assert.deepEqual(orders, ordersBefore);
    assert.equal((await lettersOf(ports.mail, 4)).length, 4);
    const waiting = orders.find((order) => order.number === 'SO-10002');
    const sales = createHttpCaller({ url: `http://127.0.0.1:${String(ports.api)}`, key: readKeys(data)?.sales ?? '' });
    const body = { lines: [{ line: 1, quantity: '10' }] };
    await sales.post(
      `/v1/orders/${waiting?.id ?? ''}/shipments`,
      { body, idempotencyKey: 'after-restart' },
      z.unknown(),
    );
  });

  it('brings an order to settled, credits a part of it, and settles others by a bank file, by the commands of the README as they are written', async () => {
    const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const settles = /```sh\n(API=[^]*?)```/.exec(text)?.[1] ?? '';
    const credits = /```sh\n(# What people have to do[^]*?)```/.exec(text)?.[1] ?? '';
    const banks = /```sh\n(DAY=[^]*?)```/.exec(text)?.[1] ?? '';
    assert.ok(settles !== '' && credits !== '' && banks !== '');
    const script = [settles, credits, banks].join('\necho between\n');
    const here = script
      .replace('127.0.0.1:4000', `127.0.0.1:${String(ports.api)}`)
      .replaceAll(/(?:\.\/)?\.quittance/g, data)
      .replaceAll(
        'npx quittance',
        `"${process.execPath}" "${fileURLToPath(new URL('../../bin/quittance.js', import.meta.url))}"`,
      );
    const env = { ...process.env, QUITTANCE_DATA: data };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here], { env });
    const [before = '', after = '', bank = ''] = stdout.split('between\n');
    assert.equal(before.trimEnd().split('\n').at(-1), 'settled', stdout);
    assert.match(after, /dispute {2}ar_manager {2}\S+ {2}POST \/v1\/disputes\//);
    assert.match(after, /"state":"approved"/);
    assert.match(bank, /3 {2}applied to open items\n +1 {2}wait/);
    assert.match(bank, /^50\.00 {2}Unbekannt {2}The payer is not known/m);
    assert.match(bank, /Stage +│ settled/);
  });

  it('says so and ends with a code when a server is lost', async () => {
    assert.ok(running);
    const children = await childrenOf(running.child.pid ?? -1);
    const temporal = children.find((child) => child.command.includes('start-dev'));
    assert.ok(temporal);
    process.kill(temporal.pid, 'SIGKILL');
    assert.equal(await running.ends(), 5, running.stderr());
    assert.match(running.stderr(), /Temporal \(process \d+\) has ended|The worker has ended/);
    for (const { pid, command } of children) assert.equal(isAlive(pid), false, `left behind: ${command}`);
  });
});

/** Letters to customers by their subject's words; invoices have others. Waits until there are so many. */
async function lettersOf(port: number, count: number): Promise<{ to: string; subject: string }[]> {
  const giveUpAt = Date.now() + LETTER_WAIT_MS;
  for (;;) {
    const page = mailPage.parse(await (await fetch(`http://127.0.0.1:${String(port)}/messages`)).json());
    const letters = page.messages
      .filter((message) => !/RE-\d+/.test(message.subject))
      .map((message) => ({ to: message.envelopeTo[0] ?? '', subject: message.subject }))
      .filter((message) => message.to.startsWith('accounts@'));
    if (letters.length >= count || Date.now() > giveUpAt) return letters;
    await sleep(200);
  }
}

interface ChildProcess {
  readonly pid: number;
  readonly command: string;
}

async function childrenOf(parent: number): Promise<ChildProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, ppid, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid !== undefined && Number(ppid) === parent ? [{ pid: Number(pid), command: command ?? '' }] : [];
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
