// The audit chain: what of an entry is sealed, in which exact form, and what is wrong with a link.

import { createHash } from 'node:crypto';

/** The chain of entries that belong to no legal entity; no legal entity can have this ID. */
const CHAIN_WITHOUT_ENTITY = '*';

/** What the first seal of every chain follows. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/** An audit entry as it is sealed: everything as text, so that no figure passes through a float. */
export interface AuditRecord {
  readonly id: string;
  readonly transactionId: string;
  readonly legalEntityId: string | null;
  /** ISO instants in UTC with microseconds. */
  readonly at: string;
  readonly businessAt: string | null;
  readonly actor: string;
  readonly action: string;
  readonly orderId: string | null;
  readonly subject: string | null;
  readonly because: string | null;
  /** JSON text; the order of its keys and its white space do not count. */
  readonly details: string | null;
  readonly requestId: string | null;
}

/** One link: an entry's place in the chain of its legal entity. */
export interface Seal {
  readonly chain: string;
  /** 1, 2, 3 … */
  readonly position: number;
  readonly entryId: string;
  /** SHA-256, hexadecimal. */
  readonly previousHash: string;
  readonly hash: string;
}

/** The last link of a chain. */
export type ChainHead = Pick<Seal, 'chain' | 'position' | 'hash'>;

/** The fields of the sealed form, sorted. A field that comes later needs a new form beside this one: old seals are never computed anew. */
const SEALED_FIELDS = [
  'action',
  'actor',
  'at',
  'because',
  'businessAt',
  'details',
  'id',
  'legalEntityId',
  'orderId',
  'requestId',
  'subject',
  'transactionId',
] as const satisfies readonly (keyof AuditRecord)[];

/** The chain to which an entry belongs. */
export function chainOf(record: Pick<AuditRecord, 'legalEntityId'>): string {
  return record.legalEntityId ?? CHAIN_WITHOUT_ENTITY;
}

/** The one text of a record: JSON without white space, keys sorted at every depth, numbers with the digits they were written with. */
export function canonicalRecord(record: AuditRecord): string {
  const fields = SEALED_FIELDS.map((field) => {
    const value = record[field];
    return `"${field}":${field === 'details' && value !== null ? canonicalJson(value) : JSON.stringify(value)}`;
  });
  return `{${fields.join(',')}}`;
}

/** SHA-256 over the hash before and the record, hexadecimal. */
export function sealHash(previousHash: string, record: AuditRecord): string {
  return createHash('sha256').update(previousHash).update(canonicalRecord(record)).digest('hex');
}

/**
 * The seals that follow when entries are chained in the order given.
 *
 * @param heads the last link of each chain that has one
 */
export function chainEntries(heads: readonly ChainHead[], records: readonly AuditRecord[]): Seal[] {
  const last = new Map(heads.map((head) => [head.chain, head]));
  return records.map((record) => {
    const chain = chainOf(record);
    const head = last.get(chain);
    const previousHash = head?.hash ?? FIRST_PREVIOUS_HASH;
    const position = (head?.position ?? 0) + 1;
    const seal = { chain, position, entryId: record.id, previousHash, hash: sealHash(previousHash, record) };
    last.set(chain, seal);
    return seal;
  });
}

/** A link as it was found; its position is text, because rows that were changed by hand may hold any. */
export type FoundLink = Omit<Seal, 'position'> & {
  readonly position: string;
  /** `null`: there is no such entry. */
  readonly record: AuditRecord | null;
};

/**
 * What is wrong with a link, or `null` when it holds.
 *
 * @param before the link before it, already found good; `null`: this is the first of the chain
 */
export function faultOf(before: ChainHead | null, link: FoundLink): string | null {
  const position = (before?.position ?? 0) + 1;
  if (link.position !== String(position)) {
    return `position ${String(position)} is missing, the next one found is ${link.position}`;
  }
  if (link.previousHash !== (before?.hash ?? FIRST_PREVIOUS_HASH)) {
    return `link broken: it does not follow position ${String(position - 1)}`;
  }
  const { record } = link;
  if (record === null) return `entry ${link.entryId} is missing`;
  const chain = chainOf(record);
  if (chain !== link.chain) return `entry ${link.entryId} changed: it belongs to chain ${chain}`;
  if (sealHash(link.previousHash, record) !== link.hash) {
    return `entry ${link.entryId} changed: what it says is not what was sealed`;
  }
  return null;
}

/** Strings and numbers of a JSON text; everything else in it is punctuation, `true`, `false` and `null`. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Sorts the keys at every depth and leaves every number as it is written: parsed as floats, two different amounts could become one. */
function canonicalJson(text: string): string {
  // Both become strings, told apart by their first letter.
  const marked = text.replace(TOKEN, (token) => (token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`));
  return write(JSON.parse(marked));
}

function write(value: unknown): string {
  if (typeof value === 'string') return value.startsWith('n') ? value.slice(1) : JSON.stringify(value.slice(1));
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${write(key)}:${write(member)}`).join(',')}}`;
}
