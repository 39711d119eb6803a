// The states that Postgres admits are those of the domain's tables: none is missing, none has no way out.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import {
  CREDIT_STATES,
  DELIVERY_STATES,
  HOLD_STATES,
  LETTER_STATES,
  ORDER_STATES,
  PAYMENT_STATES,
  SHIPMENT_STATES,
  TASK_STATES,
} from '../../src/domain/states.ts';
import { APPROVAL_STATES } from '../../src/domain/approval.ts';
import { ADVICE_STATES, BANK_FILE_STATES, BANK_LINE_STATES, PAYOUT_STATES } from '../../src/domain/bank-line.ts';
import { DISPUTE_STATES } from '../../src/domain/dispute.ts';
import { PLAN_STATES } from '../../src/domain/payment-plan.ts';
import { PROMISE_STATES } from '../../src/domain/promise.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';

let database: TestDatabase;
let owner: pg.Client;

before(async () => {
  database = await testDatabase();
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
});

after(async () => {
  await owner.end();
  await database.drop();
});

/** The values that the checks of one column list. */
async function admitted(table: string, column: string): Promise<string[]> {
  const { rows } = await owner.query<{ text: string }>(
    `select pg_get_constraintdef(c.oid) as text from pg_constraint c
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey) and a.attname = $2
      where c.conrelid = $1::regclass and c.contype = 'c' and cardinality(c.conkey) = 1`,
    [table, column],
  );
  return rows.flatMap(({ text }) => [...text.matchAll(/'([a-z_0-9]+)'::text/g)].map((match) => match[1] ?? '')).sort();
}

const columns: readonly {
  table: string;
  column: string;
  states: object;
  worked?: readonly string[];
  more?: readonly string[];
}[] = [
  { table: 'sales_order', column: 'stage', states: ORDER_STATES },
  { table: 'sales_order', column: 'credit_state', states: CREDIT_STATES },
  // A proforma that nobody needs is `none`.
  { table: 'sales_order', column: 'proforma', states: DELIVERY_STATES, more: ['none'] },
  { table: 'credit_hold', column: 'state', states: HOLD_STATES },
  // Invoiced is what has an invoice, and no word in a column.
  { table: 'shipment', column: 'invoicing', states: SHIPMENT_STATES, worked: ['invoiced'] },
  { table: 'invoice', column: 'delivery', states: DELIVERY_STATES },
  { table: 'letter', column: 'state', states: LETTER_STATES },
  { table: 'dispute', column: 'state', states: DISPUTE_STATES },
  { table: 'promise', column: 'state', states: PROMISE_STATES },
  { table: 'payment_plan', column: 'state', states: PLAN_STATES },
  { table: 'payment', column: 'state', states: PAYMENT_STATES },
  { table: 'payment_return', column: 'state', states: PAYMENT_STATES },
  { table: 'bank_file', column: 'state', states: BANK_FILE_STATES },
  { table: 'bank_line', column: 'state', states: BANK_LINE_STATES },
  { table: 'remittance_advice', column: 'state', states: ADVICE_STATES },
  { table: 'provider_payout', column: 'state', states: PAYOUT_STATES },
  { table: 'approval', column: 'state', states: APPROVAL_STATES },
  { table: 'task', column: 'state', states: TASK_STATES },
];

describe('the states in the database', () => {
  for (const { table, column, states, worked = [], more = [] } of columns) {
    it(`${table}.${column} has those of its table`, async () => {
      const known = [...Object.keys(states).filter((state) => !worked.includes(state)), ...more].sort();
      assert.deepEqual(await admitted(table, column), known);
    });
  }
});
