// `npm run bench`: what a whole happy life costs us, against a twin that does nothing, on this machine.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonOf } from '../src/local/start-problem.ts';
import { StopAsked, Supervisor } from '../src/local/supervisor.ts';
import { checkBooks } from './books.ts';
import { happyCosts, lettersCosts, type CostOfRuns } from './histories.ts';
import { measure, ROUNDS_MIN } from './measure.ts';
import { ACTIONS_MAX, RATIO_MIN, ratiosOf, showCosts, showResult, type Result } from './report.ts';
import { startStand, type Stand, type StandOptions } from './stand.ts';

const CONCURRENCY = 20;
const SEED = 20_261_121;
const ORDERS_MAX = 100_000;
/** The sink keeps a mail of each order, and of those of the warm-up. */
const MAILS_SPARE = 1_000;

interface Asked {
  readonly sizes: readonly number[];
  readonly configurations: readonly Result['configuration'][];
  readonly isJson: boolean;
  readonly profileFolder: string | null;
}

const USAGE = `npm run bench -- [--orders 200,2000] [--only engine|whole] [--json] [--profile FOLDER]

  --orders   how many orders are lived and counted, at each size
  --only     one of the two configurations: engine (documents and mail off), whole (PDF and SMTP to a sink)
  --json     the figures as JSON on standard output; progress goes to standard error as always
  --profile  CPU profiles of our processes into this folder; the figures of such a run are not to be published`;

let isStopAsked = false;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const asked = readArguments();
  if (asked === null) return 2;
  if (!existsSync('/proc/self/stat')) {
    say('The benchmark reads CPU time from /proc, which this system does not have: run it on Linux.');
    return 5;
  }
  // Between two stands nobody else listens; a stand's supervisor stops what it has started.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => (isStopAsked = true));
  const ground = groundOf();
  if (!asked.isJson) process.stdout.write(`${showGround(ground)}\n`);
  try {
    const results: Result[] = [];
    for (const configuration of asked.configurations) {
      for (const orders of asked.sizes) {
        const result = await measureOn({ configuration, orders, profileFolder: asked.profileFolder });
        results.push(result);
        if (!asked.isJson) process.stdout.write(`\n${showResult(result)}\n`);
      }
    }
    const letters = await onStand({ ...common, configuration: 'engine', server: 'time-skipping' }, lettersCosts);
    tell(asked, { ground, results, letters });
    return isGood(results, letters) ? 0 : 1;
  } catch (error) {
    if (isStopAsked || error instanceof StopAsked) return 130;
    say(`The benchmark failed: ${error instanceof Error ? (error.stack ?? error.message) : reasonOf(error)}`);
    return 1;
  }
}

const common = {
  hasTwin: false,
  seed: SEED,
  concurrency: CONCURRENCY,
  ordersMax: MAILS_SPARE,
  profileFolder: null,
} as const;

async function measureOn(wanted: {
  configuration: Result['configuration'];
  orders: number;
  profileFolder: string | null;
}): Promise<Result> {
  const { configuration, orders, profileFolder } = wanted;
  const options = { ...common, configuration, server: 'dev', hasTwin: true, profileFolder } as const;
  return onStand({ ...options, ordersMax: orders + MAILS_SPARE }, async (stand) => {
    const measured = await measure(stand, orders, say);
    await checkBooks(stand.databaseUrl, measured.orders);
    const mails = await stand.mail?.ask<number>('count', null);
    if (mails !== undefined && mails !== measured.orders)
      throw new Error(`${mails} mails for ${measured.orders} orders`);
    say('the books are right');
    return { configuration, orders, turns: measured.turns, happyCosts: await happyCosts(stand, measured.orders) };
  });
}

/** Brings up a stand, works on it, and takes it down, whatever happens. */
async function onStand<T>(options: StandOptions, act: (stand: Stand) => Promise<T>): Promise<T> {
  if (isStopAsked) throw new StopAsked();
  const supervisor = new Supervisor({ out: process.stderr });
  supervisor.listenToSignals();
  try {
    return await act(await startStand(supervisor, options));
  } finally {
    await supervisor.stop();
  }
}

function readArguments(): Asked | null {
  try {
    const { values } = parseArgs({
      options: {
        orders: { type: 'string', default: '200,2000' },
        only: { type: 'string' },
        json: { type: 'boolean', default: false },
        profile: { type: 'string' },
      },
    });
    const sizes = values.orders.split(',').map(Number);
    if (sizes.some((size) => !Number.isInteger(size) || size < ROUNDS_MIN || size > ORDERS_MAX)) {
      throw new Error(`--orders wants whole numbers from ${ROUNDS_MIN} to ${ORDERS_MAX}, such as 200,2000.`);
    }
    const known = ['engine', 'whole'] as const;
    const configurations = known.filter((one) => values.only === undefined || values.only === one);
    if (configurations.length === 0) throw new Error('--only wants engine or whole.');
    const profileFolder = values.profile === undefined ? null : resolve(values.profile);
    if (profileFolder !== null) mkdirSync(profileFolder, { recursive: true });
    return { sizes, configurations, isJson: values.json, profileFolder };
  } catch (error) {
    say(`${reasonOf(error)}\n\n${USAGE}`);
    return null;
  }
}

/** What the figures depend on besides our code, read before anything is started. */
function groundOf() {
  const git = (...words: string[]): string => execFileSync('git', words, { encoding: 'utf8' }).trim();
  let commit = 'unknown';
  try {
    const hasChanges = git('status', '--porcelain', '--', 'src', 'bench', 'package-lock.json') !== '';
    commit = git('rev-parse', '--short', 'HEAD') + (hasChanges ? ' with changes' : '');
  } catch {
    // No git or no repository: the figures can still be looked at.
  }
  return {
    commit,
    node: process.version,
    processors: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    load: loadavg().map((load) => Number(load.toFixed(2))),
    concurrency: CONCURRENCY,
    seed: SEED,
  };
}

type Ground = ReturnType<typeof groundOf>;

function showGround(ground: Ground): string {
  return [
    `${ground.processors} processors (${ground.processor}), load average ${ground.load.join(' ')} before the start`,
    `commit ${ground.commit}, Node ${ground.node}, seed ${ground.seed}`,
    `${ground.concurrency} lives at once, rounds of twin and ours in turns: medians (least … most) of the rounds`,
    'Both sides on one Temporal server; log level warn; the driver counts, and so does the mail sink.',
    'Ours: POST order, POST shipment, one question to Postgres every 100 ms for all orders that wait for their delivery,',
    'POST payment, then the result of the run. The twin: docs/decisions/0007-the-benchmark-twin.md.',
  ].join('\n');
}

function tell(
  asked: Asked,
  told: { ground: Ground; results: readonly Result[]; letters: readonly CostOfRuns[] },
): void {
  const { ground, results, letters } = told;
  if (asked.isJson) {
    const figures = results.map((result) => ({ ...result, ratio: ratiosOf(result.turns) }));
    process.stdout.write(`${JSON.stringify({ ...ground, results: figures, letters }, null, 2)}\n`);
    return;
  }
  const happy = results[results.length - 1]?.happyCosts ?? [];
  const titles = {
    happy: 'History on the happy path (one shipment, paid before the notice; the largest of the histories looked at)',
    letters: 'History with a notice and two reminders (in simulated time, under policy v1)',
  };
  process.stdout.write(`\n${showCosts(titles.happy, happy, ACTIONS_MAX.happy)}\n`);
  process.stdout.write(`\n${showCosts(titles.letters, letters, ACTIONS_MAX.letters)}\n`);
}

function isGood(results: readonly Result[], letters: readonly CostOfRuns[]): boolean {
  const actionsOf = (costs: readonly CostOfRuns[]): number => costs.find(({ run }) => run === 'order')?.actions ?? 0;
  return (
    results.every(
      (result) =>
        ratiosOf(result.turns).median >= RATIO_MIN[result.configuration] &&
        actionsOf(result.happyCosts) <= ACTIONS_MAX.happy,
    ) && actionsOf(letters) <= ACTIONS_MAX.letters
  );
}

process.exitCode = await main();
