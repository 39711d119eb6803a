// Who may do what, over every route, every role and a foreign legal entity.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { routes } from '../../src/api/routes/index.ts';
import { ACTIONS, ROLES, type Role } from '../../src/domain/roles.ts';
import { revokeApiKey } from '../../src/database/queries/api-keys.ts';
import { openCompany, openDoor, type Company, type Door } from './door.ts';
import { sampleFor } from './every-route.ts';

describe('S01: access', () => {
  let door: Door;
  let ours: Company;
  before(async () => {
    // Every route is tried with wrong keys within the minute.
    door = await openDoor({ failedLoginsPerMinute: 3 * routes.length + 10 });
    ours = await openCompany(door, 'OURS');
    await openCompany(door, 'THEIRS');
  });
  after(() => door.close());

  for (const route of routes) {
    const name = `${route.method.toUpperCase()} ${route.path}`;
    const method = route.method.toUpperCase();

    it(`${name} asks for a key`, async () => {
      const { path, body } = sampleFor(name, 'OURS', ours);
      for (const key of [null, 'qk_wrong', '']) {
        const reply = await door.ask(method, path, { key, body });
        assert.equal(reply.status, 401, `${String(key)}: ${reply.text}`);
        assert.equal(reply.body['code'], 'not_authenticated');
        assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer/);
      }
    });

    it(`${name} lets in the roles of ${route.action} and no other`, async () => {
      const { path, body } = sampleFor(name, 'OURS', ours);
      for (const role of ROLES) {
        const isEverywhere = route.about === 'installation';
        const key = await door.keyFor([{ legalEntityId: isEverywhere ? '*' : 'OURS', role }]);
        const reply = await door.ask(method, path, { key, body });
        const note = `${role}: ${String(reply.status)} ${reply.text}`;
        if (mayDo(name, route.action, role)) assert.ok(![401, 403, 404].includes(reply.status), note);
        else assert.equal(reply.status, 403, note);
        assert.notEqual(reply.status, 500, note);
      }
    });

    it(`${name} shows nothing of a legal entity that the key does not reach`, async () => {
      const { path, body } = sampleFor(name, 'OURS', ours);
      const everyRole = ROLES.map((role) => ({ legalEntityId: 'THEIRS', role }));
      const reply = await door.ask(method, path, { key: await door.keyFor(everyRole), body });
      if (route.about === 'object') {
        assert.equal(reply.status, 404, reply.text);
        assert.equal(reply.body['code'], 'not_found');
      } else if (route.about === 'installation') {
        assert.equal(reply.status, 403, reply.text);
      } else {
        assert.equal(reply.status, 200, reply.text);
        assert.doesNotMatch(reply.text, /OURS/);
        assert.match(reply.text, /THEIRS/);
      }
    });
  }

  it('cuts lists to the legal entities of the key, whatever the filter asks for', async () => {
    const key = await door.keyFor([{ legalEntityId: 'THEIRS', role: 'auditor' }]);
    for (const list of ['orders', 'customers', 'items', 'payments', 'tasks', 'policies', 'disputes', 'approvals']) {
      const foreign = await door.ask('GET', `/v1/${list}?legalEntity=OURS`, { key });
      assert.deepEqual(foreign.body['data'], [], list);
    }
  });

  it('forgets a revoked key within seconds', async (context) => {
    const key = await door.keyFor([{ legalEntityId: 'OURS', role: 'auditor' }]);
    const { body } = await door.ask('GET', '/v1/key', { key });
    await revokeApiKey(door.db, { id: String(body['id']) });
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
    const reply = await door.ask('GET', '/v1/key', { key });
    context.mock.timers.reset();
    assert.equal(reply.status, 401);
  });

  it('answers a key that is wrong and one that is malformed alike', async () => {
    const wrong = await door.ask('GET', '/v1/key', { key: `qk_${'A'.repeat(43)}` });
    const malformed = await door.ask('GET', '/v1/key', { key: 'nonsense' });
    assert.equal(wrong.body['detail'], malformed.body['detail']);
  });

  it('answers health, readiness and documents without a key', async () => {
    assert.equal((await door.ask('GET', '/health', { key: null })).status, 200);
    assert.equal((await door.ask('GET', '/openapi.json', { key: null })).status, 200);
    const ready = await door.ask('GET', '/ready', { key: null });
    assert.equal(ready.status, 503, 'the engine of these tests is away');
    assert.deepEqual(ready.body['details'], { database: true, engine: false });
    const page = await door.ask('GET', '/docs/', { key: null });
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /(?:src|href)="(?:https?:)?\/\//, 'assets are our own');
    assert.doesNotMatch(
      page.text,
      /<script(?![^>]*\ssrc=)/,
      'no script stands in the page: the content policy would stop it',
    );
    assert.equal((await door.ask('GET', '/docs/swagger-ui-bundle.js', { key: null })).status, 200);
  });
});

function mayDo(route: string, action: keyof typeof ACTIONS, role: Role): boolean {
  // A task belongs to the role that owns it, or to the manager above; anybody may comment it.
  if (/\/tasks\/\{taskId\}\/(?:completion|assignment|snooze)$/.test(route))
    return role === 'collector' || role === 'ar_manager';
  const roles: readonly Role[] = ACTIONS[action];
  return roles.includes(role);
}
