// `quittance statement` as a person runs it: what became of the file, in words, as JSON and as an exit code.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { camt053 } from '../harness/camt.ts';
import { postManyItems, itemNumber } from '../harness/many-items.ts';
import { IBAN, inBank } from '../harness/statements.ts';
import { runQuittance } from './quittance.ts';

const DAY = { id: 'S-1', iban: IBAN, on: '2026-01-15', openingMinor: 0 };
const ENTRIES = [
  { reference: 'R1', transactions: [{ amountMinor: 10_000, text: `Invoice ${itemNumber(0)}`, name: 'Customer C-1' }] },
  { reference: 'R2', transactions: [{ amountMinor: 777, text: 'thank you', name: 'Somebody Else' }] },
];

describe('quittance statement', () => {
  it('sends a file and tells what was applied and what waits; a refused one ends with 4, a missing one with 2', () =>
    inBank({}, async ({ company, db, door }) => {
      const { id } = await company.customer('C-1');
      await postManyItems(db, { legalEntityId: company.id, customerIds: [id], count: 1 });
      const folder = await mkdtemp(join(tmpdir(), 'quittance-statement-'));
      const environment = { QUITTANCE_URL: door.url, QUITTANCE_API_KEY: door.key };
      const run = (...args: string[]) => runQuittance(['statement', ...args], { environment, folder });
      try {
        await writeFile(join(folder, 'day.xml'), camt053({ ...DAY, entries: ENTRIES }));
        const sent = await run('day.xml');
        assert.equal(sent.code, 0, sent.stderr);
        assert.match(sent.stdout, /day\.xml \(camt\.053\) of ACME-DE/);
        assert.match(sent.stdout, /2 lines read, 0 told before, 2 new/);
        assert.match(sent.stdout, /1 {2}applied to open items/);
        assert.match(sent.stdout, /1 {2}wait for a person/);
        assert.match(sent.stdout, /7\.77 EUR .*Somebody Else/);

        const again = await run('day.xml', '--json', '--legal-entity', 'ACME-DE');
        assert.deepEqual((JSON.parse(again.stdout) as { linesNew: number }).linesNew, 2);

        await writeFile(join(folder, 'wrong.xml'), camt053({ ...DAY, id: 'S-2', entries: ENTRIES, wrongBy: 1 }));
        const refused = await run('wrong.xml', '--format', 'camt.053');
        assert.equal(refused.code, 4, refused.stderr);
        assert.match(refused.stdout, /Refused at .*107\.78.*107\.77/);

        assert.equal((await run('nowhere.xml')).code, 2);
        assert.equal((await run('day.xml', '--format', 'pdf')).code, 2);
        assert.equal((await run('day.xml', '--legal-entity', 'NOBODY')).code, 3);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }));
});
