// Seals the audit log: chains committed entries by hash, in pages, one sealer at a time.

import type { Db, Tx } from '../database/client.ts';
import { chainHeads, insertSeals, lockSealer, sealableEntries } from '../database/queries/audit-seals.ts';
import { chainEntries, chainOf } from '../domain/audit-chain.ts';
import type { Dependencies } from './dependencies.ts';

/** Entries sealed in one transaction. */
const ENTRIES_PER_PAGE_MAX = 1_000;
/** Pages of one sweep; the next minute takes the next ones. */
const PAGES_PER_SWEEP_MAX = 50;

export interface SealerActivities {
  /** Seals what is committed and has no seal. Counts the entries; none while another sealer is at work. */
  sealAudit(input: Record<string, never>): Promise<{ sealed: number }>;
}

export function createSealerActivities({ db }: Pick<Dependencies, 'db'>): SealerActivities {
  return { sealAudit: async () => ({ sealed: await sealPages(db) }) };
}

async function sealPages(db: Db): Promise<number> {
  let sealed = 0;
  for (let page = 0; page < PAGES_PER_SWEEP_MAX; page += 1) {
    const count = await db.transaction().execute(sealPage);
    sealed += count;
    if (count < ENTRIES_PER_PAGE_MAX) break;
  }
  return sealed;
}

/** @returns how many entries it sealed */
async function sealPage(tx: Tx): Promise<number> {
  if (!(await lockSealer(tx))) return 0;
  const records = await sealableEntries(tx, ENTRIES_PER_PAGE_MAX);
  if (records.length === 0) return 0;
  const heads = await chainHeads(tx, [...new Set(records.map(chainOf))]);
  await insertSeals(tx, chainEntries(heads, records));
  return records.length;
}
