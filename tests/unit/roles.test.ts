// The table of actions seen from the roles: what each may change, what it may see, and what it never may.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_LIMITS, POWERS, type Power } from '../../src/domain/authority.ts';
import { ACTIONS, entitiesFor, isAllowed, ROLES, type Action, type Role } from '../../src/domain/roles.ts';

const ALL = Object.keys(ACTIONS) as Action[];
const READS = ALL.filter((action) => action.endsWith('.read'));
const ORDER_LIFE: readonly Action[] = [
  'order.change',
  'order.cancel',
  'order.close_short',
  'order.decide_shipment',
  'order.decide_quality',
];
const EVERY_WORKER: readonly Action[] = ['dispute.write', 'approval.decide', 'task.write', 'task.complete'];

/** Role → what it may do beyond reading. */
const MAY: Readonly<Record<Role, readonly Action[]>> = {
  sales: [
    ...EVERY_WORKER,
    ...ORDER_LIFE,
    'order.create',
    'order.ship',
    'dispute.raise',
    'dispute.resolve',
    'credit_note.ask',
  ],
  customer_service: [
    ...EVERY_WORKER,
    ...ORDER_LIFE,
    'order.create',
    'order.ship',
    'order.return_goods',
    'order.block',
    'dispute.raise',
    'dispute.resolve',
    'promise.give',
    'plan.agree',
    'credit_note.ask',
    'refund.ask',
    'advice.write',
  ],
  collector: [
    ...EVERY_WORKER,
    'order.block',
    'customer.block',
    'dispute.raise',
    'dispute.resolve',
    'promise.give',
    'plan.agree',
    'credit_note.ask',
    'write_off.ask',
  ],
  cash_applier: [
    ...EVERY_WORKER,
    'payment.create',
    'payment.allocate',
    'payment.undo',
    'payment.return',
    'refund.ask',
    'statement.upload',
    'cash.decide',
    'payer.forget',
    'advice.write',
    'payout.write',
  ],
  credit_analyst: [...EVERY_WORKER, 'group.write', 'credit.change', 'credit.decide', 'write_off.ask'],
  ar_manager: [
    ...EVERY_WORKER,
    ...ORDER_LIFE,
    'order.return_goods',
    'order.block',
    'customer.block',
    'group.write',
    'credit.change',
    'credit.decide',
    'opening_item.create',
    'dispute.raise',
    'dispute.resolve',
    'promise.give',
    'plan.agree',
    'payment.create',
    'payment.allocate',
    'payment.undo',
    'credit_note.ask',
    'write_off.ask',
    'refund.ask',
    'csv_mapping.write',
    'cash.decide',
    'payer.forget',
    'advice.write',
  ],
  treasurer: [
    ...EVERY_WORKER,
    'payment.return',
    'bank_account.write',
    'dispute.resolve',
    'statement.upload',
    'statement.accept',
    'house_account.write',
    'csv_mapping.write',
    'payout.write',
    'exchange_rate.write',
  ],
  executive: [...EVERY_WORKER, 'credit.decide', 'dispute.resolve', 'statement.accept'],
  auditor: [],
  administrator: [
    'legal_entity.write',
    'policy.write',
    'mailbox.write',
    'customer.write',
    'bank_account.write',
    'item.write',
    'house_account.write',
    'csv_mapping.write',
    'exchange_rate.write',
  ],
};

function may(role: Role, action: Action): boolean {
  return isAllowed([{ legalEntityId: 'ACME', role }], action, 'ACME');
}

describe('the table of actions', () => {
  for (const role of ROLES) {
    it(`lets the role ${role} change what is its own and nothing else`, () => {
      const changes = ALL.filter((action) => !READS.includes(action) && may(role, action));
      assert.deepEqual(changes.sort(), [...MAY[role]].sort());
    });
  }

  it('shows everything to executives and auditors', () => {
    for (const action of READS) {
      assert.ok(may('executive', action), action);
      assert.ok(may('auditor', action), action);
    }
  });

  it('shows everybody all but who has which bank account, what came on ours, and the audit trail', () => {
    const kept: readonly Action[] = ['bank_account.read', 'audit.read', 'statement.read', 'cash.read', 'payer.read'];
    for (const role of ROLES) {
      const unseen = READS.filter((action) => !may(role, action));
      assert.deepEqual(
        unseen.filter((action) => !kept.includes(action)),
        [],
        role,
      );
    }
    assert.equal(may('sales', 'bank_account.read'), false);
    assert.equal(may('treasurer', 'bank_account.read'), true);
    assert.equal(may('ar_manager', 'audit.read'), false);
    assert.equal(may('sales', 'statement.read'), false);
    assert.equal(may('cash_applier', 'cash.read'), true);
  });

  it('opens the decision to whoever may ask for one or approve it', () => {
    const asking: readonly Action[] = [
      'credit_note.ask',
      'write_off.ask',
      'refund.ask',
      'credit.change',
      'order.return_goods',
      'dispute.resolve',
    ];
    for (const role of ROLES) {
      const isConcerned = asking.some((action) => may(role, action)) || holds(role, POWERS);
      if (isConcerned) assert.ok(may(role, 'approval.decide'), role);
    }
  });

  it('opens the decision on a hold to exactly the roles with authority over credit', () => {
    for (const role of ROLES) assert.equal(may(role, 'credit.decide'), holds(role, ['credit.release']), role);
  });

  it('allows nothing without a grant, nor by one in another legal entity', () => {
    for (const action of ALL) {
      const everyRole = ROLES.map((role) => ({ legalEntityId: 'THEIRS', role }));
      assert.equal(isAllowed([], action, 'ACME'), false, action);
      assert.equal(isAllowed(everyRole, action, 'ACME'), false, action);
      assert.equal(isAllowed(everyRole, action, '*'), false, action);
      assert.deepEqual(entitiesFor(everyRole, action), ['THEIRS'], action);
    }
  });

  it('takes a grant for the whole installation in every legal entity', () => {
    const grants = [{ legalEntityId: '*', role: 'treasurer' as const }];
    assert.equal(isAllowed(grants, 'payment.return', 'ACME'), true);
    assert.equal(isAllowed(grants, 'payment.return', '*'), true);
    assert.equal(isAllowed(grants, 'payment.undo', 'ACME'), false);
    assert.equal(entitiesFor(grants, 'payment.return'), '*');
  });
});

function holds(role: Role, powers: readonly Power[]): boolean {
  return powers.some((power) => DEFAULT_LIMITS[power][role] !== undefined);
}
