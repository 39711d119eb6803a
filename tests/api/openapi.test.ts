// The OpenAPI document: well-formed, complete, and the same as the one in docs/. QUITTANCE_WRITE_OPENAPI=1 writes it anew.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { format } from 'prettier';
import { openApiDocument } from '../../src/api/openapi.ts';
import { routes } from '../../src/api/routes/index.ts';

const KEPT = new URL('../../docs/api/openapi.json', import.meta.url);

interface Operation {
  readonly operationId: string;
  readonly responses: Record<string, { content: Record<string, { schema: unknown }> }>;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
}
const document = JSON.parse(JSON.stringify(openApiDocument(routes))) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

it('equals docs/api/openapi.json', async () => {
  const text = await format(JSON.stringify(document), { parser: 'json', printWidth: 120 });
  if (process.env['QUITTANCE_WRITE_OPENAPI'] === '1') await writeFile(KEPT, text);
  const kept = await readFile(KEPT, 'utf8');
  assert.ok(kept === text, 'run this test with QUITTANCE_WRITE_OPENAPI=1 and look at the difference');
});

it('describes every route once', () => {
  assert.equal(document.openapi, '3.1.0');
  assert.equal(operations.length, routes.length);
  const names = operations.map((operation) => operation.operationId);
  assert.equal(new Set(names).size, names.length, 'operation IDs are unique');
});

it('has schemas that compile and references that lead somewhere', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'https://quittance.example/openapi.json', components: document.components });
  for (const name of Object.keys(document.components.schemas)) {
    const validate = ajv.compile({ $ref: `https://quittance.example/openapi.json#/components/schemas/${name}` });
    assert.equal(validate('not what any of them is'), false, name);
  }
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
  for (const [, name = ''] of references) assert.ok(name in document.components.schemas, name);
});

it('tells of each operation what it answers when it refuses, and of each POST its Idempotency-Key', () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      for (const status of ['400', '401', '403', '429', '503']) {
        assert.ok(operation.responses[status]?.content['application/problem+json'], `${method} ${path} ${status}`);
      }
      const header = operation.parameters?.find(({ name }) => name === 'Idempotency-Key');
      assert.equal(header?.required === true, method === 'post', `${method} ${path}`);
    }
  }
});
