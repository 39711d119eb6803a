// Who may approve how much: limits by role and currency, the window of thirty days, and duties that one person never holds.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  DEFAULT_LIMITS,
  limitOf,
  mayApprove,
  mayAsk,
  POWERS,
  rolesAbove,
  smallestRoleFor,
  UNLIMITED,
  type Case,
  type Conflict,
} from '../../src/domain/authority.ts';
import { CURRENCY_EXPONENTS } from '../../src/domain/currencies.ts';
import type { ApprovalRules } from '../../src/domain/policy.ts';
import type { Refusal } from '../../src/domain/refusal.ts';
import { ROLES, type Role } from '../../src/domain/roles.ts';

const RULES: ApprovalRules = { workingDays: 10, limits: {} };
const LISTED = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'HUF', 'KWD'];

function approve(changes: Partial<Case>): ReturnType<typeof mayApprove> {
  const amountMinor = changes.amountMinor ?? 100;
  return mayApprove({
    power: 'write_off',
    roles: ['ar_manager'],
    asker: 'anna',
    decider: 'ben',
    amountMinor,
    windowMinor: amountMinor,
    currency: 'EUR',
    rules: RULES,
    conflicts: [],
    ...changes,
  });
}

function refusalOf(result: ReturnType<typeof mayApprove>): Refusal {
  assert.ok(!result.ok, 'refused');
  return result.refusal;
}

function policy(limits: ApprovalRules['limits']): ApprovalRules {
  return { ...RULES, limits };
}

const power = fc.constantFrom(...POWERS);
const role = fc.constantFrom(...ROLES);
const roles = fc.uniqueArray(role);
const currency = fc.constantFrom(...LISTED, 'XAF', 'CLF');
const minor = fc.oneof(fc.nat(10_000), fc.nat(200_000_000));
const limits = fc.dictionary(currency, minor, { maxKeys: 3 });
const rules = fc
  .dictionary(power, fc.dictionary(role, limits, { maxKeys: 3 }), { maxKeys: 3 })
  .map((ofPowers) => policy(ofPowers));

describe('the limits of a role', () => {
  it('are those of the table, in minor units of each currency', () => {
    const of = (one: Role, code: string): unknown =>
      limitOf({ power: 'write_off', roles: [one], currency: code, rules: RULES });
    assert.deepEqual(of('credit_analyst', 'EUR'), { maxMinor: 50_000 });
    assert.deepEqual(of('ar_manager', 'EUR'), { maxMinor: 500_000 });
    assert.deepEqual(of('ar_manager', 'GBP'), { maxMinor: 400_000 });
    assert.deepEqual(of('ar_manager', 'JPY'), { maxMinor: 750_000 });
    assert.deepEqual(of('ar_manager', 'HUF'), { maxMinor: 200_000_000 });
    assert.deepEqual(of('ar_manager', 'KWD'), { maxMinor: 1_500_000 });
    assert.deepEqual(of('executive', 'EUR'), { maxMinor: null });
    assert.equal(of('treasurer', 'EUR'), null);
  });

  it('are safe integers in currencies of ISO 4217', () => {
    for (const ofRoles of Object.values(DEFAULT_LIMITS)) {
      for (const ofRole of Object.values(ofRoles)) {
        if (ofRole === UNLIMITED) continue;
        for (const code of LISTED) assert.ok(code in ofRole, code);
        for (const [code, maxMinor] of Object.entries(ofRole)) {
          assert.ok(CURRENCY_EXPONENTS.has(code), code);
          assert.ok(Number.isSafeInteger(maxMinor) && maxMinor > 0, `${code} ${String(maxMinor)}`);
        }
      }
    }
  });

  it('are the best of all roles', () => {
    const best = limitOf({
      power: 'refund',
      roles: ['sales', 'treasurer', 'ar_manager'],
      currency: 'EUR',
      rules: RULES,
    });
    assert.deepEqual(best, { maxMinor: 10_000_000 });
    assert.equal(limitOf({ power: 'refund', roles: [], currency: 'EUR', rules: RULES }), null);
  });

  it('give way to those of the policy, in every currency at once', () => {
    const own = policy({ write_off: { ar_manager: { EUR: 700 }, executive: { EUR: 900 }, collector: { EUR: 20 } } });
    const of = (one: Role, code: string): unknown =>
      limitOf({ power: 'write_off', roles: [one], currency: code, rules: own });
    assert.deepEqual(of('ar_manager', 'EUR'), { maxMinor: 700 });
    assert.equal(of('ar_manager', 'USD'), null);
    assert.deepEqual(of('executive', 'EUR'), { maxMinor: 900 });
    assert.deepEqual(of('collector', 'EUR'), { maxMinor: 20 });
    assert.deepEqual(
      of('credit_analyst', 'EUR'),
      { maxMinor: 50_000 },
      'the default stands where the policy is silent',
    );
    assert.deepEqual(limitOf({ power: 'refund', roles: ['ar_manager'], currency: 'EUR', rules: own }), {
      maxMinor: 500_000,
    });
  });

  it('are never given to auditors and administrators, not even by a policy', () => {
    const own = policy({ refund: { auditor: { EUR: 100 }, administrator: { EUR: 100 } } });
    assert.equal(limitOf({ power: 'refund', roles: ['auditor', 'administrator'], currency: 'EUR', rules: own }), null);
  });

  it('never shrink by one more role', () => {
    fc.assert(
      fc.property(
        fc.record({ power, roles, currency, rules, amountMinor: minor, othersMinor: minor }),
        role,
        ({ othersMinor, ...asked }, extra) => {
          const windowMinor = asked.amountMinor + othersMinor;
          const isAllowed = approve({ ...asked, windowMinor }).ok;
          if (isAllowed) assert.ok(approve({ ...asked, windowMinor, roles: [...asked.roles, extra] }).ok);
        },
      ),
    );
  });

  it('never cover a currency that is not listed', () => {
    const others = [...CURRENCY_EXPONENTS.keys()].filter((code) => !(code in (listed('ar_manager') ?? {})));
    assert.ok(others.includes('XAF'));
    const limited = ROLES.filter((one) => one !== 'executive');
    fc.assert(
      fc.property(power, fc.constantFrom(...others), minor, (one, code, amountMinor) => {
        const refusal = refusalOf(approve({ power: one, roles: limited, currency: code, amountMinor }));
        assert.equal(refusal.code, 'above_authority');
        assert.equal(refusal.details?.['role'], 'executive');
        assert.ok(approve({ power: one, roles: ['executive'], currency: code, amountMinor }).ok);
      }),
    );
  });
});

function listed(one: Role): object | undefined {
  const ofRole = DEFAULT_LIMITS.write_off[one];
  return ofRole === UNLIMITED ? undefined : ofRole;
}

describe('whom a case goes to', () => {
  const cases: readonly [number, Role][] = [
    [0, 'credit_analyst'],
    [50_000, 'credit_analyst'],
    [50_001, 'ar_manager'],
    [500_000, 'ar_manager'],
    [500_001, 'executive'],
  ];
  for (const [amountMinor, owner] of cases) {
    it(`is the role ${owner} for a write-off of ${String(amountMinor)} cents`, () => {
      assert.equal(smallestRoleFor({ power: 'write_off', amountMinor, currency: 'EUR', rules: RULES }), owner);
    });
  }

  it('is the highest role where a policy leaves nobody who may', () => {
    const own = policy({ refund: { ar_manager: {}, treasurer: {}, executive: { EUR: 10 } } });
    assert.equal(smallestRoleFor({ power: 'refund', amountMinor: 11, currency: 'EUR', rules: own }), 'executive');
    const asked = { power: 'refund', roles: ['executive'], amountMinor: 11, rules: own } as const;
    assert.match(refusalOf(approve(asked)).hint, /administrator raise the limits/);
  });

  it('rises through the roles that hold the power', () => {
    assert.deepEqual(rolesAbove('credit_analyst', 'write_off'), ['ar_manager', 'executive']);
    assert.deepEqual(rolesAbove('ar_manager', 'refund'), ['treasurer', 'executive']);
    assert.deepEqual(rolesAbove('ar_manager', 'credit.release'), ['executive']);
    assert.deepEqual(rolesAbove('executive', 'refund'), []);
    const own = policy({ write_off: { treasurer: { EUR: 600_000 } } });
    assert.deepEqual(rolesAbove('ar_manager', 'write_off', own), ['treasurer', 'executive']);
  });

  it('is a role that may approve it, and no lower one may', () => {
    fc.assert(
      fc.property(fc.record({ power, currency, amountMinor: minor }), (asked) => {
        const owner = smallestRoleFor({ ...asked, rules: RULES });
        assert.ok(approve({ ...asked, roles: [owner] }).ok);
        const lower = ROLES.slice(0, ROLES.indexOf(owner));
        assert.equal(approve({ ...asked, roles: lower }).ok, false);
        for (const above of rolesAbove(owner, asked.power)) assert.ok(approve({ ...asked, roles: [above] }).ok, above);
      }),
    );
  });
});

describe('an approval', () => {
  it('passes up to the limit and not a cent above it', () => {
    assert.deepEqual(approve({ amountMinor: 500_000 }), { ok: true });
    assert.equal(refusalOf(approve({ amountMinor: 500_001 })).code, 'above_authority');
  });

  it('says with the figures what is above the authority, and who has it', () => {
    assert.deepEqual(refusalOf(approve({ roles: ['credit_analyst'], amountMinor: 30_000, windowMinor: 70_000 })), {
      kind: 'not_allowed',
      code: 'above_authority',
      text: 'This write-off of 300.00 EUR makes 700.00 EUR for the customer in 30 days, above your limit of 500.00 EUR.',
      hint: 'Let somebody with the role ar_manager decide it.',
      details: { amount: '300.00', windowSum: '700.00', limit: '500.00', currency: 'EUR', role: 'ar_manager' },
    });
    assert.equal(
      refusalOf(approve({ power: 'refund', roles: ['sales'], amountMinor: 5, currency: 'JPY' })).text,
      'This refund of 5 JPY makes 5 JPY for the customer in 30 days, and none of your roles may approve one in JPY.',
    );
  });

  it('is never raised by splitting a case', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.record({ power, roles, rules }), parts, (asked, amounts) => {
        const limit = limitOf({ ...asked, currency: 'EUR' });
        let approvedMinor = 0;
        for (const amountMinor of amounts) {
          const windowMinor = approvedMinor + amountMinor;
          if (approve({ ...asked, amountMinor, windowMinor }).ok) approvedMinor = windowMinor;
        }
        if (limit === null) assert.equal(approvedMinor, 0);
        else assert.ok(limit.maxMinor === null || approvedMinor <= limit.maxMinor);
        if (approvedMinor > 0) assert.ok(approve({ ...asked, amountMinor: approvedMinor }).ok, 'whole as in parts');
      }),
    );
  });

  it('is never given by who asked', () => {
    fc.assert(
      fc.property(fc.record({ power, roles, currency, rules, amountMinor: minor, asker: fc.string() }), (asked) => {
        assert.equal(refusalOf(approve({ ...asked, decider: asked.asker })).code, 'maker_is_checker');
      }),
    );
  });

  it('needs no asker where a rule asked', () => {
    assert.ok(approve({ power: 'credit.release', asker: null }).ok);
  });

  it('takes a window that leaves the case out for a defect', () => {
    assert.throws(() => approve({ amountMinor: 100, windowMinor: 99 }), /defect/);
    assert.throws(() => approve({ amountMinor: -1 }), /defect/);
  });
});

describe('duties that one person never holds', () => {
  const cases: readonly [Conflict['duty'], boolean, RegExp][] = [
    ['created_customer', true, /created a customer cannot release its credit/],
    ['applied_cash', false, /applied cash to an item cannot write it off/],
    ['changed_bank_details', false, /changed bank details cannot refund to them/],
    ['asked_credit_note', true, /asked for a credit note cannot approve it/],
  ];
  for (const [duty, isAskerFree, words] of cases) {
    it(`bar by ${duty} who decides${isAskerFree ? ', and not who asks' : ' and who asks'}`, () => {
      const conflicts = [
        { duty, actor: 'carl' },
        { duty, actor: 'dora' },
      ];
      const refusal = refusalOf(approve({ roles: ['executive'], decider: 'dora', conflicts }));
      assert.deepEqual([refusal.kind, refusal.code, refusal.details], ['not_allowed', 'duty_conflict', { duty }]);
      assert.match(refusal.text, words);
      assert.ok(approve({ decider: 'ben', conflicts }).ok, 'somebody else decides');

      assert.equal(mayAsk({ asker: 'carl', conflicts }).ok, isAskerFree);
      assert.ok(mayAsk({ asker: 'anna', conflicts }).ok, 'somebody else asks');
    });
  }

  it('bar whatever the roles and the amount', () => {
    const duty = fc.constantFrom(...cases.map(([one]) => one));
    fc.assert(
      fc.property(fc.record({ power, roles, currency, rules, amountMinor: minor }), duty, (asked, one) => {
        const conflicts = [{ duty: one, actor: 'ben' }];
        assert.equal(refusalOf(approve({ ...asked, conflicts })).code, 'duty_conflict');
      }),
    );
  });
});
