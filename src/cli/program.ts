// The `quittance` command with all its subcommands.

import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { registerApi } from './api.ts';
import { registerDoctor } from './doctor.ts';
import { registerKey } from './key.ts';
import { registerMigrate } from './migrate.ts';
import { registerOrder } from './order.ts';
import { registerPilot } from './pilot.ts';
import { registerRepair } from './repair.ts';
import { registerSetup } from './setup.ts';
import { registerStart } from './start.ts';
import { registerStatement } from './statement.ts';
import { registerVerify } from './verify.ts';
import { registerWorker } from './worker.ts';

/** The program with all its subcommands; nothing runs before it is told to parse. */
export function createProgram(): Command {
  const program = new Command('quittance')
    .description('A durable order-to-cash engine on Temporal and Postgres.')
    .version(packageJson.version)
    .showHelpAfterError('(run with --help for all options and examples)')
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 defect, 2 usage, 3 not found, 4 refused by a rule, 5 unavailable.

Examples:
  $ npx quittance start            everything on this machine, with a demo company
  $ npx quittance doctor           what this machine has and lacks`,
    );
  const registrations = [
    registerStart,
    registerDoctor,
    registerMigrate,
    registerSetup,
    registerWorker,
    registerApi,
    registerKey,
    registerOrder,
    registerStatement,
    registerVerify,
    registerRepair,
    registerPilot,
  ];
  for (const register of registrations) register(program);
  overrideExits(program);
  return program;
}

/** Commands inherit this only when they are made after it is set, so each is told for itself. */
function overrideExits(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) overrideExits(inner);
}
