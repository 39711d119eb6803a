// What is said to people goes to stderr, so that stdout carries data alone.

/** Writes one line for a person. */
export function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes data as one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Writes one line of data. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
