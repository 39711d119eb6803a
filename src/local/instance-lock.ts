// One instance per data folder: a lock file that names the process which holds it.

import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess, isStillRunning, type ProcessIdentity } from './process-identity.ts';
import { StartProblem } from './start-problem.ts';

export interface InstanceLock {
  readonly path: string;
  release(): Promise<void>;
}

const attemptsMax = 200;
const retryAfterMs = 10;

/**
 * Takes the lock of a folder (made when missing) for this process. A lock whose process is gone is taken over.
 * Throws a StartProblem when a living process holds it.
 */
export async function acquireInstanceLock(folder: string, fileName = 'instance.lock'): Promise<InstanceLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, fileName);
  const own = JSON.stringify({ ...(await identifyProcess(process.pid)), token: randomBytes(8).toString('hex') });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, own, { mode: 0o600 });
  try {
    await linkWhenFree({ draft, path, folder });
  } finally {
    await rm(draft, { force: true });
  }
  return {
    path,
    // Somebody may have removed the file by hand and started another instance: only our own lock is ours to remove.
    release: async () => {
      if ((await readText(path)) === own) await rm(path, { force: true });
    },
  };
}

/** Linking is atomic and fails when the name exists, so the lock appears with its whole content or not at all. */
async function linkWhenFree({ draft, path, folder }: { draft: string; path: string; folder: string }): Promise<void> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if (await linked(draft, path)) return;
    const holder = await livingHolder(path);
    if (holder !== undefined) throw inUse(folder, path, holder);
    await removeStale({ draft, path });
    await sleep(retryAfterMs);
  }
  throw new StartProblem(`The lock ${path} could not be taken.`, `Several starts may be racing: wait, then try again.`);
}

/**
 * Removes a lock whose process is gone. Of several starts only the one with the guard may do so, and it looks again:
 * otherwise the second would remove the lock which the first has taken meanwhile.
 */
async function removeStale({ draft, path }: { draft: string; path: string }): Promise<void> {
  const guard = `${path}.takeover`;
  if (!(await linked(draft, guard))) {
    // Its owner died within the moment this takes. As rare as that is, nobody should have to clean up by hand.
    const content = await readText(guard);
    if (content !== undefined && !(await namesLivingHolder(content))) await rm(guard, { force: true });
    return;
  }
  try {
    if ((await livingHolder(path)) === undefined) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function namesLivingHolder(content: string): Promise<boolean> {
  const holder = parseHolder(content);
  return holder !== undefined && (await isStillRunning(holder));
}

/** The process a lock names, if it is still that process. */
async function livingHolder(path: string): Promise<ProcessIdentity | undefined> {
  const content = await readText(path);
  const holder = content === undefined ? undefined : parseHolder(content);
  return holder !== undefined && (await isStillRunning(holder)) ? holder : undefined;
}

function inUse(folder: string, path: string, holder: ProcessIdentity): StartProblem {
  return new StartProblem(
    `Another instance (process ${holder.pid}) is running on the data folder ${folder}.`,
    `Stop it first (Ctrl-C in its terminal, or: kill ${holder.pid}), or use another data folder. Its lock is ${path}.`,
  );
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** The holder a lock names, or nothing when the file is damaged: such a lock protects nobody. */
function parseHolder(content: string): ProcessIdentity | undefined {
  try {
    const holder: unknown = JSON.parse(content);
    if (typeof holder !== 'object' || holder === null) return undefined;
    if (!('pid' in holder) || !('startedAs' in holder)) return undefined;
    if (typeof holder.pid !== 'number' || typeof holder.startedAs !== 'string') return undefined;
    return { pid: holder.pid, startedAs: holder.startedAs };
  } catch {
    return undefined;
  }
}
