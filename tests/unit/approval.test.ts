// What one person asks for and another decides: how much there may be, who may say no, and what a waiting case does next.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  APPROVAL_STATES,
  checkCreditNote,
  checkRefund,
  checkWriteOff,
  fitLines,
  mayKeepNoLimit,
  mayReject,
  mayWithdraw,
  nextOfCase,
  type CaseTask,
} from '../../src/domain/approval.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import type { Result } from '../../src/domain/refusal.ts';
import { walkStates } from '../harness/walk-states.ts';

const rules = POLICY_V1.approvals;

function codeOf(result: Result<object>): string {
  return result.ok ? 'ok' : result.refusal.code;
}

describe('the states of an approval', () => {
  it('all lead out of the first, and end', () => {
    const { reached, final } = walkStates(APPROVAL_STATES, 'requested');
    assert.deepEqual(reached, ['approved', 'lapsed', 'rejected', 'requested', 'withdrawn']);
    assert.deepEqual(final, ['approved', 'lapsed', 'rejected', 'withdrawn']);
  });
});

describe('an amount', () => {
  const asked = { amountMinor: 500, currency: 'EUR', name: 'INV-1', pendingMinor: 300 };

  it('fits into what is open less what waits, to the cent', () => {
    assert.equal(codeOf(checkWriteOff({ ...asked, openMinor: 800 })), 'ok');
    assert.equal(codeOf(checkWriteOff({ ...asked, openMinor: 799 })), 'exceeds_open');
    assert.equal(codeOf(checkRefund({ ...asked, openMinor: 800 })), 'ok');
    const refused = checkRefund({ ...asked, openMinor: 799 });
    assert.match(
      refused.ok ? '' : refused.refusal.text,
      /5\.00 EUR of INV-1 .* 7\.99 EUR is open, and 3\.00 EUR of it waits/,
    );
  });

  it('fits into what is not credited of the invoice, paid or not', () => {
    const invoice = { ...asked, originalMinor: 1_000, creditedMinor: 150, writtenOffMinor: 50 };
    assert.equal(codeOf(checkCreditNote(invoice)), 'ok');
    assert.equal(codeOf(checkCreditNote({ ...invoice, creditedMinor: 151 })), 'credit_exceeds_invoice');
    assert.equal(codeOf(checkCreditNote({ ...invoice, writtenOffMinor: 51 })), 'credit_exceeds_invoice');
  });
});

describe('lines that were fixed when they were asked for', () => {
  const left = [
    { invoiceLineNo: 1, netMinor: 1_000, taxMinor: 190, creditedNetMinor: 400, creditedTaxMinor: 76 },
    { invoiceLineNo: 2, netMinor: 500, taxMinor: 0, creditedNetMinor: 0, creditedTaxMinor: 0 },
  ];
  const fit = (netMinor: number, taxMinor: number) =>
    fitLines({
      lines: [{ invoiceLineNo: 1, quantity: '1', netMinor, taxMinor }],
      left,
      number: 'INV-1',
      currency: 'EUR',
    });

  it('are credited as they are while nobody else took of them', () => {
    const all = fit(600, 114);
    assert.deepEqual(all.ok ? [all.netMinor, all.taxMinor, all.grossMinor] : [], [600, 114, 714]);
  });

  it('are refused when other credit notes left less of net or tax', () => {
    assert.equal(codeOf(fit(601, 114)), 'credit_exceeds_invoice');
    assert.equal(codeOf(fit(600, 115)), 'credit_exceeds_invoice');
  });

  it('are lines of the invoice', () => {
    const lines = [{ invoiceLineNo: 3, quantity: '1', netMinor: 1, taxMinor: 0 }];
    assert.throws(() => fitLines({ lines, left, number: 'INV-1', currency: 'EUR' }), /defect/);
  });
});

describe('who may say no', () => {
  const asked = { kind: 'write_off', asker: 'key:a', decider: 'key:b', currency: 'EUR', rules } as const;

  it('is anybody but the asker with a role that decides the kind, whatever the amount', () => {
    assert.equal(codeOf(mayReject({ ...asked, roles: ['credit_analyst'] })), 'ok');
    assert.equal(codeOf(mayReject({ ...asked, roles: ['collector', 'treasurer'] })), 'above_authority');
    assert.equal(codeOf(mayReject({ ...asked, roles: ['credit_analyst'], currency: 'XAU' })), 'above_authority');
    assert.equal(codeOf(mayReject({ ...asked, decider: 'key:a', roles: ['executive'] })), 'maker_is_checker');
  });

  it('by taking it back is the asker alone', () => {
    assert.equal(codeOf(mayWithdraw({ kind: 'refund', asker: 'key:a', decider: 'key:a' })), 'ok');
    assert.equal(codeOf(mayWithdraw({ kind: 'refund', asker: 'key:a', decider: 'key:b' })), 'not_the_asker');
  });
});

describe('no limit at all', () => {
  it('is granted by a role whose own authority has no end, and by no other', () => {
    assert.equal(codeOf(mayKeepNoLimit({ roles: ['executive'], currency: 'EUR', rules })), 'ok');
    assert.equal(codeOf(mayKeepNoLimit({ roles: ['ar_manager'], currency: 'EUR', rules })), 'above_authority');
    assert.equal(codeOf(mayKeepNoLimit({ roles: [], currency: 'EUR', rules })), 'above_authority');
  });
});

describe('a case that waits', () => {
  const waiting = { kind: 'refund', state: 'requested', deadlineAt: 1_000 } as const;
  const task: CaseTask = { taskId: 't', ownerRole: 'treasurer', isTold: true, tellAt: null, escalation: null };
  const next = (of: Partial<CaseTask> | null, now = 10) => {
    const { step, at } = nextOfCase(waiting, of === null ? null : { ...task, ...of }, now);
    return [step, at];
  };

  it('lapses at its deadline, with or without a task', () => {
    assert.deepEqual(next({}), ['lapse', 1_000]);
    assert.deepEqual(next(null), ['lapse', 1_000]);
  });

  it('tells its owner first: now, or when the next try is due', () => {
    const escalation = { role: 'executive', at: 500 };
    assert.deepEqual(next({ isTold: false, escalation }), ['tellDecider', 10]);
    assert.deepEqual(next({ isTold: false, tellAt: 400, escalation }), ['tellDecider', 400]);
    assert.deepEqual(next({ isTold: false, tellAt: 600, escalation }), ['escalate', 500]);
  });

  it('goes on to the next role before it lapses, and lapses when both are due', () => {
    assert.deepEqual(next({ escalation: { role: 'executive', at: 999 } }), ['escalate', 999]);
    assert.deepEqual(next({ escalation: { role: 'executive', at: 1_000 } }), ['lapse', 1_000]);
  });

  it('is closed by any decision', () => {
    for (const state of ['approved', 'rejected', 'withdrawn', 'lapsed'] as const)
      assert.equal(nextOfCase({ ...waiting, state }, null, 10).step, 'closed');
  });
});
