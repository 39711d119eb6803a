// What the test runner tells its files through the environment.

/** A value from `tests/run.ts`. Throws with what to do when the file was started without it. */
export function fromRunner(variable: string): string {
  const value = process.env[variable];
  if (value !== undefined && value !== '') return value;
  throw new Error(`${variable} is not set: start this file by npm run test:files -- ${process.argv[1] ?? 'FILE'}`);
}
