// The audit log is what was sealed: every chain is walked from its first link, and what has no seal yet is counted.

import { sql } from 'kysely';
import { faultOf, type AuditRecord, type ChainHead, type FoundLink } from '../../domain/audit-chain.ts';
import type { Tx } from '../client.ts';
import { AUDIT_RECORD, SEALED_UP_TO } from '../queries/audit-seals.ts';
import { OFFENDERS_SHOWN_MAX, resultOf, type Offender, type ProofResult, type WalkedProof } from './proof.ts';

/** Links read at once. */
const LINKS_PER_PAGE = 1_000;
/** The sealer runs every minute: an entry that waits for longer says that it does not. */
const SEALED_WITHIN = '1 hour';

interface Found {
  looked: number;
  failures: number;
  readonly offenders: Offender[];
}

/** What has no seal. The sealer went past an entry when a later one has its seal. */
interface Unsealed {
  readonly unsealed: number;
  readonly passed: number;
  readonly firstPassed: string | null;
  readonly late: number;
  readonly firstLate: string | null;
}

export const auditChain: WalkedProof = {
  name: 'audit_chain',
  claim: 'Per legal entity, every sealed audit entry is what was sealed, in the order of sealing, and none is missing.',
  remedy:
    'A late seal: start a worker, whose sweep seals every minute. All else the engine cannot write: rows were changed past it. Stop the worker and compare audit_entry and audit_seal with a backup.',
  async walk(tx) {
    const found: Found = { looked: 0, failures: 0, offenders: [] };
    for (let chain = await nextChain(tx, null); chain !== null; chain = await nextChain(tx, chain)) {
      await walkChain(tx, chain, found);
    }
    await findSealedTwice(tx, found);
    const unsealed = await findUnsealed(tx, found);
    return told(found, unsealed);
  },
};

/** The count of what is not sealed yet is part of the claim, because it is said of healthy books as well. */
function told(found: Found, unsealed: number): ProofResult {
  const claim = `${auditChain.claim} Not sealed yet: ${String(unsealed)}.`;
  return resultOf({ ...auditChain, claim }, { ...found, looked: found.looked + unsealed });
}

function report(found: Found, offender: Offender): void {
  found.failures += 1;
  if (found.offenders.length < OFFENDERS_SHOWN_MAX) found.offenders.push(offender);
}

async function nextChain(tx: Tx, after: string | null): Promise<string | null> {
  const { rows } = await sql<{ chain: string }>`select chain from audit_seal
    where ${after}::text is null or chain > ${after}::text order by chain limit 1`.execute(tx);
  return rows[0]?.chain ?? null;
}

/** Names the first bad link; what follows it can be neither believed nor doubted. */
async function walkChain(tx: Tx, chain: string, found: Found): Promise<void> {
  let before: ChainHead | null = null;
  for (;;) {
    const page: FoundLink[] = await linksAfter(tx, chain, before?.position ?? null);
    for (const link of page) {
      found.looked += 1;
      const fault = faultOf(before, link);
      if (fault !== null)
        return report(found, { id: `${chain}/${link.position} (entry ${link.entryId})`, text: fault });
      before = { chain, position: Number(link.position), hash: link.hash };
    }
    if (page.length < LINKS_PER_PAGE) return;
  }
}

type LinkRow = Omit<FoundLink, 'record'> & { [Field in keyof AuditRecord]: AuditRecord[Field] | null };

async function linksAfter(tx: Tx, chain: string, position: number | null): Promise<FoundLink[]> {
  const { rows } = await sql<LinkRow>`select s.chain, s.position::text as position, s.entry_id::text as "entryId",
      s.previous_hash as "previousHash", s.hash, ${AUDIT_RECORD}
    from audit_seal s left join audit_entry e on e.id = s.entry_id
    where s.chain = ${chain} and (${position}::bigint is null or s.position > ${position}::bigint) order by s.position limit ${LINKS_PER_PAGE}`.execute(
    tx,
  );
  return rows.map((row) => ({ ...row, record: isRecord(row) ? row : null }));
}

/** Columns of an entry that is missing are all null. */
function isRecord(row: LinkRow): row is LinkRow & AuditRecord {
  return row.id !== null;
}

async function findSealedTwice(tx: Tx, found: Found): Promise<void> {
  const { rows } = await sql<{ entryId: string; seals: string; all: number }>`
    select entry_id::text as "entryId", string_agg(chain || '/' || position, ', ' order by sealed_at) as seals, count(*) over () as all
    from audit_seal group by entry_id having count(*) > 1 order by entry_id limit ${OFFENDERS_SHOWN_MAX}`.execute(tx);
  for (const { entryId, seals } of rows) report(found, { id: `entry ${entryId}`, text: `sealed twice: ${seals}` });
  found.failures += (rows[0]?.all ?? 0) - rows.length;
}

/** @returns how many entries have no seal; only those that should have one are offenders */
async function findUnsealed(tx: Tx, found: Found): Promise<number> {
  const { rows } = await sql<Unsealed>`
    with entry as (
      select e.id, e.at < clock_timestamp() - ${SEALED_WITHIN}::interval as "isLate",
        coalesce((e.transaction_id, e.id) <= (sealed.transaction_id, sealed.id), false) as "isPassed"
      from audit_entry e left join (${SEALED_UP_TO}) sealed on true
      where not exists (select from audit_seal s where s.entry_id = e.id)
    )
    select count(*) as unsealed,
      count(*) filter (where "isPassed") as passed, min(id) filter (where "isPassed")::text as "firstPassed",
      count(*) filter (where "isLate" and not "isPassed") as late, min(id) filter (where "isLate" and not "isPassed")::text as "firstLate"
    from entry`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a select without a group gave no row');
  if (row.firstPassed !== null) {
    const text = `${String(row.passed)} without a seal, although later ones have theirs: seals were taken away`;
    report(found, { id: `from entry ${row.firstPassed}`, text });
  }
  if (row.firstLate !== null) {
    const text = `${String(row.late)} not sealed for more than ${SEALED_WITHIN}: the sealer does not run or does not keep up, or seals were taken away`;
    report(found, { id: `from entry ${row.firstLate}`, text });
  }
  return row.unsealed;
}
