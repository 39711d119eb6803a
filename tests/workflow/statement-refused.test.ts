// Bank files that are not right: refused whole with the figures or the place, nothing of them visible, and a person's to look after.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Db } from '../../src/database/client.ts';
import { camt053 } from '../harness/camt.ts';
import { makeCompany } from '../harness/company.ts';
import { IBAN, inBank, nameAccount, openBank, openTasks, upload, type BankWorld } from '../harness/statements.ts';

const OTHER_IBAN = 'DE89370400440532013000';
const DAY = { id: 'S-1', iban: IBAN, on: '2026-01-15', openingMinor: 100_000 };
const ENTRIES = [
  { reference: 'R1', transactions: [{ amountMinor: 11_900, text: 'INV-000001' }] },
  { reference: 'R2', transactions: [{ amountMinor: 5_000, text: 'hello' }] },
];

async function countOf(
  db: Db,
  table: 'bank_line' | 'bank_statement' | 'bank_line_staging' | 'bank_file_chunk',
): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(db);
  return rows[0]?.count ?? 0;
}

async function nothingIsVisible({ db }: BankWorld): Promise<void> {
  for (const table of ['bank_line', 'bank_statement', 'bank_line_staging'] as const) {
    assert.equal(await countOf(db, table), 0, table);
  }
}

describe('R19: a bank file', () => {
  const wrong: readonly (readonly [string, () => string, string, RegExp])[] = [
    [
      'of an account nobody named',
      () => camt053({ ...DAY, iban: OTHER_IBAN, entries: ENTRIES }),
      'bank_file.unknown_account',
      /DE89370400440532013000/,
    ],
    [
      'in another currency than the account',
      () => camt053({ ...DAY, currency: 'USD', entries: ENTRIES }),
      'bank_file.wrong_currency',
      /USD.*EUR/,
    ],
    ['that is cut in half', () => camt053({ ...DAY, entries: ENTRIES }).slice(0, 1_500), 'bank_file.', /./],
    [
      'with the same statement twice',
      () => camt053({ ...DAY, entries: ENTRIES }, { ...DAY, entries: ENTRIES }),
      'bank_file.statement_twice',
      /twice/,
    ],
  ];
  let bank: BankWorld;
  before(async () => {
    bank = await openBank();
  });
  after(() => bank.close());

  for (const [what, file, code, text] of wrong) {
    it(`${what} is refused whole, with the place`, async () => {
      const sent = await bank.send(file());
      assert.equal(sent.file.state, 'refused');
      const { problem } = sent.file;
      assert.ok(problem?.code.startsWith(code) === true, JSON.stringify(problem));
      assert.match(problem.text, text);
      assert.notEqual(problem.place, '');
      await nothingIsVisible(bank);
      const tasks = await sql<{ count: number }>`select count(*) as count from task
        where key = ${`statement_refused/${sent.file.id}`} and state = 'open'`.execute(bank.db);
      assert.equal(tasks.rows[0]?.count, 1);
      const accepted = await bank.door.ask('POST', `/v1/bank-statements/${sent.file.id}/acceptance`, {
        body: { reason: 'It will be fine.' },
      });
      assert.deepEqual([accepted.status, accepted.body['code']], [409, 'bank_file_not_acceptable']);
    });
  }

  it('that is empty, of no known kind, CSV without a mapping or sent as JSON is refused at the door, and nothing is kept', async () => {
    const { door } = bank;
    const kept = await countOf(bank.db, 'bank_file_chunk');
    const codeOf = async (content: string, how = {}): Promise<unknown[]> => {
      const { status, code } = await upload(door, content, how);
      return [status, code];
    };
    assert.deepEqual(await codeOf(''), [422, 'bank_file_empty']);
    assert.deepEqual(await codeOf('Dear Sir or Madam'), [422, 'bank_file_format_unknown']);
    const csv = 'Buchungstag;Betrag;Verwendungszweck\n15.01.2026;119,00;INV-000001\n';
    assert.deepEqual(await codeOf(csv, { name: 'sales.csv' }), [422, 'csv_mapping_unknown']);
    assert.deepEqual(await codeOf(csv, { legalEntity: 'NOBODY' }), [404, 'not_found']);
    const json = await door.ask('POST', `/v1/bank-statements?legalEntity=${bank.company.id}`, { body: {} });
    assert.deepEqual([json.status, json.body['code']], [415, 'media_type_unsupported']);
    await nothingIsVisible(bank);
    assert.equal(await countOf(bank.db, 'bank_file_chunk'), kept);
  });

  it('in CSV is read by the mapping that was saved for it', async () => {
    const { door, company } = bank;
    const csv = 'Buchungstag;Betrag;Verwendungszweck\n15.01.2026;1.119,00;INV-000001\n16.01.2026;-7,50;fee\n';
    const proposed = await door.ask('POST', '/v1/csv-mappings/proposals', {
      body: { legalEntity: company.id, head: csv },
    });
    assert.equal(proposed.status, 200, proposed.text);
    const { mapping, missing } = proposed.body as { mapping: Record<string, unknown>; missing: string[] };
    assert.deepEqual(missing, ['account', 'currency']);
    const added = { account: { fixed: IBAN }, currency: { fixed: 'EUR' } };
    const body = { legalEntity: company.id, name: 'house-bank', mapping: { ...mapping, ...added } };
    const saved = await door.ask('POST', '/v1/csv-mappings', { body });
    assert.equal(saved.status, 201, saved.text);
    const sent = await bank.send(csv, { name: 'sales.csv', mapping: 'house-bank' });
    assert.deepEqual([sent.file.state, sent.file.problem, sent.file.linesNew], ['done', null, 2]);
    assert.deepEqual(await bank.lines(), ['111900 open unknown_payer', '-750 ignored money_out']);
  });
});

describe('a bank file of an account that is not ours', () => {
  it('is refused, also when it is another legal entity’s, and may be sent again once the account is ours', () =>
    inBank({}, async (bank) => {
      const { db, company } = bank;
      await makeCompany(db, { legalEntityId: 'THEIRS' });
      await nameAccount(db, { legalEntityId: 'THEIRS', number: OTHER_IBAN });
      const file = camt053({ ...DAY, iban: OTHER_IBAN, entries: ENTRIES });
      const refused = await bank.send(file);
      assert.equal(refused.file.problem?.code, 'bank_file.other_entity');
      assert.doesNotMatch(refused.file.problem.text, /THEIRS/);
      await bank.door.ask('POST', '/v1/house-bank-accounts', {
        body: { legalEntity: company.id, number: OTHER_IBAN, currency: 'EUR', name: 'Taken over' },
      });
      const again = await bank.send(file);
      assert.notEqual(again.file.id, refused.file.id);
      assert.deepEqual([again.file.state, again.file.linesNew], ['done', 2]);
      assert.ok(!(await openTasks(db)).includes('statement_refused'));
    }));
});

describe('totals that do not hold', () => {
  it('refuse the file with the figures; a second person accepts it with a reason, and its lines are applied', () =>
    inBank({}, async (bank) => {
      const { door, db } = bank;
      const sender = await door.keyFor('cash_applier');
      const file = camt053({ ...DAY, entries: ENTRIES, wrongBy: 100 });
      const sent = await bank.send(file, { key: sender });
      const { problem } = sent.file;
      assert.deepEqual([sent.file.state, problem?.code], ['refused', 'bank_file.totals']);
      assert.match(problem?.text ?? '', /1170\.00 EUR.*1169\.00 EUR/);
      assert.deepEqual(
        problem?.checks.map(({ declared, found }) => [declared, found]),
        [['1170.00', '1169.00']],
      );
      await nothingIsVisible(bank);

      const accept = (key: string) =>
        door.ask('POST', `/v1/bank-statements/${sent.file.id}/acceptance`, {
          body: { reason: 'The bank knows.' },
          key,
        });
      assert.equal((await accept(sender)).status, 403);
      const second = await door.keyFor('treasurer');
      const accepted = await accept(second);
      assert.ok([200, 202].includes(accepted.status), accepted.text);
      const done = await bank.send(file);
      assert.deepEqual([done.file.id, done.file.state], [sent.file.id, 'done']);
      assert.deepEqual([done.file.acceptedBy, done.file.statements[0]?.isBalanced], ['key:treasurer', false]);
      assert.equal((await bank.lines()).length, 2);
      assert.deepEqual(await openTasks(db), ['cash_exceptions']);
      const { rows } = await sql<{ action: string }>`select action from audit_entry
        where subject = ${sent.file.id} order by id`.execute(db);
      assert.deepEqual(
        rows.map((row) => row.action),
        ['statement.received', 'statement.refused', 'statement.accepted', 'statement.applied'],
      );
      const again = await accept(second);
      assert.deepEqual([again.status, again.body['code']], [409, 'bank_file_not_acceptable']);
    }));

  it('are not accepted by whoever sent the file, whatever else they may do', () =>
    inBank({}, async (bank) => {
      const sent = await bank.send(camt053({ ...DAY, entries: ENTRIES, wrongBy: -1 }));
      const own = await bank.door.ask('POST', `/v1/bank-statements/${sent.file.id}/acceptance`, {
        body: { reason: 'I know it better.' },
      });
      assert.deepEqual([own.status, own.body['code']], [403, 'maker_is_checker']);
      await nothingIsVisible(bank);
    }));
});

describe('a gap between two statements', () => {
  it('stores the file and asks for the missing one, until it comes', () =>
    inBank({}, async (bank) => {
      const day = (id: string, on: string, openingMinor: number, amountMinor: number): string =>
        camt053({ ...DAY, id, on, openingMinor, entries: [{ reference: `R-${id}`, transactions: [{ amountMinor }] }] });
      await bank.send(day('S-1', '2026-01-15', 100_000, 1_000));
      const third = await bank.send(day('S-3', '2026-01-17', 103_000, 3_000));
      assert.equal(third.file.state, 'done');
      const gaps = await sql<{
        reason: string;
      }>`select reason from task where kind = 'statement_gap' and state = 'open'`.execute(bank.db);
      assert.match(gaps.rows[0]?.reason ?? '', /1010\.00 EUR on 2026-01-15.*1030\.00 EUR/);
      await bank.send(day('S-2', '2026-01-16', 101_000, 2_000));
      assert.ok(!(await openTasks(bank.db)).includes('statement_gap'));
    }));
});
