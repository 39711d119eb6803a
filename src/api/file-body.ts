// Request bodies that are files: bytes as they come, of bounded length, few files at once.

import type { Request } from 'express';
import { UPLOADS_AT_ONCE_MAX } from './limits.ts';
import { Problem, RETRY_AFTER_S } from './problem.ts';
import type { FileKind } from './route.ts';
import { allowSlowFile } from './slow-requests.ts';

/** Lets few requests bring a file at once; the others come back. */
export class Uploads {
  #running = 0;

  /** @throws Problem 503 `uploads_busy` */
  async inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (this.#running >= UPLOADS_AT_ONCE_MAX) throw busy();
    this.#running += 1;
    try {
      return await act();
    } finally {
      this.#running -= 1;
    }
  }
}

/**
 * The bytes of the request's body. What a caller refuses of it is read on by the server, so that the answer reaches the sender.
 *
 * @throws Problem 411, 413 or 415 at once when the headers say that it is no file of ours; from the bytes 400 when they stop
 *   before their end, and 413 when they are too many
 */
export function fileBytes(request: Request, file: FileKind): AsyncIterable<Uint8Array> {
  requireKind(request, file);
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > file.bytesMax) throw tooLarge(file);
  allowSlowFile(request);
  return bytesOf(request, file);
}

async function* bytesOf(request: Request, file: FileKind): AsyncGenerator<Uint8Array, void, undefined> {
  let count = 0;
  // A loop that is left early would otherwise close the connection, and the answer with it.
  const pieces: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  try {
    for await (const piece of pieces) {
      count += piece.length;
      if (count > file.bytesMax) throw tooLarge(file);
      yield piece;
    }
  } catch (error) {
    throw request.readableAborted || request.destroyed ? interrupted() : error;
  }
}

function requireKind(request: Request, file: FileKind): void {
  const type = (request.headers['content-type'] ?? '').toLowerCase().split(';', 1)[0]?.trim() ?? '';
  const isKnown = file.mediaTypes.some((known) => (known.endsWith('/') ? type.startsWith(known) : type === known));
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (isKnown && encoding.toLowerCase() === 'identity') return;
  throw new Problem({
    kind: 'invalid_input',
    status: 415,
    code: 'media_type_unsupported',
    text: 'The body is compressed, or is not sent as a file.',
    hint: 'Send the file as it is with "Content-Type: application/octet-stream".',
  });
}

function tooLarge({ bytesMax }: FileKind): Problem {
  return new Problem({
    kind: 'invalid_input',
    status: 413,
    code: 'body_too_large',
    text: `The file is larger than ${String(bytesMax)} bytes.`,
    hint: 'Ask the bank for shorter periods, or split the file by its statements.',
  });
}

function interrupted(): Problem {
  return new Problem({
    kind: 'invalid_input',
    code: 'upload_interrupted',
    text: 'The connection ended before the file did; nothing of it was kept.',
    hint: 'Send it again with the same Idempotency-Key.',
  });
}

function busy(): Problem {
  return new Problem({
    kind: 'unavailable',
    code: 'uploads_busy',
    text: `${String(UPLOADS_AT_ONCE_MAX)} files are being taken already.`,
    hint: `Send it again in ${String(RETRY_AFTER_S)} seconds with the same Idempotency-Key.`,
  });
}
