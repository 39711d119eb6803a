// What the command's exit code tells a script.

export const exitCodes = {
  ok: 0,
  /** Something of ours is wrong: see what stands on stderr. */
  defect: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  unavailable: 5,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
