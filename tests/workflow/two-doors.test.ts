// The same money by two doors, from HTTP to the books: told by the API or a provider, then brought by a bank file, or the other way round.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { storePayout } from '../../src/database/queries/payouts.ts';
import { customer, legalEntity, type Reply } from '../api/door.ts';
import { openWorldDoor, type WorldDoor } from '../api/world-door.ts';
import { assertBooksHold } from '../harness/books.ts';
import { camt053, type CamtEntry } from '../harness/camt.ts';
import { eventually, openWorld, type World } from '../harness/world.ts';

const ENTITY = 'DOORS-DE';
const IBAN = 'DE02120300000000202051';

describe('the same money by two doors', () => {
  let world: World;
  let door: WorldDoor;
  let openingMinor = 100_000;
  let files = 0;

  before(async () => {
    world = await openWorld();
    door = await openWorldDoor(world);
    done(await door.ask('POST', '/v1/legal-entities', { body: { ...legalEntity(ENTITY), iban: IBAN } }));
    done(await door.ask('POST', '/v1/customers', { body: customer(ENTITY) }));
  });
  after(async () => {
    await assertBooksHold(world.db);
    await door.close();
    await world.close();
  });

  function done(reply: Reply): Reply {
    assert.ok(reply.status < 300, `${String(reply.status)} ${reply.text}`);
    return reply;
  }

  const money = (amount: string): object => ({ amount, currency: 'EUR' });

  /** Tells a payment that pays nothing which is open. */
  async function tell(sourceId: string, amount: string, source = 'psp'): Promise<string> {
    const said = { valueOn: '2026-01-12', reference: `nothing ${sourceId}`, source, sourceId };
    const body = { legalEntity: ENTITY, customer: 'C-1', amount: money(amount), ...said };
    return String(done(await door.ask('POST', '/v1/payments', { body })).body['id']);
  }

  const payout = (payoutId: string, net: string, fee: string, paid: readonly [string, string][]): object => ({
    ...{ legalEntity: ENTITY, source: 'psp', payoutId, paidOn: '2026-01-12', net: money(net), fee: money(fee) },
    payments: paid.map(([sourceId, amount]) => ({ sourceId, amount: money(amount) })),
  });

  /** Uploads the next statement of the account, and waits until each line has its answer. @returns state and reason of its lines */
  async function upload(entries: readonly CamtEntry[]): Promise<string[]> {
    files += 1;
    const content = camt053({ id: `S-${String(files)}`, iban: IBAN, on: '2026-01-13', openingMinor, entries });
    for (const { isDebit, transactions } of entries) {
      for (const { amountMinor } of transactions) openingMinor += isDebit === true ? -amountMinor : amountMinor;
    }
    const { body } = done(await door.upload(`/v1/bank-statements?legalEntity=${ENTITY}&name=s.xml`, content));
    const id = String(body['id']);
    await eventually(async () => {
      assert.equal((await door.ask('GET', `/v1/bank-statements/${id}`)).body['state'], 'done');
    });
    return linesOf(id);
  }

  async function linesOf(fileId: string): Promise<string[]> {
    const rows = await world.db
      .selectFrom('bank_line')
      .select(['state', 'reasons'])
      .where('file_id', '=', fileId)
      .orderBy('position')
      .execute();
    return rows.map(({ state, reasons }) => {
      const [first] = reasons as { code: string }[];
      return `${state} ${first?.code ?? ''}`.trim();
    });
  }

  async function clearing(source: string): Promise<unknown> {
    const { body } = done(await door.ask('GET', `/v1/clearing-accounts?legalEntity=${ENTITY}`));
    return (body['data'] as { source: string }[]).find((account) => account.source === source);
  }

  it('counts once when the API told it and the bank brings it', async () => {
    const id = await tell('ch_aa11', '25.00', 'shop');
    assert.deepEqual(await clearing('shop'), {
      ...{ source: 'shop', balance: money('25.00'), bookings: 1, oldestOn: '2026-01-12', ageDays: 0 },
    });
    const lines = await upload([
      { reference: 'B-1', transactions: [{ amountMinor: 2_500, endToEndId: 'ch_aa11', name: 'Kunde GmbH' }] },
    ]);
    assert.deepEqual(lines, ['cleared told_before']);
    assert.deepEqual(await clearing('shop'), {
      ...{ source: 'shop', balance: money('0.00'), bookings: 0, oldestOn: null, ageDays: null },
    });
    const { body } = await door.ask('GET', `/v1/payments?legalEntity=${ENTITY}`);
    assert.deepEqual(
      (body['data'] as { id: string }[]).map((payment) => payment.id),
      [id],
    );
  });

  it('clears a payout’s payments by its bank line, and a repeated payout adds nothing', async () => {
    await tell('ch_bb11', '60.00');
    await tell('ch_bb22', '40.00');
    const body = payout('po_7001', '97.00', '3.00', [
      ['ch_bb11', '60.00'],
      ['ch_bb22', '40.00'],
    ]);
    const told = await door.ask('POST', '/v1/provider-payouts', { body });
    assert.deepEqual([told.status, told.body['state'], told.body['bankLine']], [201, 'expected', null], told.text);
    const text = 'STRIPE PAYOUT po_7001';
    assert.deepEqual(await upload([{ reference: 'B-2', transactions: [{ amountMinor: 9_700, text }] }]), [
      'cleared paid_out',
    ]);
    const again = await door.ask('POST', '/v1/provider-payouts', { body });
    assert.deepEqual([again.status, again.body['state']], [200, 'cleared']);
    const shown = await door.ask('GET', `/v1/provider-payouts/${String(told.body['id'])}`);
    assert.deepEqual(shown.body, again.body);
    const other = await door.ask('POST', '/v1/provider-payouts', { body: { ...body, paidOn: '2026-01-11' } });
    assert.deepEqual([other.status, other.body['code']], [409, 'provider_payout_exists_with_other_content']);
  });

  it('refuses a payout that does not add up, with the figures', async () => {
    const reply = await door.ask('POST', '/v1/provider-payouts', {
      body: payout('po_7002', '59.00', '2.00', [['ch_bb11', '60.00']]),
    });
    assert.deepEqual([reply.status, reply.body['code']], [422, 'payout_does_not_add_up']);
    assert.match(
      reply.text,
      /60\.00 EUR less chargebacks of 0\.00 EUR less a fee of 2\.00 EUR are 58\.00 EUR, and not 59\.00 EUR/,
    );
  });

  it('finds the line that came before the payout, also when its run never started', async () => {
    const lines: CamtEntry[] = ['po_7003', 'po_7004'].map((text, at) => ({
      reference: `B-3${String(at)}`,
      transactions: [{ amountMinor: 1_900 + at, text, name: 'A provider' }],
    }));
    const states = await upload(lines);
    assert.deepEqual(
      states.map((state) => state.split(' ')[0]),
      ['open', 'open'],
    );
    await tell('ch_cc11', '20.00');
    await tell('ch_cc22', '20.00');
    const told = await door.ask('POST', '/v1/provider-payouts', {
      body: payout('po_7003', '19.00', '1.00', [['ch_cc11', '20.00']]),
    });
    assert.deepEqual([told.status, told.body['state']], [201, 'cleared'], told.text);
    const parts = { netMinor: 1_901, feeMinor: 99, currency: 'EUR', paidOn: '2026-01-12' };
    const stored = await storePayout(world.db, {
      ...{ legalEntityId: ENTITY, source: 'psp', payoutId: 'po_7004', ...parts, contentHash: 'x' },
      ...{
        lines: [{ kind: 'payment', sourceId: 'ch_cc22', amountMinor: 2_000 }],
        actor: 'key:test',
        requestId: 'test',
      },
      now: await world.now(),
    });
    assert.ok(stored.ok);
    await world.company.sweepNow();
    await eventually(async () => {
      const { body } = await door.ask('GET', `/v1/provider-payouts/${stored.stored.id}`);
      assert.equal(body['state'], 'cleared');
    });
    const { tasks } = await world.db
      .selectFrom('task')
      .select(({ fn }) => fn.countAll<number>().as('tasks'))
      .where('kind', '=', 'cash_exceptions')
      .where('state', '=', 'open')
      .executeTakeFirstOrThrow();
    assert.equal(tasks, 0, 'nothing of the file waits any more');
  });

  it('settles a credit and its reversal in one file, and asks about a return that nobody knows', async () => {
    const lines = await upload([
      { reference: 'B-4', transactions: [{ amountMinor: 777, endToEndId: 'E2E-X1', name: 'Unknown' }] },
      { reference: 'B-5', isDebit: true, isReversal: true, transactions: [{ amountMinor: 777, endToEndId: 'E2E-X1' }] },
      { reference: 'B-6', isDebit: true, transactions: [{ amountMinor: 555, returnReason: 'AM04' }] },
      { reference: 'B-7', isDebit: true, transactions: [{ amountMinor: 1_000, name: 'Landlord' }] },
    ]);
    assert.deepEqual(lines, [
      'returned settled_with_other',
      'returned settled_with_other',
      'open return_unknown',
      'ignored money_out',
    ]);
  });
});
