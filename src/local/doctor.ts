// Looks at this machine and says what the product would find: everything `npm start` needs, in one list.

import { execFile } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { findBinary } from './binaries.ts';
import { cacheFolder } from './cache-folder.ts';
import { findPip } from './download-wheel.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { StartProblem, reasonOf } from './start-problem.ts';
import { unprivilegedUser } from './unprivileged-user.ts';
import { hasPinnedWheel, pinnedBinaries, temporalServerVersion, type BinaryName } from './versions.ts';

const run = promisify(execFile);
const nodeMajorMin = 20;
const freeBytesMin = 1024 ** 3;

export interface DoctorReport {
  /** Whether everything that is needed is there. */
  readonly ok: boolean;
  readonly lines: readonly DoctorLine[];
}

export interface DoctorLine {
  readonly state: 'ok' | 'note' | 'problem';
  readonly text: string;
  /** More about it, one thing a line. */
  readonly details: readonly string[];
}

export interface DoctorOptions {
  /** False: do not fetch a missing server, only say that it is missing. Default true. */
  readonly mayDownload?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Checks one thing after another. Does not throw for what it finds. */
async function runDoctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const lines = [
    checkNode(),
    await checkPostgres(),
    await checkBinary('temporal', options),
    await checkBinary('temporal-test-server', options),
    await checkCache(options),
    await checkPip(options),
  ];
  return { ok: lines.every((line) => line.state !== 'problem'), lines };
}

/** Prints the report and gives the exit code for it. */
export async function printDoctor(out: NodeJS.WritableStream, options: DoctorOptions = {}): Promise<number> {
  const report = await runDoctor(options);
  const marks = { ok: '✓', note: '·', problem: '✗' };
  for (const line of report.lines) {
    out.write(`${marks[line.state]} ${line.text}\n`);
    for (const detail of line.details) out.write(`    ${detail.replaceAll('\n', '\n    ')}\n`);
  }
  out.write(report.ok ? 'Everything needed is here.\n' : 'Something needed is missing: see the lines marked ✗.\n');
  return report.ok ? 0 : 1;
}

function checkNode(): DoctorLine {
  const major = Number.parseInt(process.versions.node, 10);
  const text = `Node ${process.versions.node} on ${process.platform} ${process.arch}`;
  if (process.platform === 'win32') {
    return {
      state: 'problem',
      text,
      details: ['Windows itself is not supported: use the Windows Subsystem for Linux.'],
    };
  }
  return { state: major >= nodeMajorMin ? 'ok' : 'problem', text, details: [process.execPath] };
}

async function checkPostgres(): Promise<DoctorLine> {
  try {
    const user = await unprivilegedUser();
    const { postgres } = await findPostgresBinaries(user);
    const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };
    const { stdout } = await run(postgres, ['--version'], { cwd: '/', ...identity });
    const asUser = user === undefined ? [] : [`runs as the user ${user.name}, since Postgres refuses root`];
    return {
      state: 'ok',
      text: `Embedded ${stdout.trim().replace('postgres (PostgreSQL)', 'Postgres')}`,
      details: [postgres, ...asUser],
    };
  } catch (error) {
    return problem('Embedded Postgres', error);
  }
}

async function checkBinary(name: BinaryName, options: DoctorOptions): Promise<DoctorLine> {
  const pinned = pinnedBinaries[name];
  const server = name === 'temporal' ? ` (server ${temporalServerVersion})` : '';
  const noHash = hasPinnedWheel(pinned, { os: process.platform, arch: process.arch })
    ? []
    : [`no hash of a wheel is pinned for ${process.platform} on ${process.arch}: ${pinned.pipName} would be refused`];
  try {
    const found = await findBinary(name, options);
    const hash = found.hasPinnedHash ? 'its SHA-256 is the pinned one' : 'its SHA-256 is not one we pinned';
    const details = [found.path, `found by: ${found.foundBy.replaceAll('_', ' ')}; ${hash}`, ...noHash, ...found.notes];
    return { state: 'ok', text: `${pinned.title} ${found.version}${server}`, details };
  } catch (error) {
    const line = problem(`${pinned.title} ${pinned.version}`, error);
    return { ...line, details: [...line.details, ...noHash] };
  }
}

async function checkCache({ environment }: DoctorOptions): Promise<DoctorLine> {
  const folder = cacheFolder(environment);
  try {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const text = `Cache ${folder}, ${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`;
    if (freeBytes >= freeBytesMin) return { state: 'ok', text, details: [] };
    return { state: 'problem', text, details: ['The servers and their data need about 1 GiB.'] };
  } catch (error) {
    return problem(`Cache ${folder}`, error);
  }
}

async function checkPip({ environment }: DoctorOptions): Promise<DoctorLine> {
  const pip = await findPip(environment);
  if (pip !== undefined) return { state: 'ok', text: pip.version, details: [`called as: ${pip.command.join(' ')}`] };
  return { state: 'note', text: "Python's pip is not here", details: ['It is only needed where the internet is not.'] };
}

function problem(what: string, error: unknown): DoctorLine {
  const hint = error instanceof StartProblem ? [error.hint] : [];
  return { state: 'problem', text: what, details: [reasonOf(error), ...hint] };
}
