// A file of evidence as it is handed in: of a kind that is read everywhere, of bounded size, and what it says it is.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { NewEvidence } from '../../../database/queries/disputes.ts';
import { EVIDENCE_BYTES_MAX } from '../../limits.ts';
import { Problem } from '../../problem.ts';
import { text } from '../../schemas/common.ts';

/** Media types, with the bytes that a file of the type begins with; text begins with anything. */
const MEDIA_TYPES = {
  'application/pdf': Buffer.from('%PDF-'),
  'image/png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  'image/jpeg': Buffer.from([0xff, 0xd8, 0xff]),
  'text/plain': Buffer.alloc(0),
  'text/csv': Buffer.alloc(0),
  'message/rfc822': Buffer.alloc(0),
} as const;
type MediaType = keyof typeof MEDIA_TYPES;

/** Four characters for three bytes. */
const BASE64_CHARS_MAX = Math.ceil(EVIDENCE_BYTES_MAX / 3) * 4;

export const newEvidence = z
  .strictObject({
    name: text.meta({ description: 'The name of the file.', examples: ['delivery-note.pdf'] }),
    mediaType: z.enum(Object.keys(MEDIA_TYPES) as [MediaType, ...MediaType[]]),
    content: z
      .base64()
      .min(1)
      .max(BASE64_CHARS_MAX, `at most ${String(EVIDENCE_BYTES_MAX)} bytes in base64 are expected`)
      .meta({ description: `The file in base64, ${String(EVIDENCE_BYTES_MAX)} bytes at most.` }),
  })
  .meta({ id: 'NewEvidence' });

/** The file with its hash. @throws Problem 422 when its content is not of its media type */
export function readEvidence({ name, mediaType, content }: z.infer<typeof newEvidence>): NewEvidence {
  const bytes = Buffer.from(content, 'base64');
  const start = MEDIA_TYPES[mediaType];
  if (bytes.length === 0 || !bytes.subarray(0, start.length).equals(start)) {
    throw new Problem({
      kind: 'unprocessable',
      code: 'evidence_is_something_else',
      text: `The content of "${name}" is no ${mediaType}.`,
      hint: 'Name the media type of the file as it is.',
      details: { mediaType },
    });
  }
  return { name, mediaType, content: bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
