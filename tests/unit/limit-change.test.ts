// Who may raise a credit limit alone.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRaised, mayChangeLimit, type LimitChange } from '../../src/domain/limit-change.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';

const before = { limitMinor: 1_000_000, limitUntil: null };
const asked: LimitChange = {
  before,
  after: { limitMinor: 2_000_000, limitUntil: null },
  currency: 'EUR',
  actor: 'key:anna',
  roles: ['credit_analyst'],
  createdBy: ['key:ben'],
  rules: POLICY_V1.approvals,
};

function answer(changes: Partial<LimitChange>): string {
  const result = mayChangeLimit({ ...asked, ...changes });
  return result.ok ? 'ok' : result.refusal.code;
}

const to = (limitMinor: number | null, limitUntil: string | null = null) => ({ limitMinor, limitUntil });

describe('a limit', () => {
  it('is raised by more money, by more days, or by no end of either', () => {
    assert.equal(isRaised(to(100), to(101)), true);
    assert.equal(isRaised(to(100), to(null)), true);
    assert.equal(isRaised(to(100, '2026-01-31'), to(100, '2026-02-01')), true);
    assert.equal(isRaised(to(100, '2026-01-31'), to(90, null)), true);
    assert.equal(isRaised(to(100), to(100)), false);
    assert.equal(isRaised(to(null), to(1_000)), false);
    assert.equal(isRaised(to(100), to(99, '2026-01-31')), false);
  });

  const cases: readonly [string, Partial<LimitChange>, string][] = [
    ['is raised up to what the role may approve', { after: to(5_000_000) }, 'ok'],
    ['is not raised a cent above that', { after: to(5_000_001) }, 'above_authority'],
    ['is not taken away by who may approve an amount', { after: to(null) }, 'above_authority'],
    ['is taken away by an executive', { after: to(null), roles: ['executive'] }, 'ok'],
    ['is not raised by a role without a say in limits', { roles: ['sales'] }, 'above_authority'],
    ['is not raised by a role in a currency that is not its own', { currency: 'VND' }, 'above_authority'],
    [
      'is not prolonged above what the role may approve',
      { before: to(9_000_000, '2026-01-31'), after: to(9_000_000) },
      'above_authority',
    ],
    ['is lowered by anybody who reaches it', { roles: [], after: to(1), actor: 'key:ben' }, 'ok'],
    ['is not raised by who created the customer', { actor: 'key:ben', roles: ['executive'] }, 'duty_conflict'],
    [
      'is not raised by who created the customer, whoever decided the amount',
      { actor: 'key:ben', roles: null },
      'duty_conflict',
    ],
    ['is raised where the amount was decided elsewhere', { after: to(null), roles: null }, 'ok'],
  ];
  for (const [name, changes, expected] of cases) {
    it(name, () => {
      assert.equal(answer(changes), expected);
    });
  }

  it('that is refused says how much, and what to do', () => {
    const result = mayChangeLimit({ ...asked, after: to(6_000_000) });
    assert.ok(!result.ok);
    assert.equal(
      result.refusal.text,
      'A limit of 60000.00 EUR is more than you may grant alone: yours end at 50000.00 EUR.',
    );
    assert.match(result.refusal.hint, /credit-limit-requests/);
    assert.deepEqual(result.refusal.details, { asked: '60000.00', limit: '50000.00', currency: 'EUR' });
  });
});
