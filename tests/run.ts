// The test runner: one Postgres and one Temporal server for all files, nothing left behind, one line of counts at the end.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';
import { promisify } from 'node:util';
import { removePostgresData, startPostgres } from '../src/local/postgres.ts';
import { reasonOf } from '../src/local/start-problem.ts';
import { StopAsked, Supervisor } from '../src/local/supervisor.ts';
import { startTemporalDevServer } from '../src/local/temporal.ts';
import { searchAttributes } from '../src/workflows/messages.ts';
import { countTests, noTests, type TestCounts } from './harness/count-tests.ts';
import { Lingering } from './harness/lingering.ts';

const root = resolve(import.meta.dirname, '..');
const filesAtOnce = 2;
const fileWithinMs = Number(process.env.QUITTANCE_TEST_FILE_MS ?? 10 * 60_000);
const obeyWithinMs = 10_000;
const stopTests = new AbortController();

/** What the runner tells about single tests; its own summary per file would only repeat what we print. */
const silentEvents: readonly TestEvent['type'][] = ['test:diagnostic', 'test:summary'];

async function main(): Promise<number> {
  const files = wantedFiles();
  const counts = noTests();
  const supervisor = new Supervisor();
  supervisor.listenToSignals();
  try {
    await startServers(supervisor);
    let running = Promise.resolve();
    // Last in, first out: on Ctrl-C the tests end before the servers they talk to.
    await supervisor.step('Tests', () => {
      running = runAll(files, counts);
      const stop = async () => {
        stopTests.abort();
        await running.catch(() => undefined);
      };
      return Promise.resolve({ value: undefined, told: `Running ${files.length} test files`, stop });
    });
    await running;
  } catch (error) {
    counts.failed += 1;
    counts.failures.push(`the test run: ${error instanceof StopAsked ? 'stopped before its end' : reasonOf(error)}`);
  } finally {
    await supervisor.stop();
  }
  return report(counts);
}

function wantedFiles(): string[] {
  const asked = process.argv.slice(2);
  if (asked.length > 0) return asked.map((file) => resolve(file)).sort();
  return globSync('tests/**/*.test.ts', { cwd: root })
    .map((file) => join(root, file))
    .sort();
}

/** Starts what the files share and tells them where it is through the environment. */
async function startServers(supervisor: Supervisor): Promise<void> {
  const folder = await supervisor.step('Folder', async () => {
    const value = await mkdtemp(join(tmpdir(), 'quittance-tests-'));
    // As root, Postgres runs as another user, who must get through to its data. What is inside stays closed.
    await chmod(value, 0o711);
    // Whatever a test file leaves in its temporary folder, also when it is killed, goes with this one.
    process.env.TMPDIR = value;
    return { value, told: `Folder ${value}`, stop: () => rm(value, { recursive: true, force: true }) };
  });
  await supervisor.step('Postgres', async () => {
    const data = join(folder, 'postgres');
    const value = await startPostgres({ folder: data, durable: false });
    process.env.QUITTANCE_TEST_POSTGRES_URL = value.ownerUrl;
    process.env.QUITTANCE_TEST_APP_PASSWORD = randomBytes(18).toString('base64url');
    const stop = async () => {
      await value.stop();
      await removePostgresData(data);
    };
    return { value, told: `Postgres ${value.version} on ${value.host}:${value.port}`, stop };
  });
  await supervisor.step('Temporal', async () => {
    const value = await startTemporalDevServer({
      searchAttributes: Object.values(searchAttributes),
      logLevel: 'error',
    });
    process.env.QUITTANCE_TEST_TEMPORAL_ADDRESS = value.address;
    return { value, told: `Temporal ${value.version} on ${value.address}`, stop: () => value.stop() };
  });
}

async function runAll(files: readonly string[], counts: TestCounts): Promise<void> {
  const waiting = [...files];
  const runner = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (stopTests.signal.aborted) throw new StopAsked();
      await runOne(file, counts);
    }
  };
  await Promise.all(Array.from({ length: filesAtOnce }, runner));
}

/** Each file is a run of its own, because only a run can be stopped when its time is over. */
async function runOne(file: string, counts: TestCounts): Promise<void> {
  const startedAt = performance.now();
  const signal = AbortSignal.any([stopTests.signal, AbortSignal.timeout(fileWithinMs)]);
  const events: TestEvent[] = [];
  const stream: AsyncIterable<TestEvent> = run({ files: [file], isolation: 'process', concurrency: 1, signal });
  const lingering = new Lingering(file, () => void killFile(file));
  const onAbort = () => setTimeout(() => void killFile(file), obeyWithinMs).unref();
  signal.addEventListener('abort', onAbort, { once: true });
  for await (const event of stream) if (lingering.note(event)) events.push(event);
  lingering.stop();
  const name = relative(root, file);
  const ofFile = countTests(name, events);
  counts.passed += ofFile.passed;
  counts.failed += ofFile.failed;
  counts.skipped += ofFile.skipped;
  counts.failures.push(...ofFile.failures);
  const told = events.filter((event) => !silentEvents.includes(event.type));
  const text: string[] = [];
  for await (const part of Readable.from(told).compose(new spec())) text.push(String(part));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const note = lingering.isOver ? ', its process ended after its tests' : '';
  process.stdout.write(`\n${name} (${seconds} s${note})\n${text.join('')}`);
}

/** The runner asks a file's process to end and gives us no handle of it; one that does not obey is found by its name. */
async function killFile(file: string): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,command=']);
  for (const line of stdout.split('\n')) {
    const [pid, parent, ...command] = line.trim().split(/\s+/);
    if (Number(parent) === process.pid && command.includes(file)) process.kill(Number(pid), 'SIGKILL');
  }
}

/** Prints the counts as the last line. A run without a single test proves nothing, so it fails. */
function report({ passed, failed, skipped, failures }: TestCounts): number {
  if (failures.length > 0) process.stdout.write(`\nFailed:\n${failures.map((name) => `  ${name}`).join('\n')}\n`);
  if (passed + failed === 0) process.stdout.write('\nNot a single test ran.\n');
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main();
