// What holds a payment for a person although the matcher is sure, and what does not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { holdsOf, referenceOf, type AlikePayment, type LookedAt } from '../../src/domain/pre-validation.ts';
import type { MatchItem, MatchLine, MatchPayer, Proposal } from '../../src/domain/matching/types.ts';

const rules = POLICY_V1.cash;
const LINE: MatchLine = {
  ...{ id: 'line', currency: 'EUR', amountMinor: 10_000, bookedOn: '2026-03-10', valueOn: '2026-03-10' },
  ...{ payerName: 'Miller Ltd', payerAccount: 'DE89370400440532013000', texts: ['INV-1'], structuredReferences: [] },
  ...{ remittance: [], instructed: null, chargesMinor: 0 },
};
const ITEM: MatchItem = {
  ...{ id: 'item', customerId: 'c1', side: 'debit', currency: 'EUR', openMinor: 10_000, issuedOn: '2026-02-10' },
  ...{ dueOn: '2026-03-12', references: [{ kind: 'invoice', text: 'INV-1' }], discounts: [], disputedMinor: 0 },
};
const PAYER: MatchPayer = {
  ...{ customerId: 'c1', parentId: null, accounts: [] },
  names: [{ text: 'Miller Limited', source: 'master' }],
};
const PROPOSAL: Proposal = {
  ...{ pass: 'reference', score: 900, reasons: [] },
  allocation: {
    ...{ customerId: 'c1', onAccountMinor: 0 },
    shares: [
      {
        ...{ itemId: 'item', paidMinor: 10_000, discountMinor: 0, isDiscountLate: false, chargesMinor: 0 },
        ...{ toleranceMinor: 0, deductionMinor: 0, deductionCode: null, leftMinor: 0 },
      },
    ],
  },
};
const ALIKE: AlikePayment = {
  ...{ valueOn: '2026-03-05', reference: referenceOf(['INV-1']), itemIds: ['item'], name: 'psp/ch_1' },
};

function codes(looked: Partial<LookedAt> = {}): string[] {
  const all = { line: LINE, proposal: PROPOSAL, items: [ITEM], payers: [PAYER], bankDetailsChangedOn: null, alike: [] };
  return holdsOf({ ...all, ...looked }, rules).map(({ code }) => code);
}

describe('a payment that the matcher is sure of', () => {
  it('is posted when nothing speaks against it', () => {
    assert.deepEqual(codes(), []);
  });

  it('is held when the payer paid the same with the same reference some days before', () => {
    assert.deepEqual(codes({ alike: [ALIKE] }), ['duplicate_payment']);
    assert.deepEqual(codes({ alike: [{ ...ALIKE, valueOn: '2026-02-01' }] }), [], 'too long ago');
    assert.deepEqual(codes({ alike: [{ ...ALIKE, reference: 'INV2' }] }), [], 'another reference');
  });

  it('is no duplicate when it names another item than the other payment, or is a part of one', () => {
    assert.deepEqual(codes({ alike: [{ ...ALIKE, itemIds: ['other'] }] }), []);
    assert.deepEqual(codes({ alike: [ALIKE], proposal: { ...PROPOSAL, pass: 'part_payments' } }), []);
    const byAmount = { ...PROPOSAL, pass: 'payer_amount' as const };
    const alike = [{ ...ALIKE, itemIds: ['other'] }];
    assert.deepEqual(codes({ alike, proposal: byAmount }), ['duplicate_payment'], 'what names nothing may be twice');
  });

  it("is held while a change of the customer's bank details is fresh", () => {
    assert.deepEqual(codes({ bankDetailsChangedOn: '2026-03-01' }), ['bank_details_changed']);
    assert.deepEqual(codes({ bankDetailsChangedOn: '2026-03-12' }), ['bank_details_changed'], 'after it was booked');
    assert.deepEqual(codes({ bankDetailsChangedOn: '2026-02-01' }), []);
  });

  it('is held when both account and name are those of a stranger', () => {
    const stranger = { ...LINE, payerName: 'Jones plc' };
    assert.deepEqual(codes({ line: stranger }), ['payer_unknown']);
    const known: MatchPayer = { ...PAYER, accounts: [{ text: 'DE89 3704 0044 0532 0130 00', source: 'confirmed' }] };
    assert.deepEqual(codes({ line: stranger, payers: [known] }), [], 'the account is known');
    const parent: MatchPayer = { ...PAYER, customerId: 'c2', names: [{ text: 'Jones plc', source: 'master' }] };
    assert.deepEqual(codes({ line: stranger, payers: [PAYER, parent] }), [], 'its parent pays');
    assert.deepEqual(codes({ line: { ...stranger, payerAccount: null } }), [], 'no account is told');
    assert.deepEqual(codes({ line: { ...LINE, payerName: 'MILLER LTD LEEDS' } }), []);
  });

  it('is held when the IBAN it came from cannot be one', () => {
    assert.deepEqual(codes({ line: { ...LINE, payerAccount: 'DE88370400440532013000' } }), ['counterpart_iban_wrong']);
    assert.deepEqual(codes({ line: { ...LINE, payerAccount: '021000021/123456' } }), [], 'no IBAN at all');
  });

  it("is held when an item's currency is neither its own nor the one it was sent in", () => {
    const items = [{ ...ITEM, currency: 'USD' }];
    assert.deepEqual(codes({ items }), ['currency_differs']);
    assert.deepEqual(codes({ items, line: { ...LINE, instructed: { currency: 'USD', amountMinor: 11_000 } } }), []);
  });

  it('is held when it is more than what is open and the tolerance', () => {
    const over = (onAccountMinor: number): Partial<LookedAt> => ({
      proposal: { ...PROPOSAL, allocation: { ...PROPOSAL.allocation, onAccountMinor } },
    });
    assert.deepEqual(codes(over(5_000)), ['above_open']);
    assert.deepEqual(codes(over(1)), [], 'a stray cent');
    const matching = { ...rules.matching, isOnAccountAutomatic: true };
    const all = { line: LINE, items: [ITEM], payers: [PAYER], bankDetailsChangedOn: null, alike: [] };
    assert.deepEqual(holdsOf({ ...all, proposal: PROPOSAL, ...over(5_000) }, { ...rules, matching }), []);
  });

  it('says why in whole sentences with figures', () => {
    const all = { line: LINE, proposal: PROPOSAL, items: [ITEM], payers: [PAYER], bankDetailsChangedOn: null };
    const [hold] = holdsOf({ ...all, alike: [ALIKE] }, rules);
    assert.equal(hold?.text, 'The payer paid 100.00 EUR with the same reference on 2026-03-05 already (psp/ch_1).');
  });
});
