// The matcher's answers, one rule of cash application at a time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../../src/domain/matching/types.ts';
import { item, line, match, matchOne, paidOf, payer, PAYERS } from '../../harness/matching.ts';

const INVOICES = ['4081736529', '7720461835', '1593048276'].map((id, at) =>
  item({ id, openMinor: 123_456 + at * 54_321, dueOn: `2026-03-${20 + at}` }),
);
const NORDWIND = 'Nordwind Foods GmbH';

function posted(answer: Answer) {
  assert.equal(answer.kind, 'post', JSON.stringify(answer));
  return answer.proposal;
}

describe('references', () => {
  it('post an invoice that the text names, with the reasons', () => {
    const proposal = posted(matchOne(INVOICES, line({ texts: ['Invoice 4081736529'], payerName: NORDWIND })));
    assert.equal(proposal.pass, 'reference');
    assert.deepEqual(proposal.reasons.slice().sort(), [
      'The amount, 1234.56 EUR, is exactly what is open.',
      "The payer's name is the customer's.",
      'The text names invoice 4081736529.',
    ]);
  });

  it('of a payer whom nobody knows say so, and not that the line itself shows who it is', () => {
    const { reasons } = posted(
      matchOne(INVOICES, line({ texts: ['Invoice 4081736529'], payerName: 'Somebody Else Ltd' })),
    );
    assert.ok(reasons.includes('The payer is not known.'), reasons.join('\n'));
  });

  it('post by a structured reference whose check digits hold', () => {
    const items = [
      item({ id: 'INV-1', references: [{ kind: 'payment_reference', text: 'RF18 5390 0754 7034' }] }),
      ...INVOICES,
    ];
    const proposal = posted(matchOne(items, line({ structuredReferences: ['RF18539007547034'] })));
    assert.equal(proposal.pass, 'structured_reference');
    const inText = posted(matchOne(items, line({ texts: ['pay RF18 5390 0754 7034 please'] })));
    assert.equal(inText.pass, 'structured_reference');
  });

  it('post a damaged number only with a payer or an amount beside it', () => {
    const damaged = { texts: ['Invoice 408173529'] };
    assert.equal(posted(matchOne(INVOICES, line({ ...damaged, payerName: NORDWIND }))).pass, 'damaged_reference');
    assert.notEqual(matchOne(INVOICES, line({ ...damaged, amountMinor: 50_000 })).kind, 'post');
  });

  it('do not post a damaged number of a dense series to its neighbour', () => {
    const series = Array.from({ length: 300 }, (_, at) =>
      item({ id: String(20_000 + at * 2), openMinor: 100_000 + at * 977 }),
    );
    const answer = matchOne(series, line({ texts: ['20011'], amountMinor: 40_000, payerName: NORDWIND }));
    assert.notEqual(answer.kind, 'post');
  });

  it('share a payment over several invoices, run together and one of them damaged', () => {
    const amountMinor = INVOICES.reduce((sum, invoice) => sum + invoice.openMinor, 0);
    const proposal = posted(
      matchOne(INVOICES, line({ texts: ['40817365297720461835159304826'], amountMinor, payerName: NORDWIND })),
    );
    assert.equal(proposal.allocation.shares.length, 3);
    assert.equal(proposal.allocation.onAccountMinor, 0);
  });

  it('take what an order number names together', () => {
    const order = { kind: 'purchase_order' as const, text: 'PO-778123' };
    const items = [1, 2, 3].map((at) =>
      item({
        id: `INV-90${at}4${at}`,
        openMinor: 10_000 + at * 1_111,
        references: [{ kind: 'invoice', text: `INV-90${at}4${at}` }, order],
      }),
    );
    const proposal = posted(matchOne(items, line({ texts: ['PO 778123'], amountMinor: 36_666, payerName: NORDWIND })));
    assert.equal(proposal.pass, 'order_reference');
    assert.equal(proposal.allocation.shares.length, 3);
  });
});

describe('numbers too damaged to be sought in everybody’s', () => {
  it('are made up for by the only items that the readable ones leave of the amount', () => {
    const items = [
      ...INVOICES,
      item({ id: '6604418257', openMinor: 99_731 }),
      item({ id: '5561902284', openMinor: 77_003 }),
    ];
    const texts = ['4081736529, 77204 and 15930'];
    const amountMinor = 123_456 + 177_777 + 232_098;
    const answer = matchOne(
      items,
      line({ texts: ['4081736529, 98122203 and 70055516'], amountMinor, payerName: NORDWIND }),
    );
    assert.deepEqual(paidOf(answer).sort(), ['1593048276:232098', '4081736529:123456', '7720461835:177777']);
    assert.ok(
      posted(answer).reasons.includes(
        'The text does not name 2 items, which are just what the named ones leave of the amount.',
      ),
    );
    const cut = matchOne(items, line({ texts, amountMinor, payerName: NORDWIND }));
    assert.deepEqual(paidOf(cut).sort(), ['1593048276:232098', '4081736529:123456', '7720461835:177777']);
  });

  it('stand for no more items than there are such numbers', () => {
    const answer = matchOne(
      INVOICES,
      line({ texts: ['4081736529 98122203'], amountMinor: 123_456 + 177_777 + 232_098, payerName: NORDWIND }),
    );
    assert.notEqual(answer.kind, 'post');
  });

  it('are compared with a known payer’s own items, and proposed', () => {
    const paying = { texts: ['408 7365 99'], amountMinor: 40_001 };
    const answer = matchOne(INVOICES, line({ ...paying, payerName: NORDWIND }));
    assert.equal(answer.kind, 'propose');
    assert.deepEqual(paidOf(answer), ['4081736529:40001']);
    assert.equal(matchOne(INVOICES, line({ ...paying, payerName: 'Somebody Else Ltd' })).kind, 'unidentified');
  });
});

describe('amounts beside a named invoice', () => {
  const named = { texts: ['4081736529'], payerName: NORDWIND };
  const share = (answer: Answer) => posted(answer).allocation.shares[0];

  it('leave the rest of a short payment on the item', () => {
    const paid = share(matchOne(INVOICES, line({ ...named, amountMinor: 100_000 })));
    assert.deepEqual([paid?.paidMinor, paid?.leftMinor, paid?.deductionMinor], [100_000, 23_456, 0]);
  });

  it('put the rest of an overpayment on account', () => {
    const answer = posted(matchOne(INVOICES, line({ ...named, amountMinor: 150_000 })));
    assert.deepEqual([answer.allocation.shares[0]?.paidMinor, answer.allocation.onAccountMinor], [123_456, 26_544]);
  });

  it('write off a difference within the tolerance', () => {
    const paid = share(matchOne(INVOICES, line({ ...named, amountMinor: 123_440 })));
    assert.deepEqual([paid?.toleranceMinor, paid?.leftMinor], [16, 0]);
  });

  it('grant a discount in time, and leave a late one open unless the policy grants it', () => {
    const items = [item({ id: '4081736529', discounts: [{ until: '2026-03-20', amountMinor: 2_469 }] })];
    const inTime = share(matchOne(items, line({ ...named, amountMinor: 120_987 })));
    assert.deepEqual([inTime?.discountMinor, inTime?.isDiscountLate, inTime?.leftMinor], [2_469, false, 0]);
    const late = line({ ...named, amountMinor: 120_987, valueOn: '2026-04-02', bookedOn: '2026-04-02' });
    const refused = share(matchOne(items, late));
    assert.deepEqual([refused?.discountMinor, refused?.deductionCode, refused?.leftMinor], [0, 'late_discount', 2_469]);
    const granted = share(matchOne(items, late, { policy: { isLateDiscountGranted: true } }));
    assert.deepEqual([granted?.discountMinor, granted?.isDiscountLate, granted?.leftMinor], [2_469, true, 0]);
  });

  it('book what banks kept as charges', () => {
    const paid = share(matchOne(INVOICES, line({ ...named, amountMinor: 121_956, chargesMinor: 1_500 })));
    assert.deepEqual([paid?.paidMinor, paid?.chargesMinor, paid?.leftMinor], [121_956, 1_500, 0]);
  });

  it('leave a disputed part open', () => {
    const paid = share(
      matchOne([item({ id: '4081736529', disputedMinor: 23_456 })], line({ ...named, amountMinor: 100_000 })),
    );
    assert.deepEqual([paid?.paidMinor, paid?.leftMinor], [100_000, 23_456]);
  });

  it('match in the currency of the item when the bank names its amount, and ask a person when it does not', () => {
    const items = [item({ id: '4081736529', currency: 'USD', openMinor: 140_000 })];
    const instructed = { currency: 'USD', amountMinor: 140_000 };
    assert.deepEqual(paidOf(matchOne(items, line({ ...named, instructed }))), ['4081736529:140000']);
    const answer = matchOne(items, line({ ...named, payerName: null }));
    assert.ok(answer.kind === 'unidentified' && answer.doubt === 'other_currency');
  });
});

describe('payers without a reference', () => {
  it('are never trusted by an amount alone', () => {
    const answer = matchOne(INVOICES, line());
    assert.notEqual(answer.kind, 'post');
  });

  it('have the only item of exactly their amount proposed, whoever they are', () => {
    const answer = matchOne(INVOICES, line({ payerName: 'Zebra Partners' }));
    assert.ok(answer.kind === 'propose' && answer.doubt === 'unknown_payer', JSON.stringify(answer));
    assert.deepEqual(paidOf(answer), ['4081736529:123456']);
  });

  it('have an item proposed whose amount is close, and more than any policy writes off', () => {
    const items = [...INVOICES, item({ id: '6604418257', openMinor: 26_332_776 })];
    const answer = matchOne(items, line({ payerName: NORDWIND, amountMinor: 26_331_792 }));
    assert.equal(answer.kind, 'propose');
    assert.deepEqual(paidOf(answer), ['6604418257:26331792']);
  });

  it('post an exact amount of a known account', () => {
    const answer = matchOne(INVOICES, line({ payerAccount: 'DE02 1203 0000 0000 2020 51' }));
    assert.equal(posted(answer).pass, 'payer_amount');
  });

  it('leave two items of the same amount to a person', () => {
    const items = [item({ id: 'INV-10001' }), item({ id: 'INV-10002' })];
    const answer = matchOne(items, line({ payerAccount: 'DE02120300000000202051' }));
    assert.ok(answer.kind === 'propose' && answer.doubt === 'tie');
  });

  it('post the only sum of items that fits, a credit note used up', () => {
    const items = [...INVOICES, item({ id: 'CN-1', side: 'credit', openMinor: 11_111 })];
    const amountMinor = 123_456 + 177_777 - 11_111;
    const answer = matchOne(items, line({ payerAccount: 'DE02120300000000202051', amountMinor }));
    assert.equal(posted(answer).pass, 'subset_sum');
    assert.deepEqual(paidOf(answer).sort(), ['4081736529:123456', '7720461835:177777', 'CN-1:-11111']);
  });

  it('may pay for a child, and the payer is learned within the statement', () => {
    const payers = [...PAYERS, { ...payer('C9', 'Silber Interiors'), parentId: 'C1' }];
    const child = [item({ id: 'INV-77001', customerId: 'C9', openMinor: 98_765 })];
    const answer = matchOne(child, line({ payerAccount: 'DE02120300000000202051', amountMinor: 98_765 }), { payers });
    assert.deepEqual(paidOf(answer), ['INV-77001:98765']);
    const unknown = { payerName: 'XY Holdings', payerAccount: 'FR7630006000011234567890189' };
    const lines = [
      line({ id: 'A', ...unknown, texts: ['4081736529'] }),
      line({ id: 'B', ...unknown, amountMinor: 177_777 }),
    ];
    assert.deepEqual(
      match(INVOICES, lines).map((each) => each.kind),
      ['post', 'post'],
    );
  });

  it('pay the oldest first, or go on account, only when the policy allows it', () => {
    const paying = line({ payerAccount: 'DE02120300000000202051', amountMinor: 150_001 });
    assert.equal(matchOne(INVOICES, paying).kind, 'propose');
    const oldest = matchOne(INVOICES, paying, { policy: { isOldestFirst: true } });
    assert.deepEqual([posted(oldest).pass, paidOf(oldest).length], ['oldest_first', 2]);
    const onAccount = matchOne(INVOICES, paying, { policy: { isOnAccountAutomatic: true } });
    assert.deepEqual([posted(onAccount).pass, posted(onAccount).allocation.onAccountMinor], ['on_account', 150_001]);
  });

  it('are asked for by name when nothing is known', () => {
    const answer = matchOne(INVOICES, line({ payerName: 'Zebra Partners', amountMinor: 5 }));
    assert.ok(answer.kind === 'unidentified' && answer.doubt === 'unknown_payer');
    assert.match(answer.missing.join(' '), /"Zebra Partners" is no name we know/);
  });
});

describe('several lines', () => {
  it('that together pay one invoice are posted to it', () => {
    const lines = [60_000, 63_456].map((amountMinor, at) =>
      line({ id: `L${at}`, amountMinor, payerName: NORDWIND, texts: ['408173652'] }),
    );
    assert.deepEqual(match(INVOICES, lines).map(paidOf), [['4081736529:60000'], ['4081736529:63456']]);
  });

  it('that want the same invoice with the same right are left to a person', () => {
    const lines = ['A', 'B'].map((id) => line({ id, texts: ['4081736529'], payerName: NORDWIND }));
    assert.deepEqual(
      match(INVOICES, lines).map((answer) => answer.kind),
      ['propose', 'propose'],
    );
    const [first, second] = match(
      INVOICES,
      [lines[0], { ...line(lines[1]), bookedOn: '2026-03-25' }].map((each) => line(each)),
    );
    assert.deepEqual([first?.kind, second?.kind === 'post'], ['post', false], 'the earlier one has the better right');
  });
});

describe('remittance advice', () => {
  const told = { paidMinor: null, reducedMinor: null, reasonCode: null, isDiscount: false };

  it('is followed line by line, with reductions and credits', () => {
    const items = [...INVOICES, item({ id: 'CN-4711', side: 'credit', openMinor: 11_111 })];
    const remittance = [
      { ...told, reference: '4081736529', paidMinor: 120_000, reducedMinor: 3_456, reasonCode: '04' },
      { ...told, reference: '7720461835', paidMinor: 177_777 },
      { ...told, reference: 'CN 4711', paidMinor: -11_111 },
    ];
    const answer = matchOne(items, line({ remittance, amountMinor: 286_666, payerName: NORDWIND }));
    const { pass, allocation } = posted(answer);
    assert.equal(pass, 'remittance');
    assert.deepEqual(paidOf(answer), ['4081736529:120000', '7720461835:177777', 'CN-4711:-11111']);
    const [first] = allocation.shares;
    assert.deepEqual([first?.deductionMinor, first?.deductionCode, first?.leftMinor], [3_456, '04', 3_456]);
  });

  it('is left to a person when it does not add up to the money', () => {
    const remittance = [
      { ...told, reference: '4081736529', paidMinor: 123_456 },
      { ...told, reference: 'unknown', paidMinor: 1_000 },
    ];
    assert.notEqual(matchOne(INVOICES, line({ remittance, amountMinor: 124_456 })).kind, 'post');
  });
});
