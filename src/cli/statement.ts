// `quittance statement`: sends a bank's file and tells what became of its lines, over the REST API.

import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { BANK_FILE_FORMATS } from '../domain/bank-files/types.ts';
import { reasonOf } from '../local/start-problem.ts';
import { CommandProblem } from './command-problem.ts';
import { readConfiguration } from './configuration.ts';
import { exitCodes } from './exit-codes.ts';
import { createHttpCaller, type HttpCaller } from './http-caller.ts';
import { localEnvironment } from './local-instance/connection-file.ts';
import { printJson, printLine, talk } from './talk.ts';

const LOOK_EVERY_MS = 1_000;
/** A file that is not done by then goes on by itself. */
const DONE_WITHIN_MS = 60 * 60_000;
/** Waiting lines that are told one by one. */
const WAITING_SHOWN_MAX = 10;
/** Columns of their table: all of it fits into a window of 120 characters. */
const FROM_CHARS = 24;
const WHY_CHARS = 58;

const money = z.object({ amount: z.string(), currency: z.string() });
const fileSchema = z.looseObject({
  id: z.string(),
  legalEntity: z.string(),
  name: z.string(),
  format: z.string(),
  state: z.enum(['received', 'refused', 'read', 'done']),
  problem: z
    .looseObject({
      code: z.string(),
      text: z.string(),
      place: z.string(),
      checks: z.array(z.looseObject({ what: z.string(), declared: z.string(), found: z.string(), place: z.string() })),
    })
    .nullable(),
  linesRead: z.number(),
  linesNew: z.number(),
  linesDone: z.number(),
  lines: z.record(z.string(), z.number()),
});
type BankFile = z.infer<typeof fileSchema>;
const entities = z.object({ data: z.array(z.object({ id: z.string() })) });
const linesSchema = z.object({
  data: z.array(
    z.looseObject({
      position: z.number(),
      amount: money,
      bookedOn: z.string(),
      counterpartName: z.string().nullable(),
      reasons: z.array(z.object({ code: z.string(), text: z.string() })),
    }),
  ),
});
type Waiting = z.infer<typeof linesSchema>['data'];

interface Options {
  readonly legalEntity?: string;
  readonly format?: string;
  readonly mapping?: string;
  readonly name?: string;
  readonly json?: true;
}

export function registerStatement(program: Command): void {
  program
    .command('statement')
    .argument('<file>', 'a file of a bank: camt.053, camt.054, MT940, MT942, BAI2, lockbox, OFX or CSV')
    .description(
      "Send a bank's file: its money is matched and posted, and what nobody can be sure of waits for a person.",
    )
    .option('--legal-entity <id>', 'whose bank account it is; the only one there is when not given')
    .addOption(new Option('--format <format>', 'told by the content when not given').choices(BANK_FILE_FORMATS))
    .option('--mapping <name>', 'how a CSV file is read, as it was saved')
    .option('--name <name>', 'what the file is called; its own name when not given')
    .option('--json', 'print the file as the API has it')
    .addHelpText(
      'after',
      `
Asks the API at QUITTANCE_URL with QUITTANCE_API_KEY; beside "quittance start" both are known.

Exit codes: 0 taken, also when lines wait for a person, 4 the file is refused, 5 the API cannot be reached or is not done yet.

Examples:
  $ npx quittance statement 2026-11-21.xml
  $ npx quittance statement sales.csv --legal-entity ACME-DE --mapping dkb --json`,
    )
    .action(runStatement);
}

async function runStatement(path: string, options: Options): Promise<void> {
  const configuration = readConfiguration(
    ['QUITTANCE_URL', 'QUITTANCE_API_KEY'],
    localEnvironment(process.env, 'cash_applier'),
  );
  const caller = createHttpCaller({ url: configuration.QUITTANCE_URL, key: configuration.QUITTANCE_API_KEY });
  const file = await openFile(path);
  const legalEntity = options.legalEntity ?? (await onlyEntity(caller));
  const { format, mapping, name = basename(path) } = options;
  const given = Object.entries({ legalEntity, name, format, mapping }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as [string, string]],
  );
  const address = `/v1/bank-statements?${new URLSearchParams(given).toString()}`;
  const sent = await caller.upload(address, { file, idempotencyKey: randomUUID() }, fileSchema);
  const last = await untilOver(caller, sent);
  const waiting = await waitingOf(caller, last);
  if (options.json === true) printJson({ ...last, waiting });
  else print(last, waiting);
  process.exitCode = last.state === 'refused' ? exitCodes.refused : exitCodes.ok;
}

/** The file, opened and not read. @throws CommandProblem when it cannot be opened */
async function openFile(path: string): Promise<Blob> {
  try {
    return await openAsBlob(path);
  } catch (error) {
    const hint = 'Check the path, and that the file may be read.';
    throw new CommandProblem(exitCodes.usage, `${path} cannot be opened: ${reasonOf(error)}`, hint);
  }
}

async function onlyEntity(caller: HttpCaller): Promise<string> {
  const [first, second] = (await caller.get('/v1/legal-entities?limit=2', entities)).data;
  if (first !== undefined && second === undefined) return first.id;
  throw new CommandProblem(
    exitCodes.usage,
    first === undefined ? 'The key reaches no legal entity.' : 'The key reaches more than one legal entity.',
    'Name the one whose bank account it is: --legal-entity ACME-DE.',
  );
}

/** Looks again until every line has its answer, and tells meanwhile. */
async function untilOver(caller: HttpCaller, sent: BankFile): Promise<BankFile> {
  const giveUpAt = Date.now() + DONE_WITHIN_MS;
  let [file, told] = [sent, ''];
  while (file.state === 'received' || file.state === 'read') {
    if (Date.now() > giveUpAt) {
      const hint = `It goes on by itself: GET /v1/bank-statements/${file.id} tells how far it is.`;
      throw new CommandProblem(exitCodes.unavailable, `The file is not done yet (${progressOf(file)}).`, hint);
    }
    if (progressOf(file) !== told) talk((told = progressOf(file)));
    await sleep(LOOK_EVERY_MS);
    file = await caller.get(`/v1/bank-statements/${file.id}`, fileSchema);
  }
  return file;
}

function progressOf({ state, linesDone, linesNew }: BankFile): string {
  return state === 'received' ? 'reading the file' : `${String(linesDone)} of ${String(linesNew)} lines done`;
}

async function waitingOf(caller: HttpCaller, file: BankFile): Promise<Waiting> {
  if ((file.lines['open'] ?? 0) === 0) return [];
  const query = `state=open&limit=${String(WAITING_SHOWN_MAX)}`;
  return (await caller.get(`/v1/bank-statements/${file.id}/lines?${query}`, linesSchema)).data;
}

function print(file: BankFile, waiting: Waiting): void {
  const { problem } = file;
  printLine(`${file.name} (${file.format}) of ${file.legalEntity}, ${file.id}`);
  if (problem !== null && file.state === 'refused') {
    printLine(`Refused at ${problem.place}: ${problem.text} (${problem.code})`);
    for (const { what, declared, found, place } of problem.checks) {
      printLine(`  ${place}: ${what}: the file says ${declared}, what was read makes ${found}`);
    }
    printLine('Nothing of it is visible.');
    return;
  }
  const repeated = file.linesRead - file.linesNew;
  printLine(`${String(file.linesRead)} lines read, ${String(repeated)} told before, ${String(file.linesNew)} new:`);
  for (const [state, meaning] of OUTCOMES) {
    const count = file.lines[state] ?? 0;
    if (count > 0) printLine(`  ${String(count).padStart(6)}  ${meaning}`);
  }
  if (waiting.length > 0) printWaiting(waiting, file.lines['open'] ?? 0);
}

/** What became of lines, in the order a person asks. */
const OUTCOMES: readonly (readonly [string, string])[] = [
  ['applied', 'applied to open items'],
  ['cleared', 'cleared: another door had told the payment'],
  ['returned', 'returned: the bank took a payment back'],
  ['duplicate', 'told before by a file of another kind'],
  ['ignored', 'ignored: pending, for information, or no customer’s'],
  ['open', 'wait for a person'],
];

function printWaiting(waiting: Waiting, count: number): void {
  const table = new Table({
    head: ['line', 'amount', 'booked', 'from', 'why'],
    colWidths: [null, null, null, FROM_CHARS, WHY_CHARS],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { position, amount, bookedOn, counterpartName, reasons } of waiting) {
    const why = reasons[0]?.text ?? '';
    table.push([position, `${amount.amount} ${amount.currency}`, bookedOn, counterpartName ?? '', why]);
  }
  printLine(table.toString());
  if (count > waiting.length) printLine(`… and ${String(count - waiting.length)} more: GET /v1/worklists/cash`);
}
