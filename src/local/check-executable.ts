// Checks that an executable is the server we mean, in the version we mean.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { reasonOf } from './start-problem.ts';
import type { PinnedBinary } from './versions.ts';

const run = promisify(execFile);
const answerWithinMs = 15_000;

export type CheckedExecutable =
  | { readonly ok: true; readonly version: string; readonly hasPinnedHash: boolean; readonly tellsItsVersion: boolean }
  | { readonly ok: false; readonly reason: string };

/** Runs the executable in its harmless way and reads its hash. Never throws. */
export async function checkExecutable(pinned: PinnedBinary, path: string): Promise<CheckedExecutable> {
  try {
    const told = pinned.name === 'temporal' ? await askVersion(path) : await askUsage(path);
    if (told.version !== undefined && told.version !== pinned.version) {
      return { ok: false, reason: `it is version ${told.version}, and we need ${pinned.version}` };
    }
    const hasPinnedHash = pinned.executables.includes(await hashOfFile(path));
    const version = told.version ?? (hasPinnedHash ? pinned.version : 'unknown');
    return { ok: true, version, hasPinnedHash, tellsItsVersion: told.version !== undefined };
  } catch (error) {
    return { ok: false, reason: reasonOf(error).split('\n')[0] ?? 'it does not run' };
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

async function askVersion(path: string): Promise<{ version: string }> {
  const { stdout } = await run(path, ['--version'], { timeout: answerWithinMs });
  const version = /^temporal version (\S+)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`it answers "${firstLine(stdout)}" to --version, so it is not Temporal's`);
  return { version };
}

/** The test server knows no version; without arguments it tells its usage and ends. */
async function askUsage(path: string): Promise<{ version: undefined }> {
  const { stdout, stderr } = await run(path, [], { timeout: answerWithinMs });
  const said = stdout + stderr;
  if (said.includes('--enable-time-skipping')) return { version: undefined };
  throw new Error(`it says "${firstLine(said)}", so it is not Temporal's test server`);
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 100);
}
