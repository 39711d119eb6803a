// A mail server that takes a message and breaks the connection before it says so: nobody knows, nothing is sent again.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { assertBooksHold } from '../harness/books.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

/** Messages as `STATE KIND`, by when they were first tried. */
async function messages({ db }: World): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select state || ' ' || split_part(key, '/', 1) as text from mail_message
    order by created_at`.execute(db);
  return rows.map((row) => row.text);
}

function subjects({ mail }: World): number {
  return mail?.messages().length ?? 0;
}

describe('R26: a connection that breaks after the message was taken', () => {
  it('R26: leaves one letter in the catcher, one unknown, one task, and the later levels go on', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      const { company, goTo, mail } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1');
      await company.ship(order);
      await eventually(async () => {
        assert.deepEqual(await messages(world), ['sent invoice']);
      });
      mail?.behave({ kind: 'drop_after_data', times: 1 });
      await goTo('2026-02-10T17:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await company.steps(order), ['notice 2026-02-09 unknown']);
      });
      assert.deepEqual(await messages(world), ['sent invoice', 'unknown letter']);
      assert.equal(subjects(world), 2);
      assert.deepEqual(await company.tasks(order), ['letter_unknown open']);
      await goTo('2026-02-25T17:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await company.steps(order), [
          'notice 2026-02-09 unknown',
          'reminder1 2026-02-16 sent',
          'reminder2 2026-02-25 sent',
        ]);
      });
      assert.equal(subjects(world), 4);
      assert.deepEqual(await company.tasks(order), ['letter_unknown open']);
      await assertBooksHold(world.db);
    }));

  it('R26: leaves one invoice in the catcher, one unknown and one task', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      const { company, mail } = world;
      mail?.behave({ kind: 'drop_after_data', times: 1 });
      const order = await company.order(await company.customer('C-1'), 'SO-1');
      await company.ship(order);
      await eventually(async () => {
        assert.equal(await company.stage(order), 'collection');
      });
      assert.deepEqual(await messages(world), ['unknown invoice']);
      assert.equal(subjects(world), 1);
      assert.deepEqual(await company.tasks(order), ['invoice_unknown open']);
      await assertBooksHold(world.db);
    }));
});

describe('R25: a mail server that wants to be asked later', () => {
  it('R25: gets the letter again the same day, and once', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      const { company, goTo, mail } = world;
      const order = await company.order(await company.customer('C-1'), 'SO-1');
      await company.ship(order);
      await eventually(async () => {
        assert.deepEqual(await messages(world), ['sent invoice']);
      });
      mail?.behave({ kind: 'defer', times: 2 });
      await goTo('2026-02-10T17:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await company.steps(order), ['notice 2026-02-09 sent']);
      });
      assert.equal(subjects(world), 2);
      await assertBooksHold(world.db);
    }));
});
