// Bank files as people send them: through the door of a world, with what became of each line in plain words.

import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../src/database/client.ts';
import { openWorldDoor, type WorldDoor } from '../api/world-door.ts';
import { assertBooksHold } from './books.ts';
import { eventually, openWorld, type World, type WorldOptions } from './world.ts';

export const IBAN = 'DE02120300000000202051';

/** What the API tells of a bank file. */
export interface FileBody {
  readonly id: string;
  readonly state: string;
  readonly problem: {
    readonly code: string;
    readonly text: string;
    readonly place: string;
    readonly checks: readonly { readonly what: string; readonly declared: string; readonly found: string }[];
  } | null;
  readonly linesRead: number;
  readonly linesNew: number;
  readonly linesDone: number;
  readonly acceptedBy: string | null;
  readonly lines: Readonly<Record<string, number>>;
  readonly statements: readonly { readonly account: string; readonly isBalanced: boolean }[];
}

export interface Sent {
  readonly status: number;
  readonly code: string | null;
  readonly file: FileBody;
  readonly isReplayed: boolean;
}

export interface BankWorld extends World {
  readonly door: WorldDoor;
  /** Sends a file and waits until it is refused or done. */
  send(content: string | Uint8Array<ArrayBuffer> | Blob, how?: SendOptions): Promise<Sent>;
  /** Every line of the account as `AMOUNT STATE`, in the order of their files; with the reason where nothing is posted. */
  lines(): Promise<string[]>;
  file(id: string): Promise<FileBody>;
}

export interface SendOptions {
  readonly name?: string;
  readonly format?: string;
  readonly mapping?: string;
  readonly key?: string;
  readonly idempotencyKey?: string;
  readonly legalEntity?: string;
  /** How long it may take until it is done. */
  readonly withinMs?: number;
}

const DONE_WITHIN_MS = 60_000;

/** A world with the door open and one bank account, whose books hold at its end. */
export async function inBank(
  options: Omit<WorldOptions, 'time'>,
  act: (world: BankWorld) => Promise<void>,
): Promise<void> {
  const bank = await openBank(options);
  try {
    await act(bank);
    await assertBooksHold(bank.db);
  } finally {
    await bank.close();
  }
}

/** Opens such a world; whoever opens it closes it. */
export async function openBank(options: Omit<WorldOptions, 'time'> = {}): Promise<BankWorld> {
  const world = await openWorld({ time: 'real', ...options });
  const door = await openWorldDoor(world);
  await nameAccount(world.db, { legalEntityId: world.company.id, number: IBAN });
  const close = async (): Promise<void> => {
    await door.close();
    await world.close();
  };
  return { ...bankWorld(world, door), close };
}

export async function nameAccount(
  db: Db,
  account: { legalEntityId: string; number: string; currency?: string },
): Promise<void> {
  await sql`insert into house_bank_account (legal_entity_id, number, currency, name, created_by)
    values (${account.legalEntityId}, ${account.number}, ${account.currency ?? 'EUR'}, 'Bank', 'test')`.execute(db);
}

function bankWorld(world: World, door: WorldDoor): BankWorld {
  const file = async (id: string): Promise<FileBody> =>
    (await door.ask('GET', `/v1/bank-statements/${id}`)).body as unknown as FileBody;
  return {
    ...world,
    ...{ door, file },
    async send(content, how = {}) {
      const sent = await upload(door, content, { legalEntity: world.company.id, ...how });
      if (sent.code !== null) return sent;
      const last = await eventually(async () => {
        const now = await file(sent.file.id);
        if (now.state !== 'done' && now.state !== 'refused') throw new Error(`the file is ${now.state}`);
        return now;
      }, how.withinMs ?? DONE_WITHIN_MS);
      return { ...sent, file: last };
    },
    lines: () => linesOf(world.db),
  };
}

/** Sends a file and takes the first answer. */
export async function upload(
  door: Pick<WorldDoor, 'url' | 'key'>,
  content: string | Uint8Array<ArrayBuffer> | Blob,
  how: SendOptions = {},
): Promise<Sent> {
  const { legalEntity = 'ACME-DE', name, format, mapping } = how;
  const asked = Object.entries({ legalEntity, name, format, mapping }).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(asked as [string, string][]);
  const response = await fetch(`${door.url}/v1/bank-statements?${query.toString()}`, {
    method: 'POST',
    body: content,
    headers: {
      authorization: `Bearer ${how.key ?? door.key}`,
      'content-type': 'application/octet-stream',
      'idempotency-key': how.idempotencyKey ?? randomUUID(),
    },
  });
  const body = (await response.json()) as FileBody & { code?: string };
  const isReplayed = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, code: body.code ?? null, file: body, isReplayed };
}

async function linesOf(db: Db): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    select concat_ws(' ', l.amount_minor::text, l.state, case when l.state in ('open', 'duplicate', 'ignored') then l.reasons -> 0 ->> 'code' end) as text
    from bank_line l
    join bank_file f on f.id = l.file_id order by f.created_at, l.position`.execute(db);
  return rows.map((row) => row.text);
}

/** Open tasks as `KIND`, oldest first. */
export async function openTasks(db: Db): Promise<string[]> {
  const { rows } = await sql<{ kind: string }>`select kind from task where state = 'open' order by created_at`.execute(
    db,
  );
  return rows.map((row) => row.kind);
}
