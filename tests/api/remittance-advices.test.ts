// Remittance advice before and after its money, by trace and by payer; what fits twice is a person's.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { eventually } from '../harness/world.ts';
import { answered, CashWorld, eur } from './cash-world.ts';

describe('remittance advice', () => {
  let cash: CashWorld;
  before(async () => {
    cash = await CashWorld.open();
  });
  after(() => cash.close());

  async function tell(
    advice: Record<string, unknown>,
    status = 201,
  ): Promise<{ id: string; state: string; line: string | null }> {
    const body = { legalEntity: 'ACME-DE', advice };
    const { data } = answered(await cash.door.ask('POST', '/v1/remittance-advices', { body }), status);
    const [first] = data as { id: string; state: string; line: string | null }[];
    assert.ok(first);
    return first;
  }

  async function state(id: string): Promise<Record<string, unknown>> {
    return answered(await cash.door.ask('GET', `/v1/remittance-advices/${id}`));
  }

  it('that comes first waits for its money, and says what it pays', async () => {
    const customer = await cash.world.company.customer('C-FIRST');
    await cash.owes(customer, 'FIRST-1101', 6_000);
    await cash.owes(customer, 'FIRST-2202', 4_000);
    const advice = {
      ...{ amount: eur('100.00'), trace: 'EFT-881', senderName: 'Customer C-FIRST' },
      lines: [
        { reference: 'FIRST-1101', paid: eur('60.00') },
        { reference: 'FIRST-2202', paid: eur('40.00') },
      ],
    };
    const told = await tell(advice);
    assert.equal(told.state, 'parked');
    assert.equal((await tell(advice, 200)).id, told.id, 'the same advice once');
    const line = await cash.receiveOne({ amountMinor: 10_000, endToEndId: 'EFT-881', name: 'Customer C-FIRST' });
    assert.equal(line.state, 'applied', JSON.stringify(line));
    assert.deepEqual([await cash.openMinor('FIRST-1101'), await cash.openMinor('FIRST-2202')], [0, 0]);
    const joined = await state(told.id);
    assert.deepEqual([joined['state'], joined['line']], ['joined', line.id]);
  });

  it('that comes after its money has the line matched and posted', async () => {
    const customer = await cash.world.company.customer('C-AFTER');
    await cash.owes(customer, 'AFTER-3303', 4_500);
    await cash.owes(customer, 'AFTER-4404', 4_500);
    const line = await cash.receiveOne({ amountMinor: 4_500, name: 'Customer C-AFTER', text: 'advice follows' });
    assert.equal(line.state, 'open', JSON.stringify(line));
    const told = await tell({
      ...{ amount: eur('45.00'), senderName: 'Customer C-AFTER' },
      lines: [{ reference: 'AFTER-4404', paid: eur('45.00') }],
    });
    assert.deepEqual([told.state, told.line], ['joined', line.id]);
    assert.equal((await cash.line(line.id)).state, 'applied');
    assert.deepEqual([await cash.openMinor('AFTER-3303'), await cash.openMinor('AFTER-4404')], [4_500, 0]);
  });

  it('that fits two payments alike is joined by a person', async () => {
    const customer = await cash.world.company.customer('C-TIE');
    for (const number of ['TIE-5505', 'TIE-6606', 'TIE-7707']) await cash.owes(customer, number, 2_500);
    const money = { amountMinor: 2_500, name: 'Customer C-TIE' };
    const [one, other] = await cash.receive({ ...money, text: 'a' }, { ...money, text: 'b' });
    assert.deepEqual([one?.state, other?.state], ['open', 'open'], JSON.stringify([one, other]));
    const told = await tell({
      ...{ amount: eur('25.00'), senderName: 'Customer C-TIE' },
      lines: [{ reference: 'TIE-6606', paid: eur('25.00') }],
    });
    assert.equal(told.state, 'open');
    assert.equal(await cash.openTasks('advice_open'), 1);
    const path = `/v1/remittance-advices/${told.id}/line`;
    const joined = answered(await cash.door.ask('POST', path, { body: { line: other?.id } }));
    assert.deepEqual([joined['state'], joined['line']], ['joined', other?.id]);
    assert.equal((await cash.line(other?.id ?? '')).state, 'applied');
    assert.equal(await cash.openMinor('TIE-6606'), 0);
    assert.equal(await cash.openTasks('advice_open'), 0);
    const twice = await cash.door.ask('POST', path, { body: { line: one?.id } });
    assert.deepEqual([twice.status, twice.body['code']], [409, 'advice_decided']);
  });

  it('that nobody looked for is found by the sweep', async () => {
    const customer = await cash.world.company.customer('C-SWEPT');
    for (const number of ['SWEPT-1212', 'SWEPT-2323']) await cash.owes(customer, number);
    const money = { amountMinor: 10_000, endToEndId: 'EFT-SWEPT', name: 'Customer C-SWEPT', text: 'x' };
    const line = await cash.receiveOne(money);
    assert.equal(line.state, 'open');
    const { rows } = await sql<{ id: string }>`
      insert into remittance_advice (legal_entity_id, trace, currency, amount_minor, lines, document_sha256, position, created_by, created_at)
      values ('ACME-DE', 'EFT-SWEPT', 'EUR', 10000, ${JSON.stringify([
        { reference: 'SWEPT-1212', paidMinor: 10_000, reducedMinor: null, reasonCode: null, isDiscount: false },
      ])}::jsonb, 'swept', 1, 'test', clock_timestamp() - interval '1 hour') returning id`.execute(cash.world.db);
    await cash.world.company.sweepNow();
    await eventually(async () => {
      assert.equal((await state(rows[0]?.id ?? ''))['state'], 'joined');
    });
    assert.deepEqual([await cash.openMinor('SWEPT-1212'), await cash.openMinor('SWEPT-2323')], [0, 10_000]);
  });

  it('without money is put away, and listed until then', async () => {
    const told = await tell({ amount: eur('77.70'), trace: 'NEVER', lines: [{ reference: 'X-1' }] });
    const list = async (query: string): Promise<string[]> => {
      const { data } = answered(
        await cash.door.ask('GET', `/v1/remittance-advices?legalEntity=ACME-DE&state=${query}`),
      );
      return (data as { id: string }[]).map(({ id }) => id);
    };
    assert.ok((await list('parked')).includes(told.id));
    assert.deepEqual(await list('overdue'), []);
    const ended = answered(await cash.door.ask('POST', `/v1/remittance-advices/${told.id}/end`, { body: {} }));
    assert.equal(ended['state'], 'ended');
    assert.ok(!(await list('parked')).includes(told.id));
  });

  it('is read from a CSV file, or refused with the place', async () => {
    const mapping = {
      ...{ separator: ',', decimalMark: '.', dateOrder: 'YMD', dateSeparator: '-', currency: 'EUR' },
      ...{ advice: { trace: 'Trace' }, line: { reference: 'Invoice', paid: 'Paid' } },
    };
    const file = (content: string) => ({ legalEntity: 'ACME-DE', file: { format: 'csv', content, mapping } });
    const good = await cash.door.ask('POST', '/v1/remittance-advices', {
      body: file('Trace,Invoice,Paid\nT-1,A-1,10.00\nT-1,A-2,5.50\nT-2,A-3,1.00\n'),
    });
    const { data } = answered(good, 201);
    assert.deepEqual(
      (data as { amount: unknown; trace: string }[]).map(({ amount, trace }) => ({ amount, trace })),
      [
        { amount: eur('15.50'), trace: 'T-1' },
        { amount: eur('1.00'), trace: 'T-2' },
      ],
    );
    const bad = await cash.door.ask('POST', '/v1/remittance-advices', {
      body: file('Trace,Invoice,Paid\nT-1,A-1,ten\n'),
    });
    assert.equal(bad.status, 422, bad.text);
    const sum = await cash.door.ask('POST', '/v1/remittance-advices', {
      body: {
        legalEntity: 'ACME-DE',
        advice: { amount: eur('10.00'), lines: [{ reference: 'A', paid: eur('9.00') }] },
      },
    });
    assert.deepEqual([sum.status, sum.body['code']], [422, 'remittance_sum']);
  });
});
