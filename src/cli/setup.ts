// `quittance setup`: makes a Temporal namespace ready: the namespace, search attributes, the sweep's schedule.

import type { Command } from 'commander';
import { setUpNamespace, type NamespaceSetUp } from '../worker/set-up-namespace.ts';
import { searchAttributes } from '../workflows/messages.ts';
import { CommandProblem } from './command-problem.ts';
import { withTemporal } from './connect.ts';
import { exitCodes } from './exit-codes.ts';
import { printJson, talk } from './talk.ts';

export function registerSetup(program: Command): void {
  program
    .command('setup')
    .description('Make the Temporal namespace ready: the namespace, its search attributes, the schedule of the sweep.')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      '\nMay be run again at any time.\n\nExample:\n  $ TEMPORAL_ADDRESS=temporal:7233 npx quittance setup',
    )
    .action(async ({ json }: { json?: true }) => {
      const done = await withTemporal(setUpNamespace);
      if (json === true) printJson(done);
      if (done.areAttributesRefused) throw attributesRefused();
      talk(describeSetUp(done));
    });
}

function describeSetUp(done: NamespaceSetUp): string {
  const parts = [
    ...(done.isNamespaceNew ? ['the namespace'] : []),
    ...(done.attributesAdded.length > 0 ? [`the search attributes ${done.attributesAdded.join(', ')}`] : []),
    ...(done.isScheduleNew ? ['the schedule of the sweep'] : []),
  ];
  return parts.length === 0 ? 'The namespace was ready already.' : `Made ${parts.join(', ')}.`;
}

function attributesRefused(): CommandProblem {
  const list = Object.values(searchAttributes).map(({ name, type }) => `  ${name} (${type})`);
  return new CommandProblem(
    exitCodes.refused,
    `This server lets nobody list or make search attributes through this connection (Temporal Cloud does not).\nNeeded are:\n${list.join('\n')}`,
    "Make them in the namespace's settings, or with tcld; the rest is done.",
  );
}
