// Why a command could not do what it was asked, with what a person can do about it and the exit code.

import type { ExitCode } from './exit-codes.ts';

export class CommandProblem extends Error {
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, hint: string) {
    super(message);
    this.name = 'CommandProblem';
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
