// Each guarantee of the page names a test that exists.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/guarantees.md', root), 'utf8');
const rows = [...page.matchAll(/^\| (.+?) +\| `(tests\/[\w/.-]+)` › (.+?) +\|$/gm)].map((match) => ({
  claim: match[1] ?? '',
  file: match[2] ?? '',
  title: match[3] ?? '',
}));

describe('the page of guarantees', () => {
  it('has a test for each row', () => {
    const lines = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (guarantee|-)/.test(line));
    assert.ok(rows.length > 0);
    assert.equal(rows.length, lines.length, 'a row names its test as `tests/…` › title');
  });

  for (const { claim, file, title } of rows) {
    it(`${claim}: its test is there`, () => {
      assert.ok(existsSync(new URL(file, root)), `${file} is gone`);
      const text = readFileSync(new URL(file, root), 'utf8');
      assert.ok(text.includes(title), `${file} has no test "${title}"`);
    });
  }
});
