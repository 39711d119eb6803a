// The embedded Postgres keeps its data, survives crashes, and is alone on its folder.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'node:test';
import pg from 'pg';
import { removePostgresData, startPostgres, type RunningPostgres } from '../../src/local/postgres.ts';
import { identifyProcess } from '../../src/local/process-identity.ts';
import { StartProblem } from '../../src/local/start-problem.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded Postgres', () => {
  let folder = '';
  let last: RunningPostgres | undefined;
  const start = async () => {
    last = await startPostgres({ folder, durable: false });
    return last;
  };
  before(async () => {
    // As mkdtemp makes it, nobody else may enter: as root, Postgres' user could not, and another place must be found.
    folder = await mkdtemp(join(tmpdir(), 'quittance-postgres-'));
  });
  // Whatever a test did or failed to do, the next one starts from a stopped server.
  afterEach(() => last?.stop());
  after(() => removePostgresData(folder));

  it('has the same data and password after a restart', async () => {
    const first = await start();
    await first.createDatabase('kept');
    await query(first.ownerUrlOf('kept'), "create table note (text text); insert into note values ('still here')");
    await first.stop();
    const second = await start();
    assert.equal(second.adminPassword, first.adminPassword);
    assert.deepEqual(await query(second.ownerUrlOf('kept'), 'select text from note'), [{ text: 'still here' }]);
    await second.stop();
  });

  it('keeps its password where only its owner can read it, and lets nobody in without it', async () => {
    const server = await start();
    assert.equal((await stat(join(folder, 'credentials.json'))).mode & 0o077, 0);
    const url = new URL(server.ownerUrl);
    url.password = 'a guess';
    await assert.rejects(query(url.href, 'select 1'), { code: '28P01' });
    await server.stop();
  });

  it('listens on the loopback address only', async (t) => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address !== undefined && address.family === 'IPv4' && !address.internal);
    const server = await start();
    if (outside === undefined) {
      t.skip('this machine has no other address');
      return;
    }
    const socket = connect(server.port, outside.address);
    await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
  });

  it('copies and drops databases, also with open connections', async () => {
    const server = await start();
    await server.createDatabase('template-one');
    await query(server.ownerUrlOf('template-one'), 'create table note (text text)');
    await server.createDatabase('copy', 'template-one');
    const client = new pg.Client({ connectionString: server.ownerUrlOf('copy') });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('select * from note');
    await server.dropDatabase('copy');
    assert.equal(await server.databaseExists('copy'), false);
    assert.equal(await server.databaseExists('template-one'), true);
    await server.stop();
  });

  it('refuses a second server on its folder and a taken port, each with what to do', async () => {
    const server = await start();
    await assert.rejects(start(), StartProblem);
    const other = startPostgres({ folder: join(folder, 'other'), port: server.port });
    await assert.rejects(
      other,
      (error) => error instanceof StartProblem && error.message.includes(String(server.port)),
    );
    await server.stop();
  });

  it('starts again after its own process was killed', async () => {
    const first = await start();
    await query(first.ownerUrlOf('kept'), "insert into note values ('before the kill')");
    process.kill(first.pid, 'SIGKILL');
    await first.stop();
    const second = await start();
    assert.equal((await query(second.ownerUrlOf('kept'), 'select * from note')).length, 2);
    await second.stop();
  });

  it('is not stopped from starting by an unrelated process that has the number of its dead one', async () => {
    const first = await start();
    await first.stop();
    const cluster = await clusterOf(folder);
    // This process is alive and no Postgres, which is what a number used again looks like.
    await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n`);
    await (await start()).stop();
  });

  it('stops the server which a killed owner left behind, then starts', async () => {
    const program = `
      const { startPostgres } = await import(${JSON.stringify(new URL('../../src/local/postgres.ts', import.meta.url).href)});
      const server = await startPostgres({ folder: ${JSON.stringify(folder)}, durable: false });
      console.log(server.pid);
      setInterval(() => {}, 60_000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: owner.stdout });
    const orphan = await new Promise<number>((resolve, reject) => {
      lines.once('line', (line) => resolve(Number(line)));
      owner.once('exit', () => reject(new Error('the owner ended before its server was up')));
    });
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    assert.notEqual(await identifyProcess(orphan), undefined, 'the server should have outlived its owner');
    const server = await start();
    assert.equal(await identifyProcess(orphan), undefined);
    assert.deepEqual(await query(server.ownerUrl, 'select 1 as one'), [{ one: 1 }]);
    await server.stop();
  });
});

describe('the embedded Postgres as root', () => {
  it('runs as another user, also when its folder is closed to that user', async (t) => {
    if (process.getuid?.() !== 0) {
      t.skip('these tests do not run as root');
      return;
    }
    const closed = await mkdtemp(join(tmpdir(), 'quittance-closed-'));
    const server = await startPostgres({ folder: join(closed, 'postgres'), durable: false });
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    assert.doesNotMatch(status, /^Uid:\s+0\b/m);
    await server.stop();
    await removePostgresData(join(closed, 'postgres'));
    await rm(closed, { recursive: true });
  });
});

async function clusterOf(folder: string): Promise<string> {
  const elsewhere = await readFile(join(folder, 'cluster-is-at.txt'), 'utf8').catch(() => '');
  const cluster = elsewhere === '' ? join(folder, 'cluster') : elsewhere.trim();
  await access(cluster);
  return cluster;
}
