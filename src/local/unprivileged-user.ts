// Postgres refuses to run as root. As root we run it as another user, who must be able to reach its files.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StartProblem } from './start-problem.ts';

const run = promisify(execFile);

export interface UnprivilegedUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Users that exist for such work, the best first. `nobody` is there on every system. */
const candidates = ['postgres', 'nobody'];

/** The user to run as, or nothing when we are not root and may run as ourselves. */
export async function unprivilegedUser(): Promise<UnprivilegedUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of candidates) {
    const [uid, gid] = [await idOf('-u', name), await idOf('-g', name)];
    if (uid !== undefined && gid !== undefined && uid !== 0) return { name, uid, gid };
  }
  throw new StartProblem(
    'Postgres does not run as root, and this machine has neither a user "postgres" nor a user "nobody".',
    'Start as an ordinary user, or create one for Postgres: useradd --system postgres',
  );
}

/** Whether the user can enter the folder or run the file; asked of the system, as only it knows all the rules. */
export async function canReach(path: string, user: UnprivilegedUser): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'test -x "$0"', path], { cwd: '/', uid: user.uid, gid: user.gid });
    return true;
  } catch {
    return false;
  }
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  try {
    const id = Number.parseInt((await run('id', [flag, name])).stdout, 10);
    return Number.isSafeInteger(id) && id >= 0 ? id : undefined;
  } catch {
    return undefined;
  }
}
