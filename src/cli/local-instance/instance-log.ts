// The log of the instance on this machine: one file, so that the terminal keeps to what people want to read.

import { createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A larger file is set aside at the next start, as `….before`. */
const LOG_BYTES_MAX = 10 * 1024 * 1024;

export interface InstanceLog {
  readonly path: string;
  /** Takes text with its line end. */
  write(text: string): void;
  close(): Promise<void>;
}

export async function openInstanceLog(dataFolder: string): Promise<InstanceLog> {
  const path = join(dataFolder, 'quittance.log');
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await rename(path, `${path}.before`);
  const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A full disk must not take the instance down: the log is a comfort, not a record.
  file.on('error', () => undefined);
  return {
    path,
    write: (text) => {
      file.write(text);
    },
    close: () =>
      new Promise((resolve) => {
        file.end(() => {
          resolve();
        });
      }),
  };
}
