// `quittance repair`: starts every run that should be there and is not, such as after the loss of Temporal's store.

import type { Command } from 'commander';
import { withDatabase, withTemporal } from './connect.ts';
import { startMissing } from './runs/start-missing.ts';
import { printJson, printLine } from './talk.ts';

export function registerRepair(program: Command): void {
  program
    .command('repair')
    .description(
      'Start the runs that are missing: of unclosed orders, received payments and returns, unsent letters and waiting approvals. May be repeated.',
    )
    .option('--dry-run', 'only tell what would be started')
    .option('--json', 'one JSON document instead of lines')
    .addHelpText('after', '\nExamples:\n  $ npx quittance repair --dry-run\n  $ npx quittance repair --json')
    .action(async (options: { dryRun?: boolean; json?: boolean }) => {
      const isDry = options.dryRun === true;
      const runs: string[] = [];
      const tell = (workflowId: string) => {
        if (options.json === true) runs.push(workflowId);
        else printLine(`${isDry ? 'would start' : 'started'} ${workflowId}`);
      };
      const started = await withDatabase((db) =>
        withTemporal((temporal) => startMissing({ db, temporal }, { isDry, tell })),
      );
      if (options.json === true) return printJson({ isDry, ...started, runs });
      const { orders, payments, returns, letters, approvals } = started;
      printLine(
        `${String(orders)} orders, ${String(payments)} payments, ${String(returns)} returns, ${String(letters)} letters and ${String(approvals)} approvals ${isDry ? 'would be' : 'were'} started.`,
      );
    });
}
