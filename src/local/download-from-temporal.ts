// Fetches a server from the service which the Temporal SDK itself downloads from, without starting it.

import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { reasonOf } from './start-problem.ts';
import { extractFromTarGz } from './tar.ts';
import type { PinnedBinary } from './versions.ts';
import { extractFromZip } from './zip.ts';

/** Where only package registries answer, this way must fail quickly, so that the next one gets its turn. */
const answerWithinMs = 3_000;
const downloadWithinMs = 5 * 60_000;

const downloadInfo = z.object({ archiveUrl: z.url(), fileToExtract: z.string().min(1) });

/** Writes the executable to `target`. Throws with a reason for people when the service cannot be reached or used. */
export async function downloadFromTemporal(
  pinned: PinnedBinary,
  { target, environment }: { target: string; environment: NodeJS.ProcessEnv },
): Promise<void> {
  const base = environment.QUITTANCE_TEMPORAL_DOWNLOAD ?? 'https://temporal.download';
  const info = downloadInfo.parse(await (await get(infoUrl(pinned, base), answerWithinMs)).json());
  const archive = `${target}.archive`;
  try {
    const { body } = await get(info.archiveUrl, downloadWithinMs);
    if (body === null) throw new Error(`${info.archiveUrl} answered nothing`);
    await pipeline(Readable.fromWeb(body), createWriteStream(archive));
    await extract({ archive, info, target });
  } finally {
    await rm(archive, { force: true });
  }
}

function infoUrl(pinned: PinnedBinary, base: string): string {
  const url = new URL(`${base}/${pinned.downloadName}/v${pinned.version}`);
  url.searchParams.set('arch', process.arch === 'x64' ? 'amd64' : process.arch);
  url.searchParams.set('platform', process.platform);
  // As the SDK does: the development server's archives come in two formats, the test server's in one.
  if (pinned.downloadName === 'cli') url.searchParams.set('format', 'tar.gz');
  return url.href;
}

async function extract(from: { archive: string; info: z.infer<typeof downloadInfo>; target: string }): Promise<void> {
  const { archive, info, target } = from;
  const { pathname } = new URL(info.archiveUrl);
  if (pathname.endsWith('.tar.gz')) return extractFromTarGz(archive, { name: info.fileToExtract, target });
  if (pathname.endsWith('.zip')) {
    return extractFromZip(archive, { isWanted: (name) => name === info.fileToExtract, target });
  }
  throw new Error(`${info.archiveUrl} is an archive of a kind we do not read`);
}

async function get(url: string, withinMs: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? `: ${reasonOf(error.cause)}` : '';
    throw new Error(`${new URL(url).host} does not answer (${reasonOf(error)}${cause})`, { cause: error });
  }
  if (!response.ok) throw new Error(`${new URL(url).host} answers ${response.status}`);
  return response;
}
