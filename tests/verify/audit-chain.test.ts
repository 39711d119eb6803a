// The audit chain: the sealer chains what is committed, and `verify` names the first link that somebody altered past the engine.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { createSealerActivities } from '../../src/activities/sealer.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { writeAudit } from '../../src/database/queries/audit.ts';
import { verifyBooks } from '../../src/database/verify/verify-books.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { eventually, inWorld } from '../harness/world.ts';

const APPEND_ONLY = 'QT004';
const NOT_ALLOWED = '42501';

interface Place {
  readonly db: Db;
  readonly owner: pg.Client;
  /** Two sessions of the application. */
  readonly app: pg.Client;
  readonly other: pg.Client;
}

/** A database of its own for a test. */
async function inDatabase(act: (place: Place) => Promise<void>): Promise<void> {
  const database: TestDatabase = await testDatabase();
  const db = openDatabase(database.appUrl, { connectionsMax: 8 });
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  const app = new pg.Client({ connectionString: database.appUrl });
  const other = new pg.Client({ connectionString: database.appUrl });
  const clients = [owner, app, other];
  await Promise.all(clients.map((client) => client.connect()));
  try {
    await act({ db, owner, app, other });
  } finally {
    await db.destroy();
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
  }
}

/** Writes entries in a transaction of their own; details with what JSON can hold. */
async function write(db: Db, legalEntityId: string | null, ...subjects: string[]): Promise<void> {
  await db.transaction().execute((tx) =>
    writeAudit(
      tx,
      ...subjects.map((subject) => ({
        ...{ legalEntityId, subject, actor: 'key:test', action: 'order.received', businessAt: 1_767_607_200_001 },
        details: { zebra: 0.1, amountMinor: 11_900, '10': [null, true, { ü: '"1"' }], because: 'a "quoted" 1' },
      })),
    ),
  );
}

async function writeAndTakeBack(db: Db, legalEntityId: string): Promise<void> {
  const tx = await db.startTransaction().execute();
  await writeAudit(tx, { legalEntityId, actor: 'key:test', action: 'order.received' });
  await tx.rollback().execute();
}

function sealOnce(db: Db): Promise<{ sealed: number }> {
  return createSealerActivities({ db }).sealAudit({});
}

/** Seals until all is sealed: a transaction of any other test's database holds the sealer back while it runs. */
async function sealAll({ db, owner }: Pick<Place, 'db' | 'owner'>): Promise<void> {
  await eventually(async () => {
    await sealOnce(db);
    assert.equal(await count(owner, 'audit_entry'), await count(owner, 'audit_seal'));
  });
}

async function count(owner: pg.Client, table: string): Promise<number> {
  const { rows } = await owner.query<{ count: string }>(`select count(*) from ${table}`);
  return Number(rows[0]?.count);
}

/** The subjects of a chain, in its order. */
async function chainOf(owner: pg.Client, chain: string): Promise<(string | null)[]> {
  const { rows } = await owner.query<{ subject: string | null }>(
    'select e.subject from audit_seal s left join audit_entry e on e.id = s.entry_id where s.chain = $1 order by s.position',
    [chain],
  );
  return rows.map((row) => row.subject);
}

/** Alters rows as the superuser that owns them, with the triggers switched off. */
async function alter(owner: pg.Client, ...statements: string[]): Promise<void> {
  for (const table of ['audit_entry', 'audit_seal']) await owner.query(`alter table ${table} disable trigger user`);
  for (const statement of statements) {
    assert.notEqual((await owner.query(statement)).rowCount, 0, `${statement} changed nothing`);
  }
  for (const table of ['audit_entry', 'audit_seal']) await owner.query(`alter table ${table} enable trigger user`);
}

async function proven(db: Db): Promise<{ ok: boolean; offenders: string[]; claim: string; looked: number }> {
  const { proofs } = await verifyBooks(db);
  const proof = proofs.find(({ name }) => name === 'audit_chain');
  assert.ok(proof);
  const { ok, claim, looked } = proof;
  return { ok, claim, looked, offenders: proof.offenders.map(({ id, text }) => `${id}: ${text}`) };
}

async function assertHolds(db: Db, unsealed = 0): Promise<void> {
  const { offenders, claim } = await proven(db);
  assert.deepEqual(offenders, []);
  assert.match(claim, new RegExp(`Not sealed yet: ${String(unsealed)}\\.$`));
}

/** Ten entries of two legal entities and of none, all sealed; A has the IDs 1 to 4 and 8 to 9, B 5 to 7, none 10. */
async function sealedPlace(act: (place: Place) => Promise<void>): Promise<void> {
  await inDatabase(async (place) => {
    await write(place.db, 'A', 'a1', 'a2', 'a3', 'a4');
    await write(place.db, 'B', 'b1', 'b2', 'b3');
    await write(place.db, 'A', 'a5', 'a6');
    await write(place.db, null, 'none');
    await sealAll(place);
    await assertHolds(place.db);
    await act(place);
  });
}

const CHANGED = 'what it says is not what was sealed';

/** What somebody with all rights alters, and what `verify` must say: this and nothing else. */
const tamperings: Record<string, { statements: string[]; says: string[] }> = {
  'one audit row changed': {
    statements: [`update audit_entry set actor = 'key:other' where id = 3`],
    says: [`A/3 (entry 3): entry 3 changed: ${CHANGED}`],
  },
  'one amount in the details of a row changed': {
    statements: [`update audit_entry set details = jsonb_set(details, '{amountMinor}', '11901') where id = 6`],
    says: [`B/2 (entry 6): entry 6 changed: ${CHANGED}`],
  },
  'one microsecond of a row’s time changed': {
    statements: [`update audit_entry set at = at + interval '1 microsecond' where id = 1`],
    says: [`A/1 (entry 1): entry 1 changed: ${CHANGED}`],
  },
  'the transaction of a row changed': {
    statements: [`update audit_entry set transaction_id = '3' where id = 5`],
    says: [`B/1 (entry 5): entry 5 changed: ${CHANGED}`],
  },
  'a row given to another legal entity': {
    statements: [`update audit_entry set legal_entity_id = 'B' where id = 2`],
    says: ['A/2 (entry 2): entry 2 changed: it belongs to chain B'],
  },
  'one audit row deleted': {
    statements: ['delete from audit_entry where id = 4'],
    says: ['A/4 (entry 4): entry 4 is missing'],
  },
  'the last audit row deleted': {
    statements: ['delete from audit_entry where id = 10'],
    says: ['*/1 (entry 10): entry 10 is missing'],
  },
  'two audit rows swapped': {
    statements: [
      'alter table audit_entry alter column id set generated by default',
      'update audit_entry set id = -1 where id = 2',
      'update audit_entry set id = 2 where id = 3',
      'update audit_entry set id = 3 where id = -1',
    ],
    says: [`A/2 (entry 2): entry 2 changed: ${CHANGED}`],
  },
  'two seals swapped': {
    statements: [
      'update audit_seal set position = 99 where entry_id = 2',
      'update audit_seal set position = 2 where entry_id = 3',
      'update audit_seal set position = 3 where entry_id = 2',
    ],
    says: ['A/2 (entry 3): link broken: it does not follow position 1'],
  },
  'the entries of two seals swapped': {
    statements: [
      'update audit_seal set entry_id = -1 where entry_id = 2',
      'update audit_seal set entry_id = 2 where entry_id = 3',
      'update audit_seal set entry_id = 3 where entry_id = -1',
    ],
    says: [`A/2 (entry 3): entry 3 changed: ${CHANGED}`],
  },
  'one row of each chain changed': {
    statements: ['update audit_entry set subject = null where id in (2, 3, 6, 10)'],
    says: [
      `*/1 (entry 10): entry 10 changed: ${CHANGED}`,
      `A/2 (entry 2): entry 2 changed: ${CHANGED}`,
      `B/2 (entry 6): entry 6 changed: ${CHANGED}`,
    ],
  },
  'a row and its seal’s hash changed': {
    statements: [
      `update audit_entry set actor = 'key:other' where id = 3`,
      `update audit_seal set hash = repeat('a', 64) where entry_id = 3`,
    ],
    says: [`A/3 (entry 3): entry 3 changed: ${CHANGED}`],
  },
  'the first row and its seal deleted': {
    statements: ['delete from audit_entry where id = 1', 'delete from audit_seal where entry_id = 1'],
    says: ['A/2 (entry 2): position 1 is missing, the next one found is 2'],
  },
  'a row and its seal cut out, and the rest moved up': {
    statements: [
      'delete from audit_entry where id = 2',
      'delete from audit_seal where entry_id = 2',
      `update audit_seal set position = 2 where chain = 'A' and position = 3`,
      `update audit_seal set position = 3 where chain = 'A' and position = 4`,
    ],
    says: ['A/2 (entry 3): link broken: it does not follow position 1'],
  },
  'a seal deleted': {
    statements: ['delete from audit_seal where entry_id = 3'],
    says: [
      'A/4 (entry 4): position 3 is missing, the next one found is 4',
      'from entry 3: 1 without a seal, although later ones have theirs: seals were taken away',
    ],
  },
  'the last seals of a chain deleted': {
    statements: [`delete from audit_seal where chain = 'A' and position > 4`],
    says: ['from entry 8: 2 without a seal, although later ones have theirs: seals were taken away'],
  },
  'an entry sealed twice': {
    statements: [
      'alter table audit_seal drop constraint audit_seal_entry_id_key',
      `insert into audit_seal (chain, position, entry_id, previous_hash, hash)
        select 'B', 4, 5, hash, repeat('b', 64) from audit_seal where chain = 'B' and position = 3`,
    ],
    says: [`B/4 (entry 5): entry 5 changed: ${CHANGED}`, 'entry 5: sealed twice: B/1, B/4'],
  },
};

describe('S06: an audit log that was tampered with', () => {
  for (const [what, { statements, says }] of Object.entries(tamperings)) {
    it(`S06: ${what}: verify names the first bad link`, async () => {
      await sealedPlace(async ({ db, owner }) => {
        await alter(owner, ...statements);
        const { ok, offenders } = await proven(db);
        assert.equal(ok, false);
        assert.deepEqual(offenders, says);
      });
    });
  }

  it('S06: stays named when the sealer goes on', async () => {
    await sealedPlace(async (place) => {
      await alter(
        place.owner,
        `delete from audit_seal where chain = 'A' and position > 4`,
        'delete from audit_entry where id = 6',
      );
      await write(place.db, 'A', 'a7');
      await eventually(async () => {
        assert.equal((await sealOnce(place.db)).sealed, 1);
      });
      assert.deepEqual((await proven(place.db)).offenders, [
        'B/2 (entry 6): entry 6 is missing',
        'from entry 8: 2 without a seal, although later ones have theirs: seals were taken away',
      ]);
    });
  });

  it('S06: the newest seals of all deleted: named once the sealer should have been there', async () => {
    await inDatabase(async (place) => {
      await write(place.db, 'A', 'a1', 'a2', 'a3');
      await alter(place.owner, `update audit_entry set at = at - interval '61 minutes'`);
      await sealAll(place);
      await assertHolds(place.db);
      await alter(place.owner, `delete from audit_seal where position > 1`);
      assert.deepEqual((await proven(place.db)).offenders, [
        'from entry 2: 2 not sealed for more than 1 hour: the sealer does not run or does not keep up, or seals were taken away',
      ]);
    });
  });
});

describe('the sealer', () => {
  it('leaves a fresh tail unsealed without harm, and says how long it is', async () => {
    await inDatabase(async ({ db }) => {
      await write(db, 'A', 'a1', 'a2');
      await assertHolds(db, 2);
      assert.equal((await proven(db)).looked, 2);
    });
  });

  it('seals a second time nothing', async () => {
    await sealedPlace(async ({ db, owner }) => {
      assert.deepEqual(await sealOnce(db), { sealed: 0 });
      assert.deepEqual(await chainOf(owner, 'A'), ['a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
      assert.deepEqual(await chainOf(owner, '*'), ['none']);
    });
  });

  it('seals an entry that was committed late after those with higher IDs, and verify holds all the while', async () => {
    await inDatabase(async ({ db, owner, app, other }) => {
      const insert = 'insert into audit_entry (legal_entity_id, actor, action, subject) values ($1, $2, $2, $3)';
      await app.query('begin');
      await app.query('select pg_current_xact_id()');
      await other.query('begin');
      // The younger transaction takes the lower ID.
      await other.query(insert, ['A', 'x', 'late']);
      await app.query(insert, ['A', 'x', 'early']);
      await write(db, 'A', 'between');
      await sealOnce(db);
      assert.deepEqual(await chainOf(owner, 'A'), [], 'nothing while an older transaction still runs');
      await app.query('commit');
      await eventually(async () => {
        await sealOnce(db);
        assert.deepEqual(await chainOf(owner, 'A'), ['early']);
      });
      await assertHolds(db, 1);
      await other.query('commit');
      await sealAll({ db, owner });
      assert.deepEqual(await chainOf(owner, 'A'), ['early', 'late', 'between']);
      const { rows } = await owner.query<{ subject: string }>('select subject from audit_entry order by id');
      assert.deepEqual(
        rows.map((row) => row.subject),
        ['late', 'early', 'between'],
      );
      await assertHolds(db);
    });
  });

  it('of four at once and many writers, some of which take back what they wrote, seals every entry once', async () => {
    await inDatabase(async (place) => {
      const { db } = place;
      const writer = async (chain: string) => {
        for (let turn = 0; turn < 40; turn += 1) {
          if (turn % 5 < 4) await write(db, chain, `${chain}${String(turn)}`, `${chain}${String(turn)}b`);
          else await writeAndTakeBack(db, chain);
        }
      };
      const writers = Promise.all(['A', 'B', 'A', 'B'].map(writer));
      let isWriting = true;
      const stopped = writers.finally(() => (isWriting = false));
      const sealer = async () => {
        while (isWriting) await sealOnce(db);
      };
      await Promise.all([stopped, sealer(), sealer(), sealer(), sealer()]);
      await sealAll(place);
      await assertHolds(db);
      assert.equal((await proven(db)).looked, 4 * 32 * 2);
    });
  });

  it('seals in pages what an installation wrote before it had a sealer, in the order of its IDs', async () => {
    await inDatabase(async (place) => {
      await alter(
        place.owner,
        `insert into audit_entry (legal_entity_id, actor, action, subject, transaction_id)
          select 'A', 'x', 'x', n::text, '0' from generate_series(1, 2500) n`,
      );
      await write(place.db, 'A', '2501');
      await sealAll(place);
      const numbers = Array.from({ length: 2_501 }, (_, index) => String(index + 1));
      assert.deepEqual(await chainOf(place.owner, 'A'), numbers);
      await assertHolds(place.db);
      await alter(place.owner, `update audit_entry set subject = 'x' where subject = '2001'`);
      assert.deepEqual((await proven(place.db)).offenders, [`A/2001 (entry 2001): entry 2001 changed: ${CHANGED}`]);
    });
  });

  it('goes on in a cluster to which the database was restored, where transactions have lower numbers', async () => {
    await inDatabase(async (place) => {
      const elsewhere = (subject: string, transaction: string) =>
        alter(
          place.owner,
          `insert into audit_entry (legal_entity_id, actor, action, subject, transaction_id)
            values ('A', 'x', 'x', '${subject}', '${transaction}')`,
        );
      await elsewhere('sealed there', '9000000000000000');
      await sealAll(place);
      await elsewhere('not sealed there', '9000000000000001');
      await write(place.db, 'A', 'written here');
      await assertHolds(place.db, 2);
      await sealAll(place);
      await write(place.db, 'A', 'and later');
      await sealAll(place);
      assert.equal((await chainOf(place.owner, 'A'))[0], 'sealed there');
      assert.equal((await chainOf(place.owner, 'A'))[3], 'and later');
      await assertHolds(place.db);
    });
  });

  it('is run by the sweep', async () => {
    await inWorld({}, async (world) => {
      await write(world.db, 'A', 'a1', 'a2');
      await assertHolds(world.db, (await proven(world.db)).looked);
      await eventually(async () => {
        await world.company.sweepNow();
        await assertHolds(world.db);
      });
      assert.ok((await proven(world.db)).looked >= 2);
    });
  });
});

describe('what the application may not do to the log', () => {
  let database: TestDatabase;
  let app: pg.Client;
  let owner: pg.Client;

  before(async () => {
    database = await testDatabase();
    app = new pg.Client({ connectionString: database.appUrl });
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await Promise.all([app.connect(), owner.connect()]);
    await app.query(`insert into audit_seal (chain, position, entry_id, previous_hash, hash)
      values ('A', 1, 1, repeat('0', 64), repeat('a', 64))`);
  });

  after(async () => {
    await Promise.all([app.end(), owner.end()]);
    await database.drop();
  });

  const changes = [
    `update audit_seal set hash = repeat('b', 64)`,
    'delete from audit_seal',
    'truncate audit_seal',
    'merge into audit_seal s using (select 1) x on true when matched then delete',
  ];
  for (const change of changes) {
    it(`${change}: refused, and also to the owner`, async () => {
      await assert.rejects(app.query(change), { code: NOT_ALLOWED });
      await assert.rejects(owner.query(change), { code: APPEND_ONLY });
    });
  }

  const given = {
    'the time of a seal': `insert into audit_seal (chain, position, entry_id, previous_hash, hash, sealed_at)
      values ('A', 2, 2, repeat('a', 64), repeat('b', 64), '2020-01-01')`,
    'the transaction of an entry': `insert into audit_entry (actor, action, transaction_id) values ('x', 'x', '3')`,
    'the time of an entry': `insert into audit_entry (actor, action, at) values ('x', 'x', '2020-01-01')`,
    'the ID of an entry': `insert into audit_entry (id, actor, action) overriding system value values (1, 'x', 'x')`,
    'the triggers': 'alter table audit_seal disable trigger all',
  };
  for (const [what, statement] of Object.entries(given)) {
    it(`${what}: the database’s alone`, async () => {
      await assert.rejects(app.query(statement), { code: NOT_ALLOWED });
    });
  }

  it('an entry carries the transaction that wrote it', async () => {
    await app.query('begin');
    const { rows } = await app.query(`insert into audit_entry (actor, action) values ('x', 'x')
      returning transaction_id = pg_current_xact_id() as same`);
    await app.query('commit');
    assert.deepEqual(rows, [{ same: true }]);
  });
});
