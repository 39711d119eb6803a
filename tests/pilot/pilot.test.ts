// The pilot: the engine in simulated time and the dry run decide the same, and the books stand up to the file.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { ENTITY } from '../../src/cli/pilot/company.ts';
import { compareWithFile } from '../../src/cli/pilot/outcome.ts';
import { planPilot, type PilotPlan } from '../../src/cli/pilot/plan.ts';
import { runDry } from '../../src/cli/pilot/run-dry.ts';
import { runReplay } from '../../src/cli/pilot/run-replay.ts';
import type { PilotLetter } from '../../src/domain/pilot/dry-run.ts';
import { figuresAsOf } from '../../src/domain/pilot/receivables-figures.ts';
import { readHistory } from '../../src/domain/pilot/read-history.ts';
import { receivableItemsOf } from '../../src/database/queries/receivables.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { asCsv, isWeekend, makePast, seeded, type MadeInvoice } from './generated-past.ts';

const INVOICES = 210;
const SEED = Number(process.env.QUITTANCE_TEST_SEED ?? 20_241_118);

function planOf(past: readonly MadeInvoice[]): PilotPlan {
  const read = readHistory({ ...asCsv(past), map: {}, defaultCurrency: 'EUR' });
  assert.ok(read.ok, JSON.stringify(read));
  return planPilot(read.history, {
    policy: POLICY_V1,
    country: 'DE',
    zone: 'Europe/Berlin',
    asOf: ['2025-01-31', '2025-04-15'],
  });
}

/** Moves the payments of half of the late payers to the very day on which one of their letters would go. */
function payOnLetterDays(past: readonly MadeInvoice[]): MadeInvoice[] {
  const random = seeded(SEED + 1);
  const unpaid = past.map((invoice) => ({ ...invoice, settledOn: null }));
  const letters = runDry(planOf(unpaid)).letters;
  return past.map((invoice) => {
    const own = letters.filter((letter) => letter.invoice === invoice.number);
    const chosen = own[Math.floor(random() * own.length)];
    return chosen !== undefined && random() < 0.5 ? { ...invoice, settledOn: chosen.on } : invoice;
  });
}

function sorted(letters: readonly PilotLetter[]): string[] {
  return letters.map(({ invoice, level, on }) => `${invoice} ${level} ${on}`).sort();
}

describe('the pilot', () => {
  it(`sends the same letters on the same days as the dry run, and shows an altered payment (seed ${String(SEED)})`, async () => {
    const plan = planOf(payOnLetterDays(makePast(INVOICES, SEED)));
    const dry = runDry(plan);
    const replayed = await runReplay(plan, {
      tellProgress: () => undefined,
      beforeFigures: async ({ ownerUrl, db }) => {
        assert.deepEqual(await compareWithFile(db, plan), [], 'the books agree with the file before they are altered');
        const items = await receivableItemsOf(db, ENTITY);
        assert.deepEqual(
          plan.asOf.map((asOf) => figuresAsOf({ asOf, items })),
          dry.asOf,
          'the ledger and the file give the same figures',
        );
        await alterOnePayment(ownerUrl);
      },
    });

    assert.deepEqual(sorted(replayed.letters), sorted(dry.letters));
    assert.equal(replayed.tasks, dry.tasks);
    assert.deepEqual(replayed.touchless, dry.touchless);
    assert.ok(replayed.differences.length > 0, 'an altered payment shows');
    assert.equal(new Set(replayed.differences.map((difference) => difference.customer)).size, 1);
    assert.ok(replayed.differences.every((difference) => difference.ledgerMinor - difference.fileMinor === 100));

    // The past was worth replaying: every kind of letter went, some items were paid on a letter's day, and no letter on a weekend
    // where the weekend is Saturday and Sunday.
    for (const level of ['notice', 'reminder1', 'reminder2', 'reminder3'] as const) {
      assert.ok(
        dry.letters.some((letter) => letter.level === level),
        `a ${level} went`,
      );
    }
    assert.ok(dry.tasks > 0, 'a collector was asked');
    assert.ok(dry.letters.every((letter) => !isWeekend(letter.on)));
  });
});

/** What nobody may do: changes a posted payment, as a superuser with the triggers off. */
async function alterOnePayment(ownerUrl: string): Promise<void> {
  const client = new pg.Client(ownerUrl);
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    const { rowCount } = await client.query(
      `update journal_line set amount_minor = amount_minor + 100 where (entry_id, line_no) = (
        select l.entry_id, l.line_no from journal_line l join journal_entry e on e.id = l.entry_id
        where e.kind = 'payment' and l.account = 'receivable' and l.amount_minor < -100 order by e.effective_on, e.id limit 1)`,
    );
    assert.equal(rowCount, 1);
  } finally {
    await client.end();
  }
}
