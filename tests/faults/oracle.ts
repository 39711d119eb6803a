// What must hold after every fault: the books, work that goes on, and runs that agree with their rows.

import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { verifyRuns } from '../../src/cli/runs/verify-runs.ts';
import type { Db } from '../../src/database/client.ts';
import { verifyWork } from '../../src/database/verify/verify-work.ts';
import { assertBooksHold } from '../harness/books.ts';

/** Fails with every broken proof and its offenders. The server of `temporal` must be the test's own. */
export async function assertAllHolds(db: Db, temporal: Client): Promise<void> {
  await assertBooksHold(db);
  const proofs = [...(await verifyWork(db, Date.now())), ...(await verifyRuns({ db, temporal }))];
  const broken = proofs.filter((proof) => !proof.ok).map(({ name, offenders }) => ({ name, offenders }));
  assert.deepEqual(broken, []);
}
