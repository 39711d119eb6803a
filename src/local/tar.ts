// Takes one file out of a gzipped tar archive, which is how the Temporal download service hands out its servers.

import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const blockBytes = 512;

/** Writes the entry with exactly this name to `target`. Throws when the archive does not hold all of it. */
export async function extractFromTarGz(archive: string, { name, target }: { name: string; target: string }) {
  const output = createWriteStream(target, { mode: 0o755 });
  try {
    const reader = new TarReader(name);
    for await (const chunk of createReadStream(archive).pipe(createGunzip()) as AsyncIterable<Buffer>) {
      for (const part of reader.read(chunk)) if (!output.write(part)) await once(output, 'drain');
      if (reader.isDone) break;
    }
    if (!reader.isDone) throw new Error(`The archive does not hold ${name}, or ends too early.`);
  } finally {
    output.end();
    await finished(output);
  }
}

class TarReader {
  readonly #name: string;
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of the present entry that are still to come, with and without the padding to a full block. */
  #left = 0;
  #leftPadded = 0;
  #isWanted = false;
  isDone = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Gives the parts of the wanted entry that are in the next bytes of the archive. */
  read(chunk: Buffer): Buffer[] {
    const parts: Buffer[] = [];
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    while (rest.length > 0 && !this.isDone) {
      if (this.#leftPadded === 0) {
        if (rest.length < blockBytes) break;
        this.#readHeader(rest.subarray(0, blockBytes));
        rest = rest.subarray(blockBytes);
      } else {
        const taken = rest.subarray(0, this.#leftPadded);
        if (this.#isWanted) parts.push(taken.subarray(0, this.#left));
        this.#left = Math.max(0, this.#left - taken.length);
        this.#leftPadded -= taken.length;
        rest = rest.subarray(taken.length);
        if (this.#isWanted && this.#left === 0) this.isDone = true;
      }
    }
    this.#pending = this.isDone ? this.#pending : Buffer.from(rest);
    return parts;
  }

  #readHeader(header: Buffer): void {
    const name = text(header, 0, 100);
    const prefix = text(header, 257, 6) === 'ustar' ? text(header, 345, 155) : '';
    const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
    if (!Number.isSafeInteger(size) || size < 0) throw new Error('This tar archive is damaged or too new for us.');
    const type = text(header, 156, 1);
    this.#isWanted = size > 0 && (type === '' || type === '0') && (prefix ? `${prefix}/${name}` : name) === this.#name;
    this.#left = size;
    this.#leftPadded = Math.ceil(size / blockBytes) * blockBytes;
  }
}

function text(header: Buffer, at: number, bytes: number): string {
  return header.toString('utf8', at, at + bytes).replace(/\0.*$/s, '');
}
