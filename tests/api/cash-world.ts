// A company with a bank account behind the door, for tests of what people decide about its lines.

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Customer } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { camt053, type CamtTransaction } from '../harness/camt.ts';
import { IBAN, nameAccount, upload } from '../harness/statements.ts';
import { eventually, openWorld, type World } from '../harness/world.ts';
import type { Reply } from './door.ts';
import { openWorldDoor, type WorldDoor } from './world-door.ts';

/** What the API tells of a bank line, as far as tests read it. */
export interface LineBody {
  readonly id: string;
  readonly state: string;
  readonly reasons: readonly { readonly code: string; readonly text: string }[];
  readonly proposals: readonly {
    readonly place: number;
    readonly customer: string;
    readonly shares: readonly { readonly number: string; readonly discount: { readonly amount: string } | null }[];
  }[];
  readonly payment: string | null;
  readonly advice: string | null;
}

export class CashWorld {
  readonly world: World;
  readonly door: WorldDoor;
  #count = 0;

  private constructor(world: World, door: WorldDoor) {
    this.world = world;
    this.door = door;
  }

  static async open(): Promise<CashWorld> {
    const world = await openWorld({ time: 'real' });
    const door = await openWorldDoor(world);
    await nameAccount(world.db, { legalEntityId: world.company.id, number: IBAN });
    return new CashWorld(world, door);
  }

  /** Proves the books first. */
  async close(): Promise<void> {
    await assertBooksHold(this.world.db);
    await this.door.close();
    await this.world.close();
  }

  /** An open invoice from elsewhere, 100.00 unless told otherwise. */
  async owes(customer: Customer, number: string, amountMinor = 10_000): Promise<void> {
    const order = await this.world.company.opening(customer, number, { dueOn: '2027-01-15', amountMinor });
    await eventually(async () => {
      assert.equal((await this.world.company.items(order)).length, 1);
    });
  }

  async openMinor(number: string): Promise<number> {
    const { rows } = await sql<{ openMinor: number }>`select open_minor as "openMinor" from open_item
      where number = ${number}`.execute(this.world.db);
    return rows[0]?.openMinor ?? -1;
  }

  /** Sends a file of these transactions and waits until it is done. @returns its lines as the door shows them, in their order */
  async receive(...transactions: readonly CamtTransaction[]): Promise<LineBody[]> {
    return this.#send(transactions, false);
  }

  /** The line of money that went out. */
  async debit(transaction: CamtTransaction): Promise<LineBody> {
    const [line] = await this.#send([transaction], true);
    assert.ok(line);
    return line;
  }

  async #send(transactions: readonly CamtTransaction[], isDebit: boolean): Promise<LineBody[]> {
    this.#count += 1;
    const on = new Date().toISOString().slice(0, 10);
    const day = { id: `S-${String(this.#count)}`, iban: IBAN, on, openingMinor: 0 };
    const entries = transactions.map((one, index) => ({
      reference: `R${String(this.#count)}-${String(index)}`,
      transactions: [one],
      isDebit,
    }));
    const sent = await upload(this.door, camt053({ ...day, entries }), { legalEntity: this.world.company.id });
    assert.equal(sent.code, null, JSON.stringify(sent.file));
    await eventually(async () => {
      const { body } = await this.door.ask('GET', `/v1/bank-statements/${sent.file.id}`);
      assert.equal(body['state'], 'done');
    }, 30_000);
    const { rows } = await sql<{
      id: string;
    }>`select id from bank_line where file_id = ${sent.file.id} order by position`.execute(this.world.db);
    return Promise.all(rows.map(({ id }) => this.line(id)));
  }

  /** The only line of a file. */
  async receiveOne(transaction: CamtTransaction): Promise<LineBody> {
    const [line] = await this.receive(transaction);
    assert.ok(line);
    return line;
  }

  async line(id: string): Promise<LineBody> {
    return (await this.door.ask('GET', `/v1/bank-lines/${id}`)).body as unknown as LineBody;
  }

  decide(
    line: LineBody,
    body: Record<string, unknown>,
    more: { idempotencyKey?: string; key?: string } = {},
  ): Promise<Reply> {
    return this.door.ask('POST', `/v1/bank-lines/${line.id}/decision`, { body, ...more });
  }

  async actions(subject: string): Promise<string[]> {
    const { rows } = await sql<{
      action: string;
    }>`select action from audit_entry where subject = ${subject} order by id`.execute(this.world.db);
    return rows.map(({ action }) => action);
  }

  /** Tasks of a kind that are open. */
  async openTasks(kind: string): Promise<number> {
    const { rows } = await sql<{
      count: number;
    }>`select count(*) as count from task where kind = ${kind} and state = 'open'`.execute(this.world.db);
    return rows[0]?.count ?? 0;
  }
}

export const eur = (amount: string): { amount: string; currency: string } => ({ amount, currency: 'EUR' });

/** @returns the reply's body. @throws unless it is the status */
export function answered(reply: Reply, status = 200): Record<string, unknown> {
  assert.equal(reply.status, status, reply.text);
  return reply.body;
}
