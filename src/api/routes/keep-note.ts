// The free text of a request, kept in the database before anything travels.

import { writeNote } from '../../database/queries/notes.ts';
import type { Subject, Surroundings } from '../route.ts';

/** @returns the note's ID; `null` when nothing was written */
export async function keepNote(asked: Surroundings, about: Subject, body: string | undefined): Promise<string | null> {
  if (body === undefined) return null;
  const { db, requestKey, caller } = asked;
  return writeNote(db, { requestKey, legalEntityId: about.legalEntityId, body, actor: caller.actor });
}
