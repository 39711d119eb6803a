// The legal entity that a request names in its body or query, when what it makes has no row of its own yet.

import type { Db } from '../../database/client.ts';
import { legalEntityById } from '../../database/queries/legal-entities.ts';
import type { Subject } from '../route.ts';

/** @returns null when there is no such legal entity */
export async function entityNamed(db: Db, legalEntity: string): Promise<Subject | null> {
  const found = await legalEntityById(db, legalEntity);
  return found === null ? null : { legalEntityId: found.id };
}
