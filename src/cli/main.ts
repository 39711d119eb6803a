// Runs the `quittance` command, and tells whatever goes wrong.

import { CommanderError } from 'commander';
import { reasonOf, StartProblem } from '../local/start-problem.ts';
import { CommandProblem } from './command-problem.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { talk } from './talk.ts';

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
  talk(
    `Something went wrong on our side: ${error instanceof Error ? (error.stack ?? error.message) : reasonOf(error)}`,
  );
  return exitCodes.defect;
}

// Whoever reads us may stop reading, as `head` does: then there is nobody left to talk to.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
}

// Commands that run until a signal set their own exit code.
const code = await run();
if (code !== undefined) process.exitCode = code;
