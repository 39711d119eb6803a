// The page "the lives of an order" shows the state tables of the code.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { format } from 'prettier';
import { STATE_TABLES, type NamedTable } from '../../src/domain/states.ts';

const PAGE = new URL('../../docs/the-lives-of-an-order.md', import.meta.url);
const BLOCK = /(<!-- states: [^\n]*-->\n)[\s\S]*(<!-- \/states -->)/;

describe('the page "the lives of an order"', () => {
  it('shows the tables as they are; QUITTANCE_WRITE_DOCS=1 writes them', async () => {
    const page = await readFile(PAGE, 'utf8');
    assert.match(page, BLOCK);
    const tables = STATE_TABLES.map(showTable).join('\n');
    const wanted = await format(page.replace(BLOCK, `$1\n${tables}\n$2`), {
      parser: 'markdown',
      printWidth: 120,
      singleQuote: true,
    });
    if (process.env['QUITTANCE_WRITE_DOCS'] === '1') await writeFile(PAGE, wanted);
    assert.equal(await readFile(PAGE, 'utf8'), wanted);
  });
});

function showTable({ name, first, table, ends }: NamedTable): string {
  const begins = first.map((state) => `\`${state}\``).join(', ');
  const rows = Object.entries(table).flatMap(([state, exits]) => {
    const mark = exits.length === 0 || ends?.includes(state) === true ? ' (end)' : '';
    if (exits.length === 0) return [`| \`${state}\`${mark} | | |`];
    return exits.map((exit, index) => `| ${index === 0 ? `\`${state}\`${mark}` : ''} | \`${exit.to}\` | ${exit.by} |`);
  });
  return `### ${name}\n\nBegins as ${begins}.\n\n| state | leads to | by |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}
