// `quittance pilot FILE`: replays a company's own receivables, through the engine or, dry, through its decisions alone.

import { readFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import { policySchema } from '../api/schemas/policy.ts';
import { isZone } from '../domain/calendar.ts';
import { isIsoDate } from '../domain/dates.ts';
import { isCurrency } from '../domain/money.ts';
import { COLUMN_FIELDS } from '../domain/pilot/column-names.ts';
import type { PilotLetter } from '../domain/pilot/dry-run.ts';
import type { History } from '../domain/pilot/history.ts';
import { pilotJson } from '../domain/pilot/pilot-json.ts';
import { pilotReport, readingSection } from '../domain/pilot/pilot-report.ts';
import type { PilotResult } from '../domain/pilot/pilot-result.ts';
import { readHistory, type ReadingReport } from '../domain/pilot/read-history.ts';
import { POLICY_V1, type Policy } from '../domain/policy.ts';
import type { Refusal } from '../domain/refusal.ts';
import { installRuntime } from '../worker/install-runtime.ts';
import { CommandProblem } from './command-problem.ts';
import { exitCodes } from './exit-codes.ts';
import { planPilot } from './pilot/plan.ts';
import { readFile } from './pilot/read-file.ts';
import { runDry } from './pilot/run-dry.ts';
import { runReplay } from './pilot/run-replay.ts';
import { printJson, printLine, talk } from './talk.ts';

/** What the past disputed was disputed until it was settled, however long that took. */
const PILOT_POLICY: Policy = { ...POLICY_V1, blockDaysMax: 3650 };

interface Options {
  readonly map: Readonly<Record<string, string>>;
  readonly policy?: string;
  readonly asOf: readonly string[];
  readonly dry: boolean;
  readonly json: boolean;
  readonly country: string;
  readonly zone: string;
  readonly currency: string;
}

const PAIR = new RegExp(`^(?:${[...COLUMN_FIELDS, 'dates', 'decimals'].join('|')})=`);

export function registerPilot(program: Command): void {
  program
    .command('pilot')
    .description('Replay past receivables through the real engine in simulated time, and report what it did and found.')
    .argument('<file>', 'CSV of past invoices: number, customer, dates, amount, settled date')
    .argument('[pairs...]', 'more field=column pairs after --map')
    .option('--map <field=column>', 'which column is which, or dates=dmy|mdy|ymd, decimals=comma|point', readMap, {})
    .option(
      '--policy <file>',
      'JSON with a policy, as POST /v1/policies takes it; the fields given replace those of v1',
    )
    .option(
      '--as-of <date>',
      'report the end of this day; may be repeated (default: the last invoice date)',
      readDates,
      [],
    )
    .option('--dry', 'ask for decisions alone, without servers', false)
    .option('--json', 'print the result as JSON', false)
    .option(
      '--country <code>',
      'country of the legal entity, whose holidays count where a customer has none',
      readCountry,
      'DE',
    )
    .option('--zone <zone>', 'time zone of the legal entity', readZone, 'Europe/Berlin')
    .option('--currency <code>', 'currency of rows that name none', readCurrency, 'EUR')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx quittance pilot receivables.csv --as-of 2013-06-30 --as-of 2013-12-31\n  $ npx quittance pilot receivables.csv --dry --map due="Net due" --map dates=dmy',
    )
    .action(async (first: string, more: readonly string[], given: Options) => {
      const { file, options } = sortOut([first, ...more], given);
      // Standard output carries the result alone.
      if (!options.dry) installRuntime({ level: 'ERROR', write: talk });
      const result = await pilot(file, options);
      if (options.json) printJson(pilotJson(result));
      else printLine(pilotReport(result));
      process.exitCode = result.differences.length === 0 ? exitCodes.ok : exitCodes.refused;
    });
}

/** `--map a=b c=d FILE` and `FILE --map a=b c=d` mean the same: what names a field is a pair, the rest is the file. */
function sortOut(words: readonly string[], options: Options): { file: string; options: Options } {
  const isPair = (word: string): boolean => PAIR.test(word);
  const [file, tooMuch] = words.filter((word) => !isPair(word));
  if (file === undefined || tooMuch !== undefined) {
    const hint = 'Give one file, and columns as field=column, such as --map due="Net due date".';
    throw new CommandProblem(exitCodes.usage, `One file is expected: ${words.join(' ')}`, hint);
  }
  const map = words.filter(isPair).reduce((pairs, pair) => readMap(pair, pairs), options.map);
  return { file, options: { ...options, map } };
}

async function pilot(file: string, options: Options): Promise<PilotResult> {
  const startedAt = performance.now();
  const { history, reading } = readPast(file, options);
  for (const line of readingSection(reading)) talk(line);
  const policy = options.policy === undefined ? PILOT_POLICY : readPolicy(options.policy);
  const { country, zone, asOf } = options;
  const plan = planPilot(history, { policy, country, zone, asOf: [...new Set(asOf)].sort() });
  talk(`Replaying ${String(history.invoices.length)} invoices until ${plan.end}${options.dry ? ', dry' : ''}.`);
  const outcome = options.dry ? runDry(plan) : await runReplay(plan, { tellProgress: progress() });
  return {
    file,
    mode: options.dry ? 'dry' : 'replay',
    currency: history.currency,
    reading,
    ...outcome,
    letters: countLetters(outcome.letters),
    comparedOn: options.dry ? [] : plan.comparedOn,
    calendarFallback: plan.calendarFallback,
    seconds: Math.round((performance.now() - startedAt) / 10) / 100,
  };
}

function readPast(file: string, options: Options): { history: History; reading: ReadingReport } {
  const split = readFile(file);
  if (!split.ok) throw problemOf(split.refusal);
  const { header, rows } = split;
  const read = readHistory({ header, rows, map: options.map, defaultCurrency: options.currency });
  if (!read.ok) throw problemOf(read.refusal);
  if (read.history.invoices.length === 0) {
    for (const line of readingSection(read.report)) talk(line);
    throw new CommandProblem(
      exitCodes.refused,
      'No row of the file was accepted.',
      'The reasons stand above, by line.',
    );
  }
  return { history: read.history, reading: read.report };
}

function readPolicy(file: string): Policy {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandProblem(exitCodes.usage, `The policy ${file} cannot be read: ${reason}`, 'Give a file with JSON.');
  }
  const parsed = policySchema.safeParse({ ...PILOT_POLICY, ...(given as Partial<Policy>) });
  if (parsed.success) return parsed.data;
  throw new CommandProblem(
    exitCodes.refused,
    `The policy ${file} is not one: ${z.prettifyError(parsed.error)}`,
    'See the schema "Policy" in the API documentation.',
  );
}

function countLetters(letters: readonly PilotLetter[]): PilotResult['letters'] {
  const count = (level: PilotLetter['level']): number => letters.filter((letter) => letter.level === level).length;
  return {
    notice: count('notice'),
    reminder1: count('reminder1'),
    reminder2: count('reminder2'),
    reminder3: count('reminder3'),
  };
}

/** Tells how far the replay is, once for each month of history. */
function progress(): (date: string, share: number) => void {
  const startedAt = performance.now();
  let month = '';
  return (date, share) => {
    if (date.slice(0, 7) === month) return;
    month = date.slice(0, 7);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    talk(`  ${month}  ${(share * 100).toFixed(0).padStart(3)} %  ${seconds} s`);
  };
}

function problemOf(refusal: Refusal): CommandProblem {
  return new CommandProblem(exitCodes.refused, `${refusal.code}: ${refusal.text}`, refusal.hint);
}

function readMap(pair: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = pair.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as field=column, such as --map due="Net due date".');
  return { ...before, [pair.slice(0, at)]: pair.slice(at + 1) };
}

function readDates(text: string, before: readonly string[]): string[] {
  if (!isIsoDate(text)) throw new InvalidArgumentError('Write it as an ISO date, such as 2013-06-30.');
  return [...before, text];
}

function readCountry(text: string): string {
  if (!/^[A-Z]{2}$/.test(text)) throw new InvalidArgumentError('Write it as two letters of ISO 3166, such as DE.');
  return text;
}

function readZone(text: string): string {
  if (!isZone(text)) throw new InvalidArgumentError('Write it as an IANA zone, such as Europe/Berlin.');
  return text;
}

function readCurrency(text: string): string {
  if (!isCurrency(text)) throw new InvalidArgumentError('Write it as an ISO 4217 code, such as EUR.');
  return text;
}
