// Bank files from the door to settled orders: each line is told once, however often and in whatever file it comes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Customer, Order } from '../harness/acme.ts';
import { camt053, type CamtStatement } from '../harness/camt.ts';
import { IBAN, inBank, openTasks, upload, type BankWorld } from '../harness/statements.ts';
import { eventually } from '../harness/world.ts';

const orderMinor = 11_900;
const DAY = { id: 'S-1', iban: IBAN, on: '2026-01-15', openingMinor: 100_000 };

/** One entry of a statement: so much money with such a text. */
function entry(reference: string, amountMinor: number, text: string): CamtStatement['entries'][number] {
  return { reference, transactions: [{ amountMinor, text, name: 'Customer C-1' }] };
}

async function invoiced({ company }: BankWorld, customer: Customer, number: string): Promise<Order> {
  const order = await company.order(customer, number);
  await company.ship(order);
  await stageIs({ company }, order, 'collection');
  return order;
}

async function stageIs({ company }: Pick<BankWorld, 'company'>, order: Order, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order), stage);
  });
}

describe('a bank file', () => {
  it('turns invoices into settled orders, and asks a person about the rest', () =>
    inBank({}, async (bank) => {
      const { company, db } = bank;
      const customer = await company.customer('C-1');
      const [one, two] = [await invoiced(bank, customer, 'SO-1'), await invoiced(bank, customer, 'SO-2')];
      const file = camt053({
        ...DAY,
        entries: [
          entry('R1', orderMinor, 'Invoice INV-000001'),
          { reference: 'R2', transactions: [{ amountMinor: 777, text: 'thank you', name: 'Somebody Else' }] },
          entry('R3', orderMinor, 'INV-000002'),
        ],
      });
      const sent = await bank.send(file, { name: 'january.xml' });
      assert.deepEqual([sent.code, sent.file.state, sent.file.problem], [null, 'done', null]);
      assert.deepEqual([sent.file.linesRead, sent.file.linesNew, sent.file.linesDone], [3, 3, 3]);
      assert.deepEqual(sent.file.lines, {
        ...{ stored: 0, open: 1, applied: 2, cleared: 0, returned: 0, duplicate: 0, ignored: 0 },
      });
      assert.deepEqual(await bank.lines(), ['11900 applied', '777 open unknown_payer', '11900 applied']);
      for (const order of [one, two]) await stageIs(bank, order, 'settled');
      assert.deepEqual(await openTasks(db), ['cash_exceptions']);
    }));

  it('pays nothing by a pending line, and once by the booked one that follows', () =>
    inBank({}, async (bank) => {
      const { company } = bank;
      const order = await invoiced(bank, await company.customer('C-1'), 'SO-1');
      const paid = entry('R1', orderMinor, 'INV-000001');
      const pending = await bank.send(camt053({ ...DAY, entries: [{ ...paid, status: 'PDNG' }] }));
      assert.deepEqual([pending.file.state, await bank.lines()], ['done', ['11900 ignored pending']]);
      assert.equal(await company.stage(order), 'collection');
      await bank.send(camt053({ ...DAY, id: 'S-2', entries: [paid] }));
      assert.deepEqual(await bank.lines(), ['11900 ignored pending', '11900 applied']);
      await stageIs(bank, order, 'settled');
    }));
});

describe('R18: what was told before', () => {
  it('adds nothing: the same file, its bytes under another name, and other bytes with the same lines', () =>
    inBank({}, async (bank) => {
      const { company, db } = bank;
      const order = await invoiced(bank, await company.customer('C-1'), 'SO-1');
      const file = camt053({ ...DAY, entries: [entry('R1', orderMinor, 'INV-000001')] });
      const first = await bank.send(file, { idempotencyKey: 'key-of-the-file' });
      assert.ok([201, 202].includes(first.status), String(first.status));

      const replayed = await upload(bank.door, file, { idempotencyKey: 'key-of-the-file' });
      assert.deepEqual([replayed.file.id, [200, 201].includes(replayed.status)], [first.file.id, true]);
      const other = await upload(bank.door, `${file} `, { idempotencyKey: 'key-of-the-file' });
      // An answer that came too late gave its key back; the same key with another file is otherwise refused.
      if (first.status === 201) assert.deepEqual([other.status, other.code], [422, 'idempotency_key_reused']);

      const again = await bank.send(file, { name: 'copy of january.xml' });
      assert.deepEqual([again.status, again.file.id], [200, first.file.id]);

      const spelled = await bank.send(file.replaceAll('\n', '\r\n'), { name: 'windows.xml' });
      assert.notEqual(spelled.file.id, first.file.id);
      assert.deepEqual([spelled.file.state, spelled.file.linesRead, spelled.file.linesNew], ['done', 1, 0]);
      assert.deepEqual(await bank.lines(), ['11900 applied']);
      const { rows } = await sql<{ count: number }>`select count(*) as count from payment`.execute(db);
      assert.equal(rows[0]?.count, 1);
      await stageIs(bank, order, 'settled');
    }));

  it('of an overlapping file is counted, and only the rest is new', () =>
    inBank({}, async (bank) => {
      const { company } = bank;
      const customer = await company.customer('C-1');
      const orders = [await invoiced(bank, customer, 'SO-1'), await invoiced(bank, customer, 'SO-2')];
      const one = entry('R1', orderMinor, 'INV-000001');
      await bank.send(camt053({ ...DAY, entries: [one] }));
      const later = await bank.send(camt053({ ...DAY, entries: [one, entry('R2', orderMinor, 'INV-000002')] }));
      assert.deepEqual([later.file.linesRead, later.file.linesNew], [2, 1]);
      assert.deepEqual(await bank.lines(), ['11900 applied', '11900 applied']);
      for (const order of orders) await stageIs(bank, order, 'settled');
    }));

  it('and two equal payments of one day without a reference are two, also when the second comes in a longer file', () =>
    inBank({}, async (bank) => {
      const mt940 = (count: number): string =>
        [
          ':20:STATEMENT',
          `:25:${IBAN}`,
          ':28C:1/1',
          ':60F:C260114EUR1000,00',
          ...Array.from({ length: count }, () => [':61:2601150115C119,00NTRFNONREF', ':86:COFFEE']).flat(),
          `:62F:C260115EUR${String(1000 + 119 * count)},00`,
          '-',
          '',
        ].join('\r\n');
      await bank.send(mt940(2));
      assert.equal((await bank.lines()).length, 2);
      const longer = await bank.send(mt940(3));
      assert.deepEqual([longer.file.state, longer.file.linesRead, longer.file.linesNew], ['done', 3, 1]);
      assert.equal((await bank.lines()).length, 3);
    }));

  it('by another kind of file is the same movement where the reference says so, and a person’s where none does', () =>
    inBank({}, async (bank) => {
      const { company } = bank;
      const order = await invoiced(bank, await company.customer('C-1'), 'SO-1');
      const referred = { amountMinor: orderMinor, text: 'INV-000001', name: 'Customer C-1', endToEndId: 'E2E-77' };
      await bank.send(
        camt053({
          ...DAY,
          entries: [
            { reference: 'R1', transactions: [referred] },
            { reference: 'R2', transactions: [{ amountMinor: 5_000 }] },
          ],
        }),
      );
      await stageIs(bank, order, 'settled');
      const mt940 = [
        ':20:STATEMENT',
        `:25:${IBAN}`,
        ':28C:1/1',
        ':60F:C260114EUR1000,00',
        ':61:2601150115C119,00NTRFNONREF',
        ':86:166?20EREF+E2E-77?21SVWZ+INV-000001?32Customer C-1',
        ':61:2601150115C50,00NTRFNONREF',
        ':86:166?00GUTSCHRIFT',
        ':61:2601150115C7,00NTRFNONREF',
        ':86:166?20SVWZ+SOMETHING NEW',
        ':62F:C260115EUR1176,00',
        '-',
        '',
      ].join('\r\n');
      const sent = await bank.send(mt940);
      assert.deepEqual([sent.file.state, sent.file.linesNew], ['done', 3]);
      const [, , ...ofMt940] = await bank.lines();
      assert.deepEqual(ofMt940.slice(0, 2), ['11900 duplicate told_before', '5000 open maybe_duplicate']);
      assert.match(ofMt940[2] ?? '', /^700 open (?!maybe_duplicate)/);
    }));
});
