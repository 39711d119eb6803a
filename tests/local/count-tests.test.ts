// The last line of a test run is true: every way to fail is counted, and nothing is counted twice.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, run } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { countTests } from '../harness/count-tests.ts';

describe('counting tests', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quittance-count-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const cases: readonly { title: string; program: string; expected: readonly [number, number, number] }[] = [
    {
      title: 'tests, not suites',
      program: `describe('s', () => { it('a', () => {}); it('b', () => {}); });`,
      expected: [2, 0, 0],
    },
    {
      title: 'leaves, not their parents',
      program: `test('p', async (t) => { await t.test('a', () => {}); });`,
      expected: [1, 0, 0],
    },
    {
      title: 'a failure once',
      program: `test('p', async (t) => { await t.test('a', () => { throw new Error('no'); }); });`,
      expected: [0, 1, 0],
    },
    {
      title: 'a failure of a parent itself',
      program: `test('p', async (t) => { await t.test('a', () => {}); throw new Error('no'); });`,
      expected: [1, 1, 0],
    },
    {
      title: 'skipped and planned ones',
      program: `test('a', { skip: true }, () => {}); test.todo('b'); test('c', (t) => t.skip());`,
      expected: [0, 0, 3],
    },
    {
      title: 'a failed hook and what it prevented',
      program: `describe('s', () => { before(() => { throw new Error('no'); }); it('a', () => {}); });`,
      expected: [0, 2, 0],
    },
    { title: 'a crash of the file', program: `test('a', () => { process.exit(3); });`, expected: [0, 1, 0] },
    { title: 'a file that cannot be loaded', program: `throw new Error('no');`, expected: [0, 1, 0] },
    { title: 'a file without tests as a failure', program: ``, expected: [0, 1, 0] },
  ];
  for (const [index, { title, program, expected }] of cases.entries()) {
    it(`counts ${title}`, async () => {
      const file = join(folder, `case-${index}.mjs`);
      await writeFile(file, `import { before, describe, it, test } from 'node:test';\n${program}\n`);
      const events: TestEvent[] = [];
      // Inside a test file the runner refuses to run others, unless it does not know that it is in one.
      const context = process.env.NODE_TEST_CONTEXT;
      delete process.env.NODE_TEST_CONTEXT;
      const stream: AsyncIterable<TestEvent> = run({ files: [file], isolation: 'process' });
      for await (const event of stream) events.push(event);
      if (context !== undefined) process.env.NODE_TEST_CONTEXT = context;
      const { passed, failed, skipped, failures } = countTests('case', events);
      assert.deepEqual([passed, failed, skipped], expected, failures.join('\n'));
      assert.equal(failures.length, failed);
    });
  }
});
