// Servers that a killed earlier run left behind: remembered in a file when started, stopped by the next start.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess, isStillRunning, type ProcessIdentity } from './process-identity.ts';

const endWithinMs = 10_000;

/** Remembers a server we have just started. */
export async function rememberServer(file: string, pid: number): Promise<void> {
  const identity = await identifyProcess(pid);
  if (identity !== undefined) await writeFile(file, JSON.stringify(identity), { mode: 0o600 });
}

/** Forgets a server we have stopped. */
export async function forgetServer(file: string): Promise<void> {
  await rm(file, { force: true });
}

/**
 * Stops the server which an earlier run started and could not stop, if it is still the same process.
 * Call it only while holding the lock of the folder: its owner is known to be gone then.
 */
export async function stopLeftover(file: string, endSignal: NodeJS.Signals): Promise<void> {
  const identity = await readIdentity(file);
  if (identity !== undefined && (await isStillRunning(identity))) {
    signalProcess(identity.pid, endSignal);
    const giveUpAt = Date.now() + endWithinMs;
    while (await isStillRunning(identity)) {
      if (Date.now() > giveUpAt) signalProcess(identity.pid, 'SIGKILL');
      await sleep(50);
    }
  }
  await forgetServer(file);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended between the look and the signal, which is what we want.
  }
}

async function readIdentity(file: string): Promise<ProcessIdentity | undefined> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof read !== 'object' || read === null || !('pid' in read) || !('startedAs' in read)) return undefined;
    if (typeof read.pid !== 'number' || typeof read.startedAs !== 'string') return undefined;
    return { pid: read.pid, startedAs: read.startedAs };
  } catch {
    return undefined;
  }
}
