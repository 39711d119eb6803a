// Holds the books of a test against every proof that `quittance verify` gives without Temporal.

import assert from 'node:assert/strict';
import type { Db } from '../../src/database/client.ts';
import { verifyBooks } from '../../src/database/verify/verify-books.ts';

/** Fails with every broken proof and its offenders. */
export async function assertBooksHold(db: Db): Promise<void> {
  const { proofs } = await verifyBooks(db);
  const broken = proofs.filter((proof) => !proof.ok).map(({ name, offenders }) => ({ name, offenders }));
  assert.deepEqual(broken, []);
}
