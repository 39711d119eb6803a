// `quittance order show`: where an order stands and what comes next, over the REST API.

import Table from 'cli-table3';
import type { Command } from 'commander';
import { z } from 'zod';
import { CommandProblem } from './command-problem.ts';
import { readConfiguration } from './configuration.ts';
import { exitCodes } from './exit-codes.ts';
import { createHttpCaller, type HttpCaller } from './http-caller.ts';
import { printJson, printLine } from './talk.ts';

const money = z.object({ amount: z.string(), currency: z.string() });
const listed = z.object({ data: z.array(z.object({ id: z.string(), legalEntity: z.string(), kind: z.string() })) });
const detail = z.looseObject({
  number: z.string(),
  legalEntity: z.string(),
  customer: z.string(),
  stage: z.string(),
  gross: money,
  credit: z.looseObject({ state: z.string() }),
  openItems: z.array(z.looseObject({ number: z.string(), dueOn: z.string(), original: money, open: money })),
});
const agenda = z.looseObject({
  entries: z.array(z.looseObject({ step: z.string(), at: z.string().nullable(), because: z.string() })),
});
const anything = z.record(z.string(), z.unknown());

interface Options {
  readonly entity?: string;
  readonly json?: true;
}

export function registerOrder(program: Command): void {
  const order = program.command('order').description('Orders and open invoices from elsewhere.');
  order
    .command('show')
    .argument('<number>', "the order's number, or the invoice's of an opening item")
    .description('Show where an order stands and what comes next.')
    .option('--entity <id>', 'its legal entity, where several have the number')
    .option('--json', 'print the order with agenda and timeline as the API has them')
    .addHelpText(
      'after',
      `
Asks the API at QUITTANCE_URL with QUITTANCE_API_KEY; beside "quittance start" both are known.

Examples:
  $ npx quittance order show SO-10003
  $ npx quittance order show SO-10003 --json`,
    )
    .action(async (number: string, options: Options) => {
      const configuration = readConfiguration(['QUITTANCE_URL', 'QUITTANCE_API_KEY']);
      const caller = createHttpCaller({ url: configuration.QUITTANCE_URL, key: configuration.QUITTANCE_API_KEY });
      const path = `/v1/orders/${await find(caller, number, options.entity)}`;
      if (options.json === true) await showJson(caller, path);
      else await showTable(caller, path);
    });
}

async function find(caller: HttpCaller, number: string, entity: string | undefined): Promise<string> {
  const query = new URLSearchParams({ number, ...(entity !== undefined && { legalEntity: entity }) });
  const [first, second] = (await caller.get(`/v1/orders?${query.toString()}`, listed)).data;
  if (first === undefined) {
    throw new CommandProblem(
      exitCodes.notFound,
      `There is no order "${number}".`,
      'GET /v1/orders lists what there is.',
    );
  }
  if (second !== undefined) {
    throw new CommandProblem(
      exitCodes.usage,
      `More than one order has the number "${number}" (${first.legalEntity}, ${second.legalEntity}).`,
      `Name the legal entity: quittance order show ${number} --entity ${first.legalEntity}`,
    );
  }
  return first.id;
}

async function showJson(caller: HttpCaller, path: string): Promise<void> {
  const [order, ahead, timeline] = [
    await caller.get(path, anything),
    await caller.get(`${path}/agenda`, anything),
    await caller.get(`${path}/timeline`, anything),
  ];
  printJson({ order, agenda: ahead, timeline });
}

async function showTable(caller: HttpCaller, path: string): Promise<void> {
  const order = await caller.get(path, detail);
  const { entries } = await caller.get(`${path}/agenda`, agenda);
  const table = new Table({ style: { head: [], border: [], compact: true } });
  table.push(
    ['Order', `${order.number} of ${order.legalEntity}`],
    ['Customer', order.customer],
    ['Total', `${order.gross.amount} ${order.gross.currency}`],
    ['Credit', order.credit.state],
    ['Stage', order.stage],
    ...order.openItems.map((item) => [
      `Item ${item.number}`,
      `${item.open.amount} of ${item.original.amount} ${item.open.currency} open, due ${item.dueOn}`,
    ]),
    ...entries.map((entry) => [entry.at ?? 'no date', `${entry.step}: ${entry.because}`]),
  );
  printLine(table.toString());
}
