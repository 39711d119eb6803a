// The doctor names what is here and what is missing, each with what to do.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printDoctor } from '../../src/local/doctor.ts';

async function examine(environment: NodeJS.ProcessEnv): Promise<{ exitCode: number; told: string }> {
  const out = new PassThrough();
  const exitCode = await printDoctor(out, { environment, mayDownload: false });
  out.end();
  return { exitCode, told: await text(out) };
}

it('tells versions, where each server was found, and whether its hash is the pinned one', async () => {
  const { exitCode, told } = await examine(process.env);
  assert.match(told, /✓ Node \d+\.\d+\.\d+ on/);
  assert.match(told, /✓ Embedded Postgres 18/);
  assert.match(told, /✓ Temporal CLI .* 1\.9\.1 \(server 1\.32\.0\)\n.*\n {4}found by: .*; its SHA-256 is/);
  assert.match(told, /Cache .* GiB free/);
  assert.equal(typeof exitCode, 'number');
});

it('fails with a hint when a server is missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'quittance-doctor-'));
  const { exitCode, told } = await examine({ PATH: '', QUITTANCE_CACHE: folder });
  await rm(folder, { recursive: true });
  assert.equal(exitCode, 1);
  assert.match(told, /✗ Temporal CLI/);
  assert.match(told, /put the executable somewhere and name it in TEMPORAL_CLI_PATH/);
  assert.match(told, /· Python's pip is not here/);
});
