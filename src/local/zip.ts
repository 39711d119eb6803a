// Takes one file out of a zip archive, which a Python wheel is: the little of the format that wheels use.

import { createReadStream, createWriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

interface ZipEntry {
  readonly name: string;
  readonly isStored: boolean;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

const endRecordBytes = 22;
const commentBytesMax = 65_535;
const directoryBytesMax = 16 * 1024 * 1024;
const zip64Mark = 0xffffffff;

/** Writes the first entry whose name matches to `target`. Throws when there is none or its size is not the told one. */
export async function extractFromZip(
  archive: string,
  { isWanted, target }: { isWanted: (name: string) => boolean; target: string },
): Promise<void> {
  const file = await open(archive, 'r');
  try {
    const entry = (await readDirectory(file)).find((candidate) => isWanted(candidate.name));
    if (entry === undefined) throw new Error(`${archive} does not hold the wanted file.`);
    const start = await startOfData(file, entry);
    const written = await copyEntry({ archive, entry, start, target });
    if (written !== entry.bytes) throw new Error(`${archive}: ${entry.name} should have ${entry.bytes} bytes.`);
  } finally {
    await file.close();
  }
}

async function copyEntry(copy: { archive: string; entry: ZipEntry; start: number; target: string }): Promise<number> {
  const { archive, entry, start, target } = copy;
  if (entry.compressedBytes === 0) throw new Error(`${archive}: ${entry.name} is empty.`);
  const output = createWriteStream(target, { mode: 0o755 });
  await pipeline(
    createReadStream(archive, { start, end: start + entry.compressedBytes - 1 }),
    entry.isStored ? new PassThrough() : createInflateRaw(),
    output,
  );
  return output.bytesWritten;
}

async function readDirectory(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const tail = await read(file, { at: Math.max(0, size - endRecordBytes - commentBytesMax), until: size });
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + endRecordBytes > tail.length) throw new Error('This is not a zip archive.');
  const [bytes, at] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (bytes > directoryBytesMax || at + bytes > size) throw new Error('This zip archive is damaged or too large.');
  const directory = await read(file, { at, until: at + bytes });
  const entries: ZipEntry[] = [];
  for (let offset = 0; offset + 46 <= directory.length;) {
    const nameBytes = directory.readUInt16LE(offset + 28);
    entries.push(readEntry(directory, offset, nameBytes));
    offset += 46 + nameBytes + directory.readUInt16LE(offset + 30) + directory.readUInt16LE(offset + 32);
  }
  return entries;
}

function readEntry(directory: Buffer, offset: number, nameBytes: number): ZipEntry {
  if (directory.toString('latin1', offset, offset + 4) !== 'PK\x01\x02')
    throw new Error('This zip archive is damaged.');
  const method = directory.readUInt16LE(offset + 10);
  const entry = {
    name: directory.toString('utf8', offset + 46, offset + 46 + nameBytes),
    isStored: method === 0,
    compressedBytes: directory.readUInt32LE(offset + 20),
    bytes: directory.readUInt32LE(offset + 24),
    headerAt: directory.readUInt32LE(offset + 42),
  };
  if (method !== 0 && method !== 8) throw new Error(`${entry.name} is packed in a way we do not read.`);
  if (entry.bytes === zip64Mark || entry.compressedBytes === zip64Mark || entry.headerAt === zip64Mark) {
    throw new Error(`${entry.name} is larger than this reader can take.`);
  }
  return entry;
}

/** The local header repeats the name and may have other extra fields than the directory says. */
async function startOfData(file: FileHandle, entry: ZipEntry): Promise<number> {
  const header = await read(file, { at: entry.headerAt, until: entry.headerAt + 30 });
  return entry.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function read(file: FileHandle, { at, until }: { at: number; until: number }): Promise<Buffer> {
  const buffer = Buffer.alloc(until - at);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
  if (bytesRead !== buffer.length) throw new Error('This zip archive ends too early.');
  return buffer;
}
