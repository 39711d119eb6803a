// The `quittance` command: its subcommands, and how whatever goes wrong is told.

import { Command, CommanderError } from 'commander';
import { reasonOf, StartProblem } from '../local/start-problem.ts';
import { registerApi } from './api.ts';
import { CommandProblem } from './command-problem.ts';
import { registerDoctor } from './doctor.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { registerKey } from './key.ts';
import { registerMigrate } from './migrate.ts';
import { registerPilot } from './pilot.ts';
import { registerSetup } from './setup.ts';
import { registerStart } from './start.ts';
import { talk } from './talk.ts';
import { registerWorker } from './worker.ts';

/** The program with all its subcommands; nothing runs before it is told to parse. */
function createProgram(): Command {
  const program = new Command('quittance')
    .description('A durable order-to-cash engine on Temporal and Postgres.')
    .showHelpAfterError('(run with --help for all options and examples)')
    .exitOverride()
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
    registerPilot,
  ];
  for (const register of registrations) register(program);
  return program;
}

async function run(): Promise<ExitCode | undefined> {
  try {
    await createProgram().parseAsync(process.argv);
    return undefined;
  } catch (error) {
    return tell(error);
  }
}

function tell(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof CommandProblem || error instanceof StartProblem) {
    talk(error.message);
    talk(`→ ${error.hint}`);
    return error instanceof CommandProblem ? error.exitCode : exitCodes.unavailable;
  }
  talk(`Something went wrong on our side: ${error instanceof Error ? (error.stack ?? error.message) : reasonOf(error)}`);
  return exitCodes.defect;
}

// Commands that run until a signal set their own exit code.
const code = await run();
if (code !== undefined) process.exitCode = code;
