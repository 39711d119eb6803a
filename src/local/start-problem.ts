// A reason why something could not be started, with what a person can do about it.

export class StartProblem extends Error {
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartProblem';
    this.hint = hint;
  }
}

/** The text of anything thrown, for messages to people. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
