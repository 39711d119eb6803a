// `quittance repair`: starts every run that should be there and is not, such as after the loss of Temporal's store.

import type { Command } from 'commander';
import { withDatabase, withTemporal } from './connect.ts';
import { endRuns } from './runs/end-runs.ts';
import type { Servers } from './runs/missing-runs.ts';
import { startMissing, type Started } from './runs/start-missing.ts';
import { printJson, printLine } from './talk.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly afterRestore?: boolean;
}

export function registerRepair(program: Command): void {
  program
    .command('repair')
    .description(
      'Start the runs that are missing: of unclosed orders, received payments and returns, unfinished bank files, unsent letters and waiting approvals. May be repeated.',
    )
    .option('--dry-run', 'only tell what would be ended and started')
    .option('--json', 'one JSON document instead of lines')
    .option(
      '--after-restore',
      'end every open run first: for a database restored from a backup, which is behind its runs',
    )
    .addHelpText(
      'after',
      `
After a restore stop API and workers, run "quittance repair --after-restore", and start them again: what the backup does not
know is forgotten, and whoever told it since tells it again under the same Idempotency-Key.

Examples:
  $ npx quittance repair --dry-run
  $ npx quittance repair --after-restore --json`,
    )
    .action(runRepair);
}

async function runRepair(options: Options): Promise<void> {
  const isDry = options.dryRun === true;
  const told = { runs: [] as string[], endedRuns: [] as string[] };
  const teller =
    (list: string[], done: string): ((workflowId: string) => void) =>
    (workflowId) => {
      if (options.json === true) list.push(workflowId);
      else printLine(`${done} ${workflowId}`);
    };
  const { ended, started } = await withDatabase((db) =>
    withTemporal((temporal) =>
      repair(
        { db, temporal },
        {
          ...{ isDry, isAfterRestore: options.afterRestore === true },
          tellEnded: teller(told.endedRuns, isDry ? 'would end' : 'ended'),
          tellStarted: teller(told.runs, isDry ? 'would start' : 'started'),
        },
      ),
    ),
  );
  if (options.json === true) {
    printJson({ isDry, ...started, ...(ended === null ? {} : { ended, endedRuns: told.endedRuns }), runs: told.runs });
    return;
  }
  if (ended !== null) printLine(`${String(ended)} runs ${isDry ? 'would be' : 'were'} ended.`);
  const { orders, payments, returns, files, letters, approvals } = started;
  printLine(
    `${String(orders)} orders, ${String(payments)} payments, ${String(returns)} returns, ${String(files)} bank files, ${String(letters)} letters and ${String(approvals)} approvals ${isDry ? 'would be' : 'were'} started.`,
  );
}

/** @returns how many runs were ended (`null`: nobody asked for it) and what was started */
async function repair(
  servers: Servers,
  options: {
    isDry: boolean;
    isAfterRestore: boolean;
    tellEnded: (workflowId: string) => void;
    tellStarted: (workflowId: string) => void;
  },
): Promise<{ ended: number | null; started: Started }> {
  const { isDry, isAfterRestore } = options;
  const ended = isAfterRestore ? await endRuns(servers.temporal, { isDry, tell: options.tellEnded }) : null;
  const started = await startMissing(
    { ...servers, isListDoubted: isAfterRestore },
    { isDry, tell: options.tellStarted },
  );
  return { ended, started };
}
