// One instance per data folder, whatever became of the one before.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { acquireInstanceLock } from '../../src/local/instance-lock.ts';
import { identifyProcess } from '../../src/local/process-identity.ts';
import { StartProblem } from '../../src/local/start-problem.ts';

describe('the lock of a data folder', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quittance-lock-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('refuses a second instance while the first one runs, and names it', async () => {
    const lock = await acquireInstanceLock(folder);
    await assert.rejects(acquireInstanceLock(folder), (error) => {
      assert.ok(error instanceof StartProblem);
      assert.match(error.message, new RegExp(`process ${process.pid}`));
      assert.match(error.hint, /Stop it first/);
      return true;
    });
    await lock.release();
    await (await acquireInstanceLock(folder)).release();
    assert.deepEqual(await readdir(folder), []);
  });

  it('is taken over when its process is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
    const identity = await identifyProcess(child.pid ?? 0);
    assert.ok(identity !== undefined);
    await writeFile(join(folder, 'instance.lock'), JSON.stringify(identity));
    await assert.rejects(acquireInstanceLock(folder), StartProblem);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await acquireInstanceLock(folder)).release();
  });

  it('is taken over when another process has got the number since', async () => {
    await writeFile(join(folder, 'instance.lock'), JSON.stringify({ pid: process.pid, startedAs: 'long ago' }));
    await (await acquireInstanceLock(folder)).release();
  });

  it('is taken over when the file is damaged', async () => {
    await writeFile(join(folder, 'instance.lock'), '{"pid":');
    await (await acquireInstanceLock(folder)).release();
  });

  it('goes to one only when many take over a stale one at once', async () => {
    await writeFile(join(folder, 'instance.lock'), JSON.stringify({ pid: process.pid, startedAs: 'long ago' }));
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => acquireInstanceLock(folder)));
    const won = results.filter((result) => result.status === 'fulfilled');
    assert.equal(won.length, 1);
    await won[0]?.value.release();
  });

  it('is not removed by one who no longer holds it', async () => {
    const lock = await acquireInstanceLock(folder);
    await writeFile(lock.path, 'somebody else');
    await lock.release();
    await access(lock.path);
    assert.equal(await readFile(lock.path, 'utf8'), 'somebody else');
    await rm(lock.path);
  });
});
