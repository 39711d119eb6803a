// Tasks at the door: listed, taken over, commented, put off, and ended by hand only where that is enough.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openTask, type NewTask } from '../../src/database/queries/open-task.ts';
import { TASK_KINDS, type TaskKind } from '../../src/domain/task.ts';
import { openCompany, openDoor, type Company, type Door, type Reply } from './door.ts';

const KINDS = Object.keys(TASK_KINDS) as TaskKind[];
const DAY_MS = 86_400_000;

describe('tasks', () => {
  let door: Door;
  let ours: Company;
  let count = 0;
  before(async () => {
    door = await openDoor();
    ours = await openCompany(door, 'OURS');
  });
  after(() => door.close());

  async function open(task: Partial<NewTask> = {}): Promise<string> {
    count += 1;
    const kind = task.kind ?? 'collect';
    return door.db.transaction().execute((tx) =>
      openTask(tx, {
        ...{ legalEntityId: 'OURS', key: `test/${count}`, kind, ownerRole: 'collector', orderId: ours.orderId },
        ...{ reason: 'Somebody has to look.', endsWith: `POST /v1/things/{task}`, deadlineAt: Date.now() + 7 * DAY_MS },
        ...task,
      }),
    );
  }
  const post = (id: string, what: string, body: unknown, key = door.key): Promise<Reply> =>
    door.ask('POST', `/v1/tasks/${id}/${what}`, { body, key });
  const listed = async (query: string): Promise<string[]> => {
    const { body } = await door.ask('GET', `/v1/tasks?${query}`);
    return (body['data'] as { id: string }[]).map(({ id }) => id);
  };
  const as = (role: string): Promise<string> => door.keyFor([{ legalEntityId: 'OURS', role }]);
  const audited = async (id: string): Promise<string[]> => {
    const { rows } = await sql<{
      action: string;
    }>`select action from audit_entry where subject = ${id} order by id`.execute(door.db);
    return rows.map((row) => row.action);
  };

  for (const kind of KINDS) {
    const { endsBy } = TASK_KINDS[kind];
    it(`of kind ${kind} end ${endsBy === 'hand' ? 'by hand' : 'with the request that they name, and not by hand'}`, async () => {
      const id = await open({ kind });
      const reply = await post(id, 'completion', { note: 'Looked.' }, await as('collector'));
      if (endsBy === 'hand') {
        assert.deepEqual([reply.status, reply.body['state'], reply.body['doneBy']], [200, 'done', 'key:test']);
        assert.deepEqual(await audited(id), ['task.completed']);
        const again = await post(id, 'completion', {});
        assert.deepEqual([again.status, again.body['code']], [409, 'task_done_already']);
      } else {
        assert.deepEqual([reply.status, reply.body['code']], [422, 'task_ends_with_request']);
        assert.equal(reply.body['hint'], `POST /v1/things/${id}`);
        assert.deepEqual(await audited(id), []);
      }
    });
  }

  it('are shown with whom they go on to, their comments, and what they are about', async () => {
    const escalations = [
      { role: 'ar_manager' as const, at: Date.now() + DAY_MS },
      { role: 'executive' as const, at: Date.now() + 2 * DAY_MS },
    ];
    const id = await open({ kind: 'dispute', disputeId: ours.disputeId, escalations });
    await post(id, 'comments', { text: 'Called, nobody there.' });
    await post(id, 'comments', { text: 'Called again.' }, await as('sales'));
    const { status, body } = await door.ask('GET', `/v1/tasks/${id}`);
    assert.equal(status, 200);
    assert.deepEqual([body['tier'], body['dispute'], body['endsByItself']], [0, ours.disputeId, false]);
    assert.deepEqual(body['next'], { role: 'ar_manager', at: new Date(escalations[0]?.at ?? 0).toISOString() });
    const comments = body['comments'] as { text: string }[];
    assert.deepEqual(
      comments.map(({ text }) => text),
      ['Called, nobody there.', 'Called again.'],
    );
    assert.deepEqual(await audited(id), ['task.commented', 'task.commented']);
  });

  it('keep a comment once, although the first answer was lost', async () => {
    const id = await open();
    const comment = { body: { text: 'Once.' }, idempotencyKey: 'comment-once' };
    const first = await door.ask('POST', `/v1/tasks/${id}/comments`, comment);
    await sql`delete from idempotency_key where key = 'comment-once'`.execute(door.db);
    const second = await door.ask('POST', `/v1/tasks/${id}/comments`, comment);
    assert.deepEqual(second.body, first.body);
    assert.deepEqual(await audited(id), ['task.commented']);
  });

  it('are taken over by somebody of the owning role or the manager, and listed by who does them', async () => {
    const id = await open();
    assert.equal((await post(id, 'assignment', { assignee: 'Anna' }, await as('sales'))).status, 403);
    const taken = await post(id, 'assignment', { assignee: 'Anna' }, await as('collector'));
    assert.equal(taken.body['assignee'], 'Anna');
    assert.deepEqual(await listed('assignee=Anna'), [id]);
    const back = await post(id, 'assignment', { assignee: null }, await as('ar_manager'));
    assert.equal(back.body['assignee'], null);
    assert.deepEqual(await listed('assignee=Anna'), []);
    assert.deepEqual(await audited(id), ['task.assigned', 'task.assigned']);
  });

  it('that are put off leave the list until then, and only before their deadline', async () => {
    const id = await open();
    const until = new Date(Date.now() + DAY_MS).toISOString();
    assert.equal((await post(id, 'snooze', { until }, await as('treasurer'))).status, 403);
    const off = await post(id, 'snooze', { until });
    assert.equal(off.body['snoozedUntil'], until);
    assert.ok(!(await listed('limit=200')).includes(id));
    assert.ok((await listed('limit=200&snoozed=show')).includes(id));
    const past = await post(id, 'snooze', { until: '2026-01-01T00:00:00Z' });
    assert.deepEqual([past.status, past.body['code']], [422, 'snooze_in_the_past']);
    const late = await post(id, 'snooze', { until: new Date(Date.now() + 8 * DAY_MS).toISOString() });
    assert.deepEqual([late.status, late.body['code']], [422, 'snooze_past_deadline']);
    assert.equal((await post(id, 'snooze', { until: 'tomorrow' })).status, 400);
    await post(id, 'snooze', { until: null });
    assert.ok((await listed('limit=200')).includes(id));
    assert.deepEqual(await audited(id), ['task.snoozed', 'task.snoozed']);
  });

  it('that ended take no change any more, but comments', async () => {
    const id = await open();
    await post(id, 'completion', {});
    for (const [what, body] of [
      ['assignment', { assignee: 'Anna' }],
      ['snooze', { until: null }],
    ] as const) {
      const reply = await post(id, what, body);
      assert.deepEqual([reply.status, reply.body['code']], [409, 'task_done_already']);
    }
    assert.equal((await post(id, 'comments', { text: 'It was the postman.' })).status, 201);
    assert.ok((await listed('limit=200&state=done')).includes(id));
    assert.deepEqual(await audited(id), ['task.completed', 'task.commented']);
  });

  it('are done once, whoever of several at once comes first', async () => {
    const id = await open();
    const replies = await Promise.all([1, 2, 3, 4].map(() => post(id, 'completion', {})));
    assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 409, 409, 409]);
    assert.deepEqual(await audited(id), ['task.completed']);
  });
});
