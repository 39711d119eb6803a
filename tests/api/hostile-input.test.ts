// Hostile bodies at every route that takes one: refused in the shape of a problem, never a defect, and nothing of ours or of the caller's in the answer.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { routes } from '../../src/api/routes/index.ts';
import { BODY_BYTES_MAX, JSON_DEPTH_MAX } from '../../src/api/limits.ts';
import { openCompany, openDoor, type Ask, type Company, type Door, type Reply } from './door.ts';
import { sampleFor } from './every-route.ts';

/** What a hostile request may be answered: 413, 415 and 422 where they are more exact. */
const REFUSED = new Set([400, 404, 413, 415, 422]);
const LONG = 'x'.repeat(100_000);

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A change of one value of a body, under the path where it is. */
interface Twist {
  readonly where: string;
  readonly body: Json;
}

/** The body with one value replaced, once for each place in it and each replacement. */
function twists(body: Json, replacements: (value: Json) => readonly Json[], where = ''): Twist[] {
  const here = where === '' ? [] : replacements(body).map((value) => ({ where, body: value }));
  if (typeof body !== 'object' || body === null) return here;
  const inner = Object.entries(body).flatMap(([name, value]) =>
    twists(value, replacements, `${where}.${name}`).map((twist) => ({
      where: twist.where,
      body: isList(body)
        ? body.map((each, at) => (String(at) === name ? twist.body : each))
        : { ...body, [name]: twist.body },
    })),
  );
  return [...here, ...inner];
}

function isList(body: Json): body is readonly Json[] {
  return Array.isArray(body);
}

/** Values of every other type; `null` is left out, which stands for "nothing" in some fields. */
function otherTypes(value: Json): readonly Json[] {
  if (value === null) return [['x'], { x: 1 }];
  if (isList(value)) return ['x', 7, true, { length: 1 }];
  if (typeof value === 'string') return [7, true, ['x'], { toString: 'x' }];
  if (typeof value === 'number') return ['seven', ['x'], {}, 1e300, -0.5];
  if (typeof value === 'boolean') return ['true', 1, [], {}];
  return ['x', 7, true, []];
}

/** Texts that a database, a document or a header may choke on. */
function oddTexts(value: Json): readonly Json[] {
  if (typeof value !== 'string') return [];
  return [
    ...['a\u0000b', '\ud800', '\u202e\ufeff', LONG, '', '9'.repeat(400), '1e309', 'NaN', '-1.00', '999999999999999999'],
    ...[
      "'; drop table sales_order; --",
      '__proto__',
      'constructor',
      '<script>alert(1)</script>',
      'a\r\nBcc: b@b.example',
    ],
    ...['00000000-0000-0000-0000-000000000000', '2026-02-30', '0000-01-01', '9999-12-31'],
  ];
}

describe('S03: hostile input at every route that takes a body', () => {
  let door: Door;
  let ours: Company;
  before(async () => {
    door = await openDoor();
    ours = await openCompany(door, 'OURS');
  });
  after(() => door.close());

  /** No answer may tell of our insides, or repeat the key. */
  function assertSafe(reply: Reply, what: string): void {
    const shown = `${what}: ${String(reply.status)} ${reply.text.slice(0, 500)}`;
    assert.notEqual(reply.status, 500, shown);
    assert.ok(!reply.text.includes(door.key), `${what} repeats the key`);
    assert.doesNotMatch(reply.text, /node_modules|\.ts:\d|\bat \S+ \(|Bearer/i, shown);
    if (reply.status < 400) return;
    assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/, shown);
    const { status, code, hint, requestId } = reply.body;
    assert.deepEqual([status, typeof code, typeof hint], [reply.status, 'string', 'string'], shown);
    assert.equal(requestId, reply.headers.get('x-request-id'), shown);
  }

  function assertRefused(reply: Reply, what: string): void {
    assertSafe(reply, what);
    assert.ok(REFUSED.has(reply.status), `${what}: ${String(reply.status)} ${reply.text.slice(0, 500)}`);
  }

  for (const route of routes.filter(({ method, file }) => method !== 'get' && file === null)) {
    const method = route.method.toUpperCase();
    const name = `${method} ${route.path}`;
    const sample = (): { path: string; body: Record<string, Json> } => {
      const { path, body = {} } = sampleFor(name, 'OURS', ours);
      return { path, body: body as Record<string, Json> };
    };
    const send = (ask: Ask): Promise<Reply> => door.ask(method, sample().path, ask);

    it(`${name}: a field too many, and the names of prototypes`, async () => {
      const { body } = sample();
      const text = JSON.stringify(body).slice(1);
      const comma = text === '}' ? '' : ',';
      for (const extra of ['surprise', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '']) {
        const raw = `{"${extra}":{"isAdmin":true}${comma}${text}`;
        const reply = await send({ raw });
        assertRefused(reply, `${name} with "${extra}"`);
        assert.equal(reply.body['code'], 'invalid_input', reply.text);
        assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined);
      }
    });

    it(`${name}: a value of another type in each place`, async () => {
      for (const { where, body } of twists(sample().body, otherTypes)) {
        const reply = await send({ body });
        assertRefused(reply, `${name} ${where} = ${JSON.stringify(body).slice(0, 200)}`);
        assert.equal(reply.status, 400, `${where}: ${reply.text}`);
      }
    });

    it(`${name}: odd texts and nothing in each place are refused or harmless`, async () => {
      for (const { where, body } of twists(sample().body, (value) => [null, ...oddTexts(value)])) {
        assertSafe(await send({ body }), `${name} ${where} = ${JSON.stringify(body).slice(0, 300)}`);
      }
    });

    it(`${name}: bodies that are too large, too deep, broken, or something else`, async () => {
      const { body } = sample();
      const text = JSON.stringify(body);
      const deep = `${'{"a":'.repeat(JSON_DEPTH_MAX)}1${'}'.repeat(JSON_DEPTH_MAX)}`;
      const as = (type: string): Ask => ({ raw: text, headers: { 'content-type': type } });
      const hostile: readonly (readonly [string, Ask, readonly number[]])[] = [
        ['ten megabytes', { raw: `{"a":"${'x'.repeat(10 * BODY_BYTES_MAX)}"}` }, [413]],
        ['one level too many', { raw: `{"a":${deep}}` }, [400]],
        ['lists in lists', { raw: `${'['.repeat(5_000)}${']'.repeat(5_000)}` }, [400]],
        ['half a body', { raw: text.slice(0, -1) }, [400]],
        ['two bodies', { raw: `${text}${text}` }, [400]],
        ['a list of it', { raw: `[${text}]` }, [400]],
        ['a bare text', { raw: '"x"' }, [400]],
        ['no UTF-8', { raw: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) }, [400]],
        ['half a character', { raw: '{"\\ud800":"\\ud800"}' }, [400]],
        ['a form', as('application/x-www-form-urlencoded'), [415]],
        [
          'XML',
          {
            raw: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
            headers: { 'content-type': 'application/xml' },
          },
          [415],
        ],
        ['plain text', as('text/plain'), [415]],
        // Read as it says, it is no JSON.
        ['another character set', as('application/json; charset=utf-16'), [400, 415]],
        ['a compression', { raw: text, headers: { 'content-encoding': 'br' } }, [415]],
      ];
      for (const [what, ask, statuses] of hostile) {
        const reply = await send(ask);
        assertRefused(reply, `${name}: ${what}`);
        assert.ok(statuses.includes(reply.status), `${name}: ${what}: ${String(reply.status)} ${reply.text}`);
      }
    });

    it(`${name}: addresses that cannot be`, async () => {
      const { body } = sample();
      const names = [...route.path.matchAll(/\{\w+\}/g)].length;
      if (names === 0) return;
      for (const odd of [
        '%00',
        '..%2f..',
        "'%20or%201=1--",
        '%F0%9F%92%A9',
        'constructor',
        '[object%20Object]',
        'x'.repeat(5_000),
      ]) {
        const reply = await door.ask(method, route.path.replace(/\{\w+\}/g, odd), { body });
        assertRefused(reply, `${method} ${route.path.replace(/\{\w+\}/g, odd)}`);
      }
    });
  }
});
