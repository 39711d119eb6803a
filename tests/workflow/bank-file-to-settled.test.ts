// A bank file with one of everything that banks send, from HTTP to settled orders: what each line became, and what the ledger says of it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openWorldDoor, type WorldDoor } from '../api/world-door.ts';
import { customer, legalEntity, type Reply } from '../api/door.ts';
import { assertBooksHold } from '../harness/books.ts';
import { camt053, type CamtEntry } from '../harness/camt.ts';
import { eventually, openWorld, type World } from '../harness/world.ts';

const ENTITY = 'BANK-DE';
const IBAN = 'DE02120300000000202051';
const OPENING_MINOR = 1_000_000;
/** Until the runs of all orders have seen their money. */
const DONE_WITHIN_MS = 60_000;

interface Sold {
  readonly id: string;
  readonly invoice: string;
}

describe('a bank file', () => {
  let world: World;
  let door: WorldDoor;
  const orders = new Map<string, Sold>();

  before(async () => {
    world = await openWorld();
    door = await openWorldDoor(world);
    done(
      await door.ask('POST', '/v1/legal-entities', {
        body: {
          ...legalEntity(ENTITY),
          iban: IBAN,
          taxCodes: [{ code: 'Z', rate: '0.00', description: 'Free of tax' }],
        },
      }),
    );
    done(
      await door.ask('POST', '/v1/items', {
        body: {
          legalEntity: ENTITY,
          number: 'HOUR',
          description: 'An hour',
          kind: 'service',
          unitPrice: '1.00',
          taxCode: 'Z',
        },
      }),
    );
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

  async function hire(number: string, name: string, more: Record<string, unknown> = {}): Promise<void> {
    const body = { ...customer(ENTITY, number), name, termsDays: 30, creditLimit: null, ...more };
    done(await door.ask('POST', '/v1/customers', { body }));
  }

  /** An order of hours, invoiced at once. */
  async function sell(
    number: string,
    customerNumber: string,
    amount: string,
    more: Record<string, unknown> = {},
  ): Promise<Sold> {
    const lines = [{ item: 'HOUR', quantity: amount, unitPrice: '1.00' }];
    const body = { legalEntity: ENTITY, number, customer: customerNumber, currency: 'EUR', lines, ...more };
    const { body: told } = done(await door.ask('POST', '/v1/orders', { body }));
    const id = String(told['id']);
    const invoice = await eventually(async () => {
      const { body: shown } = await door.ask('GET', `/v1/orders/${id}`);
      const [first] = shown['invoices'] as { number: string }[];
      assert.ok(first !== undefined);
      return first.number;
    });
    orders.set(number, { id, invoice });
    return { id, invoice };
  }

  const sold = (number: string): Sold => {
    const found = orders.get(number);
    assert.ok(found !== undefined, number);
    return found;
  };

  async function send(
    entries: readonly CamtEntry[],
    of: { id: string; on: string; openingMinor: number },
  ): Promise<string> {
    const text = camt053({ ...of, iban: IBAN, entries });
    const reply = done(await door.upload(`/v1/bank-statements?legalEntity=${ENTITY}&name=${of.id}.xml`, text));
    const id = String(reply.body['id']);
    await eventually(async () => {
      const { body } = await door.ask('GET', `/v1/bank-statements/${id}`);
      assert.equal(body['state'], 'done', JSON.stringify(body));
    }, DONE_WITHIN_MS);
    return id;
  }

  async function linesOf(fileId: string): Promise<Record<string, string>> {
    const { rows } = await sql<{ place: string; state: string }>`
      select coalesce(bank_reference, place) as place, state from bank_line where file_id = ${fileId} order by position`.execute(
      world.db,
    );
    return Object.fromEntries(rows.map(({ place, state }) => [place, state]));
  }

  async function assertStage(number: string, stage: string): Promise<void> {
    const { id } = sold(number);
    await eventually(async () => {
      const { body } = await door.ask('GET', `/v1/orders/${id}`);
      assert.equal(body['stage'], stage, `${number}: ${JSON.stringify(body['invoices'])}`);
    }, DONE_WITHIN_MS);
  }

  /** What an account holds, in minor units of the legal entity's currency. */
  async function balance(account: string): Promise<number> {
    const { rows } = await sql<{ sum: number }>`
      select coalesce(sum(l.base_minor), 0)::bigint as sum from journal_line l join journal_entry e on e.id = l.entry_id
      where e.legal_entity_id = ${ENTITY} and l.account = ${account}`.execute(world.db);
    return rows[0]?.sum ?? 0;
  }

  it('settles orders by discount, references, sums with a credit note, batches, foreign money and two equal payments', async () => {
    await hire('C-1', 'Abacus Discount GmbH', { earlyPaymentDiscount: [{ days: 10, percent: '2.00' }] });
    await hire('C-2', 'Birkenhof Doppel KG');
    await hire('C-3', 'Cassiopeia Summen AG');
    await hire('C-4', 'Dornfelder Weine GmbH');
    await hire('C-5', 'Eisvogel Reisen GmbH');
    await hire('C-6', 'Foxglove Trading Inc');
    await hire('C-7', 'Gezeiten Energie GmbH');
    await hire('C-8', 'Habicht Bau GmbH');
    await hire('C-9', 'Immergrün Garten GmbH');
    await sell('SO-101', 'C-1', '1000');
    await sell('SO-201', 'C-2', '250');
    await sell('SO-202', 'C-2', '417.35');
    await sell('SO-301', 'C-3', '311.17');
    await sell('SO-302', 'C-3', '529.40');
    await sell('SO-303', 'C-3', '188.88');
    await sell('SO-401', 'C-4', '77.10');
    await sell('SO-402', 'C-4', '66.20');
    await sell('SO-501', 'C-5', '90');
    await sell('SO-502', 'C-5', '90');
    done(
      await door.ask('POST', '/v1/exchange-rates', {
        body: { legalEntity: ENTITY, currency: 'USD', on: '2026-01-10', rate: '0.92' },
      }),
    );
    await sell('SO-601', 'C-6', '500', { currency: 'USD' });
    await sell('SO-701', 'C-7', '340');
    await sell('SO-801', 'C-8', '120');
    await sell('SO-901', 'C-9', '45');
    await sell('SO-902', 'C-9', '45');

    // An invoice that was paid, and credited afterwards in part: a credit of 29.40 is open.
    await sell('SO-304', 'C-3', '100');
    await tellPayment('C-3', '100.00', 'SO-304');
    await creditOf('SO-304', '29.40');

    const fileId = await send(
      [
        entry('DISCOUNT', 98_000, { text: `${sold('SO-101').invoice} abzgl. 2% Skonto`, name: 'Abacus Discount GmbH' }),
        entry('TWO', 66_735, {
          text: `Rechnungen ${sold('SO-201').invoice} und ${sold('SO-202').invoice}`,
          name: 'Birkenhof Doppel KG',
        }),
        // 311.17 + 529.40 less the credit of 29.40, and not 188.88.
        entry('SUM', 81_117, { text: 'Zahlung Januar', name: 'Cassiopeia Summen AG' }),
        {
          reference: 'BATCH',
          transactions: [
            { amountMinor: 7_710, text: sold('SO-401').invoice, name: 'Dornfelder Weine GmbH' },
            { amountMinor: 6_620, text: sold('SO-402').invoice, name: 'Dornfelder Weine GmbH' },
          ],
        },
        entry('TIE', 9_000, { text: 'Reisekosten', name: 'Eisvogel Reisen GmbH' }),
        entry('DOLLARS', 46_300, {
          text: sold('SO-601').invoice,
          name: 'Foxglove Trading Inc',
          instructed: { currency: 'USD', amountMinor: 50_000, rate: '0.94' },
          chargesMinor: 700,
        }),
        entry('DEBIT', 34_000, {
          text: `Lastschrift ${sold('SO-701').invoice}`,
          name: 'Gezeiten Energie GmbH',
          endToEndId: 'E2E-701',
        }),
        entry('CENT', 11_999, { text: sold('SO-801').invoice, name: 'Habicht Bau GmbH' }),
        entry('EQUAL-A', 4_500, { text: sold('SO-901').invoice, name: 'Immergrün Garten GmbH' }),
        entry('EQUAL-B', 4_500, { text: sold('SO-902').invoice, name: 'Immergrün Garten GmbH' }),
        { ...entry('PENDING', 99_900, { text: sold('SO-303').invoice, name: 'Cassiopeia Summen AG' }), status: 'PDNG' },
      ],
      { id: 'STMT-1', on: '2026-01-13', openingMinor: OPENING_MINOR },
    );
    const states = await linesOf(fileId);
    assert.deepEqual(states, {
      ...{
        'DISCOUNT-1': 'applied',
        'TWO-1': 'applied',
        'SUM-1': 'applied',
        'BATCH-1': 'applied',
        'BATCH-2': 'applied',
      },
      ...{ 'TIE-1': 'open', 'DOLLARS-1': 'applied', 'DEBIT-1': 'applied', 'CENT-1': 'applied' },
      ...{ 'EQUAL-A-1': 'applied', 'EQUAL-B-1': 'applied', 'PENDING-1': 'ignored' },
    });
    const paid = [
      'SO-101',
      'SO-201',
      'SO-202',
      'SO-301',
      'SO-302',
      'SO-401',
      'SO-402',
      'SO-601',
      'SO-701',
      'SO-801',
      'SO-901',
      'SO-902',
    ];
    for (const number of paid) await assertStage(number, 'settled');
    for (const number of ['SO-303', 'SO-501', 'SO-502']) await assertStage(number, 'collection');

    assert.equal(await balance('discounts'), 2_000);
    assert.equal(await balance('bank_charges'), 700);
    assert.equal(await balance('small_differences'), 1);
    // 500.00 USD at 0.92 stood at 460.00; 463.00 and 7.00 of charges came for them.
    assert.equal(await balance('exchange_difference'), -1_000);
    assert.equal(await balance('unapplied_cash'), 0);
    assert.equal(await balance('receivable'), 18_888 + 9_000 + 9_000);
    // All that was booked but the line that waits.
    assert.equal(
      await balance('clearing:statement'),
      98_000 + 66_735 + 81_117 + 14_330 + 46_300 + 34_000 + 11_999 + 9_000,
    );
    await assertBooksHold(world.db);
  });

  it('leaves the tie to a person, who decides by one request', async () => {
    const { body } = await door.ask('GET', `/v1/worklists/cash?legalEntity=${ENTITY}`);
    const [waiting, ...others] = body['data'] as {
      id: string;
      proposals: { place: number; shares: { number: string }[] }[];
    }[];
    assert.deepEqual(others, []);
    assert.ok(waiting !== undefined);
    const proposed = waiting.proposals.map((proposal) => proposal.shares.map(({ number }) => number).join('+'));
    // The one, the other, or neither: on the customer's account.
    assert.deepEqual([...proposed].sort(), ['', sold('SO-501').invoice, sold('SO-502').invoice].sort());
    const place = proposed.indexOf(sold('SO-502').invoice) + 1;
    const decided = await door.ask('POST', `/v1/bank-lines/${waiting.id}/decision`, {
      body: { decision: 'confirm', proposal: place },
    });
    done(decided);
    await assertStage('SO-502', 'settled');
    await assertStage('SO-501', 'collection');
  });

  it('settles an invoice with a credit that is left, by one request, and no more by another', async () => {
    await sell('SO-310', 'C-3', '80');
    await tellPayment('C-3', '80.00', 'SO-310');
    await creditOf('SO-310', '15.00');
    const { rows } = await sql<{ id: string; credit: string }>`
      select i.customer_id as id, i.number as credit from open_item i join sales_order o on o.id = i.order_id
      where o.number = 'SO-310' and i.side = 'credit'`.execute(world.db);
    const [open] = rows;
    assert.ok(open !== undefined);
    const clear = (body: object, idempotencyKey: string): Promise<Reply> =>
      door.ask('POST', `/v1/customers/${open.id}/clearings`, { body, idempotencyKey });
    const asked = { credit: open.credit, item: sold('SO-303').invoice };
    const tooMuch = await clear({ ...asked, amount: { amount: '15.01', currency: 'EUR' } }, 'too-much');
    assert.deepEqual([tooMuch.status, tooMuch.body['code']], [422, 'clearing_does_not_fit']);
    for (const key of ['clear-once', 'clear-once']) {
      const { body } = done(await clear(asked, key));
      assert.deepEqual(body, { ...asked, amount: { amount: '15.00', currency: 'EUR' } });
    }
    await assertStage('SO-310', 'settled');
    assert.deepEqual((await clear(asked, 'clear-again')).body['code'], 'clearing_does_not_fit');
    await assertBooksHold(world.db);

    const undo = (body: object, idempotencyKey: string): Promise<Reply> =>
      door.ask('POST', `/v1/customers/${open.id}/clearings/undo`, { body, idempotencyKey });
    const leftOf = async (number: string): Promise<number | undefined> => {
      const found = await sql<{
        open: number;
      }>`select open_minor as open from open_item where number = ${number}`.execute(world.db);
      return found.rows[0]?.open;
    };
    const itemLeft = await leftOf(asked.item);
    for (const key of ['undo-once', 'undo-once']) {
      const { body } = done(await undo(asked, key));
      assert.deepEqual(body, { ...asked, amount: { amount: '15.00', currency: 'EUR' } });
    }
    assert.deepEqual([await leftOf(open.credit), await leftOf(asked.item)], [1_500, (itemLeft ?? 0) + 1_500]);
    assert.deepEqual((await undo(asked, 'undo-again')).body['code'], 'nothing_to_undo');
    const own = await undo({ credit: open.credit, item: sold('SO-310').invoice }, 'undo-own');
    assert.deepEqual([own.status, own.body['code']], [422, 'own_credit']);
    const tasks = await sql`select 1 from task where kind = 'open_credit' and state = 'open' and item_id =
      (select id from open_item where number = ${open.credit})`.execute(world.db);
    assert.equal(tasks.rows.length, 1);
    await assertBooksHold(world.db);
    done(await clear(asked, 'clear-anew'));
    await assertStage('SO-310', 'settled');
    await assertBooksHold(world.db);
  });

  it('takes back a returned debit, and the order goes on', async () => {
    await world.goTo('2026-01-16T08:00:00Z');
    const closing = await closingOf('STMT-1');
    const fileId = await send(
      [
        {
          reference: 'RETURN',
          isDebit: true,
          transactions: [
            {
              amountMinor: 34_000,
              text: 'Ruecklastschrift',
              endToEndId: 'E2E-701',
              returnReason: 'AM04',
              name: 'Gezeiten Energie GmbH',
            },
          ],
        },
      ],
      { id: 'STMT-2', on: '2026-01-16', openingMinor: closing },
    );
    assert.deepEqual(Object.values(await linesOf(fileId)), ['returned']);
    await assertStage('SO-701', 'collection');
    const { rows } = await sql`select 1 from task where legal_entity_id = ${ENTITY} and kind = 'statement_gap'`.execute(
      world.db,
    );
    assert.equal(rows.length, 0);
    await assertBooksHold(world.db);
  });

  it('adds nothing when it is sent again, under whatever name', async () => {
    const before = await counts();
    const text = camt053({
      ...{ id: 'STMT-2', on: '2026-01-16', openingMinor: await closingOf('STMT-1'), iban: IBAN },
      entries: [
        {
          reference: 'RETURN',
          isDebit: true,
          transactions: [
            {
              amountMinor: 34_000,
              text: 'Ruecklastschrift',
              endToEndId: 'E2E-701',
              returnReason: 'AM04',
              name: 'Gezeiten Energie GmbH',
            },
          ],
        },
      ],
    });
    const same = await door.upload(`/v1/bank-statements?legalEntity=${ENTITY}&name=again.xml`, text);
    assert.equal(same.status, 200, same.text);
    const other = await door.upload(
      `/v1/bank-statements?legalEntity=${ENTITY}&name=other.xml`,
      `${text}<!-- sent again -->`,
    );
    await eventually(async () => {
      const { body } = await door.ask('GET', `/v1/bank-statements/${String(other.body['id'])}`);
      assert.equal(body['state'], 'done');
    });
    assert.deepEqual(await counts(), before);
  });

  const entry = (
    reference: string,
    amountMinor: number,
    more: Omit<CamtEntry['transactions'][number], 'amountMinor'>,
  ): CamtEntry => ({
    reference,
    transactions: [{ amountMinor, ...more }],
  });

  async function creditOf(number: string, amount: string): Promise<void> {
    const { id, invoice } = sold(number);
    const maker = await door.keyFor('customer_service');
    const checker = await door.keyFor('ar_manager');
    const asked = done(
      await door.ask('POST', `/v1/orders/${id}/credit-notes`, {
        key: maker,
        body: { item: invoice, amount: { amount, currency: 'EUR' }, reason: 'damaged' },
      }),
    );
    done(
      await door.ask('POST', `/v1/approvals/${String(asked.body['id'])}/decision`, {
        key: checker,
        body: { decision: 'approve' },
      }),
    );
  }

  /** A payment that a provider tells; its money comes with some later file. */
  async function tellPayment(customerNumber: string, amount: string, reference: string): Promise<void> {
    const body = {
      ...{ legalEntity: ENTITY, customer: customerNumber, amount: { amount, currency: 'EUR' }, valueOn: '2026-01-12' },
      ...{ reference, source: 'psp', sourceId: `psp-${reference}` },
    };
    done(await door.ask('POST', '/v1/payments', { body }));
    await assertStage(reference, 'settled');
  }

  async function closingOf(statementId: string): Promise<number> {
    const { rows } = await sql<{ closing: number }>`
      select closing_minor as closing from bank_statement where legal_entity_id = ${ENTITY} and statement_id = ${statementId}`.execute(
      world.db,
    );
    assert.ok(rows[0] !== undefined);
    return rows[0].closing;
  }

  async function counts(): Promise<unknown> {
    const { rows } =
      await sql`select (select count(*) from bank_line) as lines, (select count(*) from payment) as payments,
      (select count(*) from journal_entry) as entries`.execute(world.db);
    return rows;
  }
});
