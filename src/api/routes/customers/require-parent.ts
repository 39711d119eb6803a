// The parent that a customer is given: there, and not the customer's own child.

import type { Db } from '../../../database/client.ts';
import { lineOfParents } from '../../../database/queries/customers.ts';
import { Problem } from '../../problem.ts';

/** @throws Problem 422 when the legal entity has no such customer, or when it is the customer itself or below it */
export async function requireParent(
  db: Db,
  customer: { legalEntityId: string; number: string },
  parentNumber: string | null,
): Promise<void> {
  if (parentNumber === null) return;
  const { legalEntityId, number } = customer;
  const line = await lineOfParents(db, { legalEntityId, number: parentNumber });
  if (line.length === 0) {
    throw new Problem({
      kind: 'unprocessable',
      code: 'parent_unknown',
      text: `${legalEntityId} has no customer "${parentNumber}".`,
      hint: 'Create the parent with POST /v1/customers first.',
    });
  }
  if (!line.includes(number)) return;
  throw new Problem({
    kind: 'unprocessable',
    code: 'parent_circular',
    text: `Customer ${number} would be above itself: ${[number, ...line].join(' → ')}.`,
    hint: 'Name a customer that is not below this one.',
  });
}
