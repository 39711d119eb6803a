// Watches in which order transactions lock their rows, as Linux' lockdep does: a deadlock that could come is found although none came.

import pg from 'pg';

/** What is locked first comes first; rows of one table in the order of their IDs. Who holds one of these may wait for those after it alone. */
const LOCK_ORDER = [
  // A line and what is joined to it come first: what becomes of them is decided under their locks.
  'bank_line',
  'remittance_advice',
  'provider_payout',
  // A case has a run of its own, and nobody else locks it.
  'approval',
  'payment',
  'sales_order',
  'credit_account',
  'credit_group',
  'letter',
  'number_series',
] as const;
type Locked = (typeof LOCK_ORDER)[number];

/** IDs of locked rows by their table; `*`: some that the statement does not name. */
type Held = Map<Locked, Set<string>>;

export interface LockWatch {
  /** `FIRST → THEN` for each pair of tables that one transaction locked in this order. */
  readonly seen: ReadonlySet<string>;
  /** What broke the order, with the statement. */
  readonly broken: ReadonlySet<string>;
  stop(): void;
}

/** Watches all connections of this process from now on. */
export function watchLocks(): LockWatch {
  const held = new WeakMap<object, Held>();
  const seen = new Set<string>();
  const broken = new Set<string>();
  const prototype = pg.Client.prototype as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function watched(this: object, ...args: unknown[]): unknown {
    const { text, values } = statementOf(args);
    if (/^\s*begin/i.test(text)) held.set(this, new Map());
    const locks = held.get(this);
    if (locks !== undefined) take(locks, { text, values }, { seen, broken });
    if (/^\s*(?:commit|rollback)/i.test(text)) held.delete(this);
    return query.apply(this, args);
  };
  return {
    seen,
    broken,
    stop() {
      prototype.query = query;
    },
  };
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

function statementOf([first, second]: readonly unknown[]): Statement {
  const config = typeof first === 'object' && first !== null ? (first as { text?: unknown; values?: unknown }) : {};
  const text = typeof first === 'string' ? first : config.text;
  const values = Array.isArray(second) ? second : config.values;
  return { text: typeof text === 'string' ? text : '', values: Array.isArray(values) ? (values as unknown[]) : [] };
}

/** Adds what the statement locks to what its transaction holds. */
function take(held: Held, statement: Statement, found: { seen: Set<string>; broken: Set<string> }): void {
  const table = lockedBy(statement.text);
  if (table === null) return;
  const ids = statement.values.flat().filter((value) => typeof value === 'string');
  const own = held.get(table) ?? new Set();
  // Locked before: it waits for nobody.
  if (own.has('*') || ids.some((id) => own.has(id))) return;
  for (const [other, others] of held) {
    if (other === table) continue;
    found.seen.add(`${other} → ${table}`);
    if (LOCK_ORDER.indexOf(other) > LOCK_ORDER.indexOf(table)) {
      found.broken.add(`${other} ${[...others].join()} before ${table}: ${statement.text}`);
    }
  }
  const newIds = ids.filter((id) => UUID.test(id));
  const highest = [...own].sort().at(-1) ?? '';
  if (newIds.some((id) => id < highest)) found.broken.add(`${table} ${highest} before a lower one: ${statement.text}`);
  held.set(table, new Set([...own, ...(newIds.length > 0 ? newIds : ['*'])]));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The table of which a statement locks rows that others may hold. */
function lockedBy(text: string): Locked | null {
  const sql = text.toLowerCase().replaceAll('"', '');
  const explicit = /\bfor (?:no key )?update(?: of (?<alias>\w+))?/.exec(sql);
  if (explicit !== null && !sql.includes('skip locked')) {
    const alias = explicit.groups?.['alias'];
    const from = alias === undefined ? /\bfrom (\w+)/ : new RegExp(`\\b(?:from|join) (\\w+) ${alias}\\b`);
    return asLocked(from.exec(sql)?.[1]);
  }
  if (/insert into letter\b.*on conflict/s.test(sql)) return 'letter';
  const updated = asLocked(/^\s*update (\w+)/.exec(sql)?.[1]);
  // Approvals of an order are updated under the order's lock.
  return updated === 'approval' ? null : updated;
}

function asLocked(table: string | undefined): Locked | null {
  return LOCK_ORDER.find((name) => name === table) ?? null;
}
