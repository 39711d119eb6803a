// The fingerprint of what was stored once: the same content again is the same answer, another is a conflict.

import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

/** SHA-256 of plain JSON; the caller fixes the order of keys and the spelling of values. */
export function contentHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** @throws Problem 409 `RESOURCE_exists_with_other_content` unless the hashes are equal */
export function requireSameContent(
  resource: string,
  found: { contentHash: string; location: string },
  asked: string,
): void {
  if (found.contentHash === asked) return;
  const name = resource.replaceAll('_', ' ');
  throw new Problem({
    kind: 'conflict',
    code: `${resource}_exists_with_other_content`,
    text: `This ${name} exists already, with other content.`,
    hint: `Compare with GET ${found.location}; another ${name} needs another number.`,
    details: { location: found.location },
  });
}
