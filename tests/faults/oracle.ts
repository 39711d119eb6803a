// What must hold after every fault: the books, work that goes on, and runs that agree with their rows.

import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { verifyRuns } from '../../src/cli/runs/verify-runs.ts';
import type { Db } from '../../src/database/client.ts';
import { verifyWork } from '../../src/database/verify/verify-work.ts';
import { assertBooksHold } from '../harness/books.ts';
import { eventually } from '../harness/world.ts';

/** A run closes, and Temporal's list of runs tells it, some moments after its last row was written. */
const AGREED_WITHIN_MS = 30_000;

/** Fails with every broken proof and its offenders. The server of `temporal` must be the test's own. */
export async function assertAllHolds(db: Db, temporal: Client): Promise<void> {
  await assertBooksHold(db);
  await eventually(async () => {
    const proofs = [...(await verifyWork(db, Date.now())), ...(await verifyRuns({ db, temporal }))];
    const broken = proofs.filter((proof) => !proof.ok).map(({ name, offenders }) => ({ name, offenders }));
    assert.deepEqual(broken, []);
  }, AGREED_WITHIN_MS);
}
