// Things start one after another and stop in reverse order, once, however it ends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { StartProblem } from '../../src/local/start-problem.ts';
import { Supervisor } from '../../src/local/supervisor.ts';
import { identifyProcess } from '../../src/local/process-identity.ts';

function part(name: string, stopped: string[]) {
  const stop = () => {
    stopped.push(name);
    return Promise.resolve();
  };
  return () => Promise.resolve({ value: name, told: `${name} is up`, stop });
}

describe('the supervisor', () => {
  it('stops everything in reverse order, once', async () => {
    const stopped: string[] = [];
    const supervisor = new Supervisor({ out: new PassThrough() });
    assert.equal(await supervisor.step('one', part('one', stopped)), 'one');
    await supervisor.step('two', part('two', stopped));
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    assert.deepEqual(stopped, ['two', 'one']);
  });

  it('stops what has started when a later thing fails, and tells the reason and what to do', async () => {
    const stopped: string[] = [];
    const out = new PassThrough();
    const supervisor = new Supervisor({ out });
    await supervisor.step('one', part('one', stopped));
    const failing = supervisor.step('two', () => Promise.reject(new StartProblem('Port 1 is taken.', 'Free it.')));
    await assert.rejects(failing, StartProblem);
    assert.deepEqual(stopped, ['one']);
    out.end();
    const told = await text(out);
    assert.match(told, /✓ one is up \(\d+\.\d s\)\n✗ two: Port 1 is taken\.\n {2}Free it\.\n/);
    assert.ok(!told.includes('\u001b'), 'what is no terminal gets no colours');
  });

  it('goes on stopping the others when one does not stop in order', async () => {
    const stopped: string[] = [];
    const supervisor = new Supervisor({ out: new PassThrough() });
    await supervisor.step('one', part('one', stopped));
    const stop = () => Promise.reject(new Error('no'));
    await supervisor.step('two', () => Promise.resolve({ value: 2, told: 'two is up', stop }));
    await supervisor.stop();
    assert.deepEqual(stopped, ['one']);
  });

  for (const { title, stopsWithinReason, interrupts } of [
    { title: 'one Ctrl-C', stopsWithinReason: true, interrupts: 1 },
    { title: 'two', stopsWithinReason: true, interrupts: 2 },
    { title: 'three, when a part never stops', stopsWithinReason: false, interrupts: 3 },
  ]) {
    it(`leaves no child process after ${title}`, async () => {
      const owner = spawn(process.execPath, ['--input-type=module', '-e', ownerProgram(stopsWithinReason)]);
      const output: string[] = [];
      owner.stdout.on('data', (data: Buffer) => output.push(String(data)));
      const seen = async (pattern: RegExp) => {
        while (!pattern.test(output.join(''))) await once(owner.stdout, 'data');
        return pattern.exec(output.join(''))?.[1] ?? '';
      };
      const child = Number(await seen(/process (\d+) is up/));
      assert.notEqual(await identifyProcess(child), undefined);
      for (let sent = 0; sent < interrupts; sent += 1) {
        owner.kill('SIGINT');
        if (sent === 0) await seen(/Stopping/);
        if (sent === 1) await seen(/Still stopping|stopped/);
      }
      const [exitCode] = (await once(owner, 'exit')) as [number | null];
      while ((await identifyProcess(child)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(exitCode, stopsWithinReason ? 0 : 130);
    });
  }
});

/** A process that owns another one, which ends 500 ms after it is asked to, and ends itself when a signal says so. */
function ownerProgram(stopsWithinReason: boolean): string {
  const file = (name: string) => JSON.stringify(new URL(`../../src/local/${name}.ts`, import.meta.url).href);
  return `
    const { Supervisor } = await import(${file('supervisor')});
    const { OwnedProcess } = await import(${file('owned-process')});
    const supervisor = new Supervisor();
    supervisor.listenToSignals();
    await supervisor.step('child', async () => {
      const child = new OwnedProcess({ title: 'child', command: '/bin/sh', endSignal: 'SIGTERM',
        args: ['-c', 'trap "sleep 0.5; exit" TERM; echo ready; while :; do sleep 0.05; done'] });
      await child.waitUntilReady(async () => child.lastLines === 'ready', 10_000);
      const stop = ${stopsWithinReason ? '() => child.stop()' : '() => new Promise(() => {})'};
      return { value: child, told: 'process ' + child.pid + ' is up', stop };
    });
    const exitCode = await supervisor.ended;
    console.log('stopped');
    process.exit(exitCode);`;
}
