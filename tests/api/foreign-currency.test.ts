// A legal entity in euros that sells in dollars, through the whole machine: rates told, an order to its settlement, and what is refused.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { assertBooksHold } from '../harness/books.ts';
import { customer, item, legalEntity, order, payment, type Reply } from './door.ts';
import { openEngineDoor, type EngineDoor } from './engine-door.ts';

const ENTITY = 'SELLS-ABROAD';
const usd = (amount: string) => ({ amount, currency: 'USD' });
const eur = (amount: string) => ({ amount, currency: 'EUR' });
const MS_PER_DAY = 86_400_000;
const daysAgo = (days: number): string => new Date(Date.now() - days * MS_PER_DAY).toISOString().slice(0, 10);

describe('foreign currency', () => {
  let door: EngineDoor;
  before(async () => {
    door = await openEngineDoor();
    await created('/v1/legal-entities', { ...legalEntity(ENTITY), invoicePrefix: 'ABROAD-' });
    await created('/v1/customers', { ...customer(ENTITY), creditLimit: eur('200.00') });
    await created('/v1/customers', { ...customer(ENTITY, 'C-2'), creditLimit: null });
    await created('/v1/items', item(ENTITY));
    await created('/v1/exchange-rates', { ...rate('USD', daysAgo(3)), rate: '0.80' });
    await created('/v1/exchange-rates', { ...rate('USD', daysAgo(1)), rate: '0.90' });
  });
  after(async () => {
    await assertBooksHold(door.world.db);
    await door.close();
  });

  async function created(path: string, body: unknown): Promise<Reply['body']> {
    const reply = await door.ask('POST', path, { body });
    assert.equal(reply.status, 201, reply.text);
    return reply.body;
  }

  async function refused(path: string, body: unknown): Promise<[number, unknown]> {
    const reply = await door.ask('POST', path, { body });
    return [reply.status, reply.body['code']];
  }

  const rate = (currency: string, on: string) => ({ legalEntity: ENTITY, currency, on, rate: '0.8500' });
  const dollars = (number: string, more: object = {}) => ({
    ...{ ...order(ENTITY, number), currency: 'USD', customer: 'C-2' },
    lines: [{ item: 'APPLE', quantity: '10', unitPrice: '10' }],
    ...more,
  });

  async function invoiced(id: unknown): Promise<{ number: string; open: unknown }> {
    await created(`/v1/orders/${String(id)}/shipments`, { lines: [{ line: 1, quantity: '10' }] });
    return door.eventually(async () => {
      const { body } = await door.ask('GET', `/v1/orders/${String(id)}`);
      const [first] = body['openItems'] as { number: string; open: unknown }[];
      assert.ok(first !== undefined);
      return first;
    });
  }

  /** Base sums by account of the entries that name an item. */
  async function baseOf(number: string): Promise<Record<string, number>> {
    const { rows } = await sql<{ account: string; base: number }>`
      select account, sum(base_minor)::bigint as base from journal_line where entry_id in (
        select l.entry_id from journal_line l join open_item i on i.id = l.item_id where i.number = ${number})
      group by account having sum(base_minor) <> 0 order by account`.execute(door.world.db);
    return Object.fromEntries(rows.map(({ account, base }) => [account, base]));
  }

  it('an order in dollars runs to its settled payment, with the realised difference in euros', async () => {
    const receipt = await created('/v1/orders', dollars('USD-1'));
    assert.deepEqual([receipt['currency'], receipt['gross']], ['USD', usd('119.00')]);
    const { number, open } = await invoiced(receipt['id']);
    assert.deepEqual(open, usd('119.00'));
    assert.deepEqual(await baseOf(number), { receivable: 10_710, revenue: -9_000, tax_payable: -1_710 });

    // The money came two days ago, when the dollar was at 0.80.
    const told = {
      ...payment(ENTITY, 'usd-1'),
      customer: 'C-2',
      amount: usd('119.00'),
      valueOn: daysAgo(2),
      reference: 'USD-1',
    };
    const paid = await created('/v1/payments', told);
    assert.deepEqual([paid['state'], paid['unapplied']], ['posted', usd('0.00')]);
    assert.deepEqual(await baseOf(number), {
      ...{ 'clearing:psp': 9_520, exchange_difference: 1_190, revenue: -9_000, tax_payable: -1_710 },
    });
    await door.eventually(async () => {
      const { body } = await door.ask('GET', `/v1/orders/${String(receipt['id'])}`);
      assert.equal(body['stage'], 'settled');
    });
    const again = await door.ask('POST', '/v1/payments', { body: told });
    assert.deepEqual([again.status, again.body['id']], [200, paid['id']]);
  });

  it('an order may bring its own rate, and keeps it', async () => {
    const receipt = await created('/v1/orders', dollars('USD-OWN', { exchangeRate: '0.7500' }));
    const { number } = await invoiced(receipt['id']);
    assert.deepEqual(await baseOf(number), { receivable: 8_925, revenue: -7_500, tax_payable: -1_425 });
    const same = await door.ask('POST', '/v1/orders', { body: dollars('USD-OWN', { exchangeRate: '0.75' }) });
    assert.deepEqual([same.status, same.body['id']], [200, receipt['id']]);
    assert.deepEqual(await refused('/v1/orders', dollars('USD-OWN')), [409, 'order_exists_with_other_content']);
  });

  it('a limit in euros counts dollars at their worth, and says so in euros', async () => {
    const first = await created('/v1/orders', dollars('USD-LIMIT-1', { customer: 'C-1' }));
    assert.equal((first['credit'] as { state: string }).state, 'approved');
    const second = await created('/v1/orders', dollars('USD-LIMIT-2', { customer: 'C-1' }));
    const { state, reasons } = second['credit'] as { state: string; reasons: unknown[] };
    assert.equal(state, 'held');
    assert.deepEqual(reasons, [
      {
        code: 'credit_limit_exceeded',
        text: 'Exposure 107.10 EUR and this order of 107.10 EUR make 214.20 EUR, 14.20 EUR above the limit of 200.00 EUR.',
        ...{ exposure: eur('107.10'), order: eur('107.10'), limit: eur('200.00') },
      },
    ]);
    const holds = await door.ask('GET', `/v1/credit-holds?legalEntity=${ENTITY}`);
    assert.deepEqual(
      (holds.body['data'] as { amount: unknown }[]).map(({ amount }) => amount),
      [eur('107.10')],
    );
  });

  it('an account shows items in their own currency and ageing in euros', async () => {
    const opening = { legalEntity: ENTITY, customer: 'C-1', invoicedOn: daysAgo(20), dueOn: daysAgo(10) };
    await created('/v1/opening-items', { ...opening, number: 'OLD-EUR', amount: eur('10.00') });
    await created('/v1/opening-items', {
      ...opening,
      number: 'OLD-USD',
      amount: usd('100.00'),
      baseAmount: eur('81.23'),
    });
    const { data } = (await door.ask('GET', `/v1/customers?legalEntity=${ENTITY}&number=C-1`)).body as {
      data: { id: string }[];
    };
    const account = await door.eventually(async () => {
      const { body } = await door.ask('GET', `/v1/customers/${String(data[0]?.id)}/account`);
      assert.equal((body['openItems'] as unknown[]).length, 2);
      return body;
    });
    assert.deepEqual(
      (account['openItems'] as { number: string; open: unknown }[]).map(({ number, open }) => [number, open]).sort(),
      [
        ['OLD-EUR', eur('10.00')],
        ['OLD-USD', usd('100.00')],
      ],
    );
    const { days1To30, total } = account['ageing'] as Record<string, unknown>;
    assert.deepEqual([days1To30, total], [eur('91.23'), eur('91.23')]);
    const { openItems } = account['exposure'] as Record<string, unknown>;
    assert.deepEqual(openItems, eur('91.23'));
  });

  it('what has no rate, no price, or a rate that it does not need is refused with what to do', async () => {
    const opening = {
      legalEntity: ENTITY,
      customer: 'C-2',
      number: 'OLD-X',
      invoicedOn: daysAgo(20),
      dueOn: daysAgo(10),
    };
    const cases: readonly [string, unknown, number, string][] = [
      ['/v1/orders', dollars('X-1', { currency: 'GBP' }), 422, 'exchange_rate_missing'],
      ['/v1/orders', dollars('X-2', { lines: [{ item: 'APPLE', quantity: '1' }] }), 422, 'unit_price_needed'],
      ['/v1/orders', { ...order(ENTITY, 'X-3'), exchangeRate: '1.1' }, 422, 'exchange_rate_not_needed'],
      ['/v1/orders', dollars('X-4', { exchangeRate: '0' }), 400, 'invalid_input'],
      [
        '/v1/orders',
        dollars('X-5', { exchangeRate: '9999999999', lines: [{ item: 'APPLE', quantity: '10', unitPrice: '999999' }] }),
        422,
        'amount_too_large',
      ],
      [
        '/v1/payments',
        { ...payment(ENTITY, 'x'), customer: 'C-2', amount: usd('1'), valueOn: daysAgo(40) },
        422,
        'exchange_rate_missing',
      ],
      ['/v1/opening-items', { ...opening, amount: eur('1'), baseAmount: eur('1') }, 422, 'exchange_rate_not_needed'],
      ['/v1/opening-items', { ...opening, amount: usd('1'), baseAmount: usd('1') }, 422, 'currency_not_supported'],
      [
        '/v1/opening-items',
        { ...opening, amount: usd('1'), baseAmount: eur('1'), exchangeRate: '1' },
        400,
        'invalid_input',
      ],
      ['/v1/opening-items', { ...opening, amount: { amount: '1', currency: 'CHF' } }, 422, 'exchange_rate_missing'],
    ];
    for (const [path, body, status, code] of cases)
      assert.deepEqual(await refused(path, body), [status, code], JSON.stringify(body));
  });

  it('rates are told once for a day, and listed the latest first', async () => {
    const sek = { ...rate('SEK', daysAgo(1)), rate: '0.0890', source: 'ECB' };
    const first = await created('/v1/exchange-rates', sek);
    assert.deepEqual([first['rate'], first['source']], ['0.089', 'ECB']);
    const again = await door.ask('POST', '/v1/exchange-rates', { body: { ...sek, rate: '0.089000' } });
    assert.deepEqual([again.status, again.body], [200, first]);
    assert.deepEqual(await refused('/v1/exchange-rates', { ...sek, rate: '0.0891' }), [409, 'exchange_rate_exists']);
    assert.deepEqual(await refused('/v1/exchange-rates', rate('EUR', daysAgo(1))), [422, 'exchange_rate_of_base']);
    assert.deepEqual(await refused('/v1/exchange-rates', rate('USD', daysAgo(-5))), [422, 'date_out_of_range']);
    assert.deepEqual(await refused('/v1/exchange-rates', { ...sek, rate: '-1' }), [400, 'invalid_input']);
    await created('/v1/exchange-rates', { ...sek, on: daysAgo(2) });
    const path = `/v1/exchange-rates?legalEntity=${ENTITY}&limit=2`;
    const page = (await door.ask('GET', path)).body as { data: { currency: string; on: string }[]; nextCursor: string };
    const rest = (await door.ask('GET', `${path}&cursor=${page.nextCursor}`)).body as typeof page;
    assert.deepEqual(
      [...page.data, ...rest.data].map(({ currency, on }) => `${currency} ${on}`),
      [`SEK ${daysAgo(1)}`, `SEK ${daysAgo(2)}`, `USD ${daysAgo(1)}`, `USD ${daysAgo(3)}`],
    );
    const seller = await door.keyFor([{ legalEntityId: ENTITY, role: 'sales' }]);
    const denied = await door.ask('POST', '/v1/exchange-rates', { key: seller, body: rate('GBP', daysAgo(1)) });
    assert.equal(denied.status, 403);
  });
});
