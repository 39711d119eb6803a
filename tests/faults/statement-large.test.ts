// A very large bank file whose totals do not hold: refused whole with its figures, and neither the API nor the worker grows with it.

import assert from 'node:assert/strict';
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { createApiKey } from '../../src/database/queries/api-keys.ts';
import { ROLES } from '../../src/domain/roles.ts';
import { longCamt } from '../harness/long-statement.ts';
import { IBAN, nameAccount, upload } from '../harness/statements.ts';
import { eventually, inWorld } from '../harness/world.ts';
import { startApiProcess, startWorkerProcess, type RunningService } from './processes.ts';

/** `QUITTANCE_LONG=full`: 200 MB, which take a minute; without it 96 MB have to do. */
const IS_FULL = process.env['QUITTANCE_LONG'] === 'full';
const MEGABYTES = IS_FULL ? 200 : 96;
const LINES = MEGABYTES * 20;
const FIRST_LINES = 16 * 20;
const BALLAST_CHARS = 50_000;
/** What a process may grow at most, however large the file is. */
const GROWTH_MAX_BYTES = 100 * 1024 * 1024;
const DONE_WITHIN_MS = 4 * 60_000;

/** The most memory that the process ever had resident. */
async function peakOf({ command }: RunningService): Promise<number> {
  const status = await readFile(`/proc/${String(command.child.pid)}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

describe(
  `R19: a bank file of ${String(MEGABYTES)} MB`,
  { skip: process.platform === 'linux' ? false : 'needs /proc' },
  () => {
    it('is taken and refused with memory that stays flat', () =>
      inWorld({ time: 'real', delivery: 'smtp', isWorkerAway: true }, async (world) => {
        const { db, databaseUrl: appUrl, temporalAddress, mail, company } = world;
        const folder = await mkdtemp(join(tmpdir(), 'quittance-large-'));
        const services: RunningService[] = [];
        try {
          const written = async (name: string, of: { lines: number; on: string }): Promise<Blob> => {
            const path = join(folder, name);
            const pieces = longCamt({ ...of, ballastChars: BALLAST_CHARS, wrongBy: 100 });
            await pipeline(Readable.from(pieces), createWriteStream(path));
            return openAsBlob(path);
          };
          const first = await written('first.xml', { lines: FIRST_LINES, on: '2026-01-14' });
          const file = await written('large.xml', { lines: LINES, on: '2026-01-15' });
          assert.ok(file.size > MEGABYTES * 1_000_000, String(file.size));
          await nameAccount(db, { legalEntityId: company.id, number: IBAN });
          const roles = ROLES.map((role) => ({ legalEntityId: '*', role }));
          const { key } = await createApiKey(db, { name: 'large', roles });
          const api = await startApiProcess({ appUrl, temporalAddress });
          services.push(api);
          const worker = await startWorkerProcess({ appUrl, temporalAddress }, mail?.smtpUrl ?? '');
          services.push(worker);
          const refused = async (content: Blob): Promise<void> => {
            const sent = await upload({ url: api.url, key }, content);
            assert.ok([201, 202].includes(sent.status), JSON.stringify(sent));
            await eventually(async () => {
              const { rows } = await sql<{
                state: string;
              }>`select state from bank_file where id = ${sent.file.id}`.execute(db);
              assert.deepEqual(rows, [{ state: 'refused' }]);
            }, DONE_WITHIN_MS);
          };
          // What a process needs for any file, it has after the first one.
          await refused(first);
          const before = await Promise.all(services.map(peakOf));
          const startedAt = Date.now();
          await refused(file);
          const grown = (await Promise.all(services.map(peakOf))).map((peak, index) => peak - (before[index] ?? 0));
          const told = grown.map((bytes) => `${String(Math.round(bytes / 1024 / 1024))} MB`).join(' and ');
          const seconds = Math.round((Date.now() - startedAt) / 1000);
          process.stdout.write(`${String(file.size)} bytes in ${String(seconds)} s; API and worker grew by ${told}\n`);
          for (const bytes of grown) assert.ok(bytes < GROWTH_MAX_BYTES, told);

          const { rows } = await sql<{
            code: string;
            bytes: number;
            visible: number;
          }>`select problem ->> 'code' as code,
            (select sum(length(content))::bigint from bank_file_chunk where file_id = f.id) as bytes,
            (select count(*) from bank_line) + (select count(*) from bank_line_staging) as visible
            from bank_file f order by created_at`.execute(db);
          const wrong = { code: 'bank_file.totals', visible: 0 };
          assert.deepEqual(rows, [
            { ...wrong, bytes: first.size },
            { ...wrong, bytes: file.size },
          ]);
        } finally {
          for (const { command } of services) command.kill();
          await rm(folder, { recursive: true, force: true });
        }
      }));
  },
);
