// Free text that people write, kept apart from everything that travels.

import type { Db } from '../client.ts';

/**
 * Stores a note once: the same request finds the note it wrote before.
 *
 * @param note.requestKey SHA-256 in hex; the note's ID is made of it
 */
export async function writeNote(
  db: Db,
  note: { requestKey: string; legalEntityId: string; body: string; actor: string },
): Promise<string> {
  const hex = note.requestKey;
  // A version 8 UUID (RFC 9562): ours to fill.
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  await db
    .insertInto('note')
    .values({ id, legal_entity_id: note.legalEntityId, body: note.body, created_by: note.actor })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  return id;
}
