// Long statements: bounded histories, progress that can be seen, and one line that always fails does not hold the others up.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { sql } from 'kysely';
import pg from 'pg';
import { createLogger } from '../../src/api/log.ts';
import { startApi } from '../../src/api/server.ts';
import { statementWorkflowId } from '../../src/workflows/messages.ts';
import { camt053 } from '../harness/camt.ts';
import { longCamt, shareOf } from '../harness/long-statement.ts';
import { itemNumber, postManyItems } from '../harness/many-items.ts';
import { IBAN, inBank, openTasks, upload, type BankWorld } from '../harness/statements.ts';
import { eventually } from '../harness/world.ts';

/** `QUITTANCE_LONG=full`: a hundred thousand lines, which take about ten minutes. */
const IS_FULL = process.env['QUITTANCE_LONG'] === 'full';
const LINES = IS_FULL ? 100_000 : 3_000;
const DONE_WITHIN_MS = IS_FULL ? 30 * 60_000 : 3 * 60_000;
/** Events of one run; Temporal suggests to continue as new at about four thousand, and ends a run at fifty thousand. */
const EVENTS_MAX = 6_000;
const EVENTS_PER_LINE_MAX = 0.1;

/** Events of each run of the workflow, the latest run first. */
async function eventsOf({ client }: BankWorld, workflowId: string): Promise<number[]> {
  const counts: number[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { events } = await client.workflow.getHandle(workflowId, run.runId).fetchHistory();
    counts.push(events?.length ?? 0);
  }
  return counts;
}

describe('a long statement', () => {
  it(`of ${String(LINES)} lines stays within its history`, () =>
    inBank({}, async (bank) => {
      const { company, db } = bank;
      const share = shareOf(LINES);
      const { id } = await company.customer('C-1');
      await postManyItems(db, { legalEntityId: company.id, customerIds: [id], count: share.paid });
      const startedAt = Date.now();
      const sent = await bank.send(new Blob([...longCamt({ lines: LINES })]), { withinMs: DONE_WITHIN_MS });
      const { stored, open, applied, ignored } = sent.file.lines;
      assert.deepEqual([stored, open, applied, ignored], [0, share.unknown, share.paid, share.out]);
      assert.equal(sent.file.linesDone, LINES);
      const counts = await eventsOf(bank, statementWorkflowId({ legalEntityId: company.id, fileId: sent.file.id }));
      const sum = counts.reduce((all, one) => all + one, 0);
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      const runs = `${String(counts.length)} runs with ${counts.join(', ')} events`;
      process.stdout.write(`${String(LINES)} lines in ${String(seconds)} s, ${runs}\n`);
      assert.ok(Math.max(...counts) <= EVENTS_MAX, counts.join(', '));
      assert.ok(sum <= 30 + LINES * EVENTS_PER_LINE_MAX, String(sum));
    }));
});

describe('R24: a line that always fails', () => {
  it('is left to a person after its attempts, and the others flow', () =>
    inBank({}, async (bank) => {
      const { company, db, ownerUrl } = bank;
      const { id } = await company.customer('C-1');
      await postManyItems(db, { legalEntityId: company.id, customerIds: [id], count: 3 });
      const owner = new pg.Client({ connectionString: ownerUrl });
      await owner.connect();
      // The second payment cannot be stored, whatever anybody does.
      await owner.query(
        `create function is_poison() returns trigger language plpgsql as $$ begin raise 'poison'; end $$`,
      );
      await owner.query(`create trigger poison before insert on payment for each row
        when (new.reference like '%${itemNumber(1)}%') execute function is_poison()`);
      const entries = [0, 1, 2].map((index) => ({
        reference: `R${String(index)}`,
        transactions: [{ amountMinor: 10_000, text: `Invoice ${itemNumber(index)}`, name: 'Customer C-1' }],
      }));
      const day = { id: 'S-1', iban: IBAN, on: '2026-01-15', openingMinor: 0 };
      const sent = await bank.send(camt053({ ...day, entries }));
      assert.equal(sent.file.state, 'done');
      assert.deepEqual(await bank.lines(), ['10000 applied', '10000 open failed', '10000 applied']);
      assert.deepEqual(await openTasks(db), ['cash_exceptions']);
      const { rows } = await sql<{
        text: string;
      }>`select reasons -> 0 ->> 'text' as text from bank_line where state = 'open'`.execute(db);
      assert.match(rows[0]?.text ?? '', /could not be posted in 5 attempts/);
      await owner.query('drop trigger poison on payment');
      await owner.end();
    }));
});

describe('a file that was stored while Temporal was away', () => {
  it('is started by the sweep', () =>
    inBank({}, async (bank) => {
      const { company, db, ownerUrl } = bank;
      const connection = Connection.lazy({ address: '127.0.0.1:1', interceptors: [] });
      const [logger, temporal] = [createLogger({ level: 'silent' }), new Client({ connection })];
      const waits = { temporalDeadlineMs: 50, decisionWaitMs: 50 };
      const api = await startApi({ ...{ db, temporal, logger }, ...waits, port: 0, host: '127.0.0.1' });
      try {
        const day = { id: 'S-1', iban: IBAN, on: '2026-01-15', openingMinor: 0 };
        const file = camt053({ ...day, entries: [{ reference: 'R', transactions: [{ amountMinor: 100 }] }] });
        const stored = await upload({ url: api.url, key: bank.door.key }, file);
        assert.deepEqual([stored.status, stored.file.state], [202, 'received']);
        const owner = new pg.Client({ connectionString: ownerUrl });
        await owner.connect();
        await owner.query(`update bank_file set created_at = created_at - interval '1 hour'`);
        await owner.end();
        await company.sweepNow();
        await eventually(async () => {
          assert.equal((await bank.file(stored.file.id)).state, 'done');
        });
      } finally {
        await api.close();
        await connection.close();
      }
    }));
});
