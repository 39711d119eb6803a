// What confirmations taught about who pays for whom: written, listed, ended.

import { sql } from 'kysely';
import { accountKey } from '../../domain/matching/normalise.ts';
import { nameKey } from '../../domain/pre-validation.ts';
import type { Db, Tx } from '../client.ts';

export interface KnowledgeRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly customerId: string;
  readonly customerNumber: string;
  readonly kind: 'account' | 'name';
  readonly text: string;
  /** The line whose confirmation taught it. */
  readonly lineId: string | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly endedBy: string | null;
  readonly endedAt: number | null;
  readonly endedBecause: string | null;
}

const COLUMNS =
  sql.raw(`k.id, k.legal_entity_id as "legalEntityId", k.customer_id as "customerId", c.number as "customerNumber", k.kind, k.text,
  k.line_id as "lineId", k.created_by as "createdBy", k.created_at as "createdAt", k.ended_by as "endedBy", k.ended_at as "endedAt",
  k.ended_because as "endedBecause" from payer_knowledge k join customer c on c.id = k.customer_id`);

/** A page of what is known of a customer as a payer, the newest first. */
export async function knowledgeOf(
  db: Db,
  filter: { customerId: string; isEnded?: boolean | undefined },
  page: { after: string | null; fetch: number },
): Promise<KnowledgeRow[]> {
  const { rows } = await sql<KnowledgeRow>`select ${COLUMNS} where k.customer_id = ${filter.customerId}
    and (${filter.isEnded ?? null}::boolean is null or (k.ended_at is not null) = ${filter.isEnded ?? null}::boolean)
    and (${page.after}::uuid is null or k.id < ${page.after}::uuid) order by k.id desc limit ${page.fetch}`.execute(db);
  return rows;
}

/** One thing known, whatever its legal entity: the caller authorises. */
export async function knowledgeById(db: Db | Tx, id: string): Promise<KnowledgeRow | null> {
  const { rows } = await sql<KnowledgeRow>`select ${COLUMNS} where k.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** Who paid, as the bank wrote it. */
interface Payer {
  readonly legalEntityId: string;
  readonly lineId: string;
  readonly name: string | null;
  readonly account: string | null;
}

function keysOf({
  name,
  account,
}: Pick<Payer, 'name' | 'account'>): { kind: string; text: string; normalised: string }[] {
  const known = [
    ...(account === null ? [] : [{ kind: 'account', text: account, normalised: accountKey(account) }]),
    ...(name === null ? [] : [{ kind: 'name', text: name, normalised: nameKey(name) }]),
  ];
  return known.filter(({ normalised }) => normalised !== '');
}

/** Remembers that this payer pays for the customer; what says otherwise of the same account and name ends. */
export async function teachPayer(
  tx: Tx,
  payer: Payer & { customerId: string; actor: string; now: number },
): Promise<void> {
  const { legalEntityId, customerId, lineId, actor } = payer;
  for (const { kind, text, normalised } of keysOf(payer)) {
    await sql`update payer_knowledge set ended_by = ${actor}, ended_at = ${new Date(payer.now)}, ended_because = 'A person said that it pays for another customer.'
      where legal_entity_id = ${legalEntityId} and kind = ${kind} and normalised = ${normalised} and customer_id <> ${customerId} and ended_at is null`.execute(
      tx,
    );
    await sql`insert into payer_knowledge (legal_entity_id, customer_id, kind, text, normalised, line_id, created_by)
      values (${legalEntityId}, ${customerId}, ${kind}, ${text}, ${normalised}, ${lineId}, ${actor})
      on conflict (legal_entity_id, customer_id, kind, normalised) where ended_at is null do nothing`.execute(tx);
  }
}

/** Forgets that this payer pays for the customer. */
export async function unteachPayer(
  tx: Tx,
  payer: Payer & { customerId: string; actor: string; now: number; because: string },
): Promise<void> {
  const { legalEntityId, customerId, actor, because } = payer;
  for (const { kind, normalised } of keysOf(payer)) {
    await sql`update payer_knowledge set ended_by = ${actor}, ended_at = ${new Date(payer.now)}, ended_because = ${because}
      where legal_entity_id = ${legalEntityId} and customer_id = ${customerId} and kind = ${kind} and normalised = ${normalised}
        and ended_at is null`.execute(tx);
  }
}

/** Ends one thing known. @returns false when it was ended before */
export async function endKnowledge(
  tx: Tx,
  ended: { id: string; actor: string; now: number; because: string },
): Promise<boolean> {
  const { rows } = await sql`update payer_knowledge set ended_by = ${ended.actor}, ended_at = ${new Date(ended.now)},
    ended_because = ${ended.because} where id = ${ended.id} and ended_at is null returning id`.execute(tx);
  return rows.length > 0;
}
