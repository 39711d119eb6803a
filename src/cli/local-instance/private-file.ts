// Small JSON files in the data folder that only their owner may read: passwords, keys, addresses.

import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';

/** Writes the file as a whole or not at all, mode 600. */
export async function writePrivateJson(path: string, value: unknown): Promise<void> {
  const draft = `${path}.${String(process.pid)}.draft`;
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** The file's content, not yet checked; `undefined` when there is none. @throws when it is not JSON */
export function readPrivateJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text);
}
