// Runs the `quittance` command as a process of its own, as a person would, and reads what it says.

import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const END_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

export interface RunningCommand {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout and stderr together hold the text. @throws when the command ends before, with what it said */
  says(text: string, withinMs?: number): Promise<void>;
  /** The exit code; the signal's name when one ended it. @throws when it goes on for too long */
  ends(): Promise<number | NodeJS.Signals | null>;
  /** Ends it by force if it still runs: for `after` hooks. */
  kill(): void;
}

/** Starts `quittance` with nothing but the given variables of its own in the environment. */
export function startQuittance(
  args: readonly string[],
  options: { environment?: Record<string, string>; folder?: string } = {},
): RunningCommand {
  const { PATH, HOME, QUITTANCE_CACHE, TEMPORAL_CLI_PATH, XDG_CACHE_HOME } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.folder ?? process.cwd(),
    env: { PATH, HOME, QUITTANCE_CACHE, TEMPORAL_CLI_PATH, XDG_CACHE_HOME, NO_COLOR: '1', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal);
    });
  });
  return {
    child,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    async says(text, withinMs = END_TIMEOUT_MS) {
      const giveUpAt = Date.now() + withinMs;
      while (!`${said.stdout}${said.stderr}`.includes(text)) {
        const isOver = child.exitCode !== null || child.signalCode !== null || Date.now() > giveUpAt;
        if (isOver)
          throw new Error(`"quittance ${args.join(' ')}" did not say "${text}":\n${said.stdout}${said.stderr}`);
        await sleep(POLL_MS);
      }
    },
    async ends() {
      const late = sleep(END_TIMEOUT_MS, 'late' as const, { ref: false });
      const result = await Promise.race([ended, late]);
      if (result === 'late') throw new Error(`"quittance ${args.join(' ')}" does not end:\n${said.stderr}`);
      return result;
    },
    kill: () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    },
  };
}

/** Runs a command to its end. */
export async function runQuittance(
  args: readonly string[],
  options: { environment?: Record<string, string>; folder?: string } = {},
): Promise<{ code: number | NodeJS.Signals | null; stdout: string; stderr: string }> {
  const command = startQuittance(args, options);
  const code = await command.ends();
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}
