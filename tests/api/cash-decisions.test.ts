// What people decide about bank lines: through HTTP, Temporal, the matcher and the books, and what is learned from it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { answered, CashWorld, eur, type LineBody } from './cash-world.ts';

const STRANGER = { name: 'Zeta Trading', iban: 'GB82WEST12345698765432' };

describe('bank lines that wait', () => {
  let cash: CashWorld;
  before(async () => {
    cash = await CashWorld.open();
  });
  after(() => cash.close());

  /** Two invoices of 70.00 that a payment of 70.00 fits alike. */
  async function tie(number: string): Promise<LineBody> {
    const customer = await cash.world.company.customer(number);
    await cash.owes(customer, `${number}-A`, 7_000);
    await cash.owes(customer, `${number}-B`, 7_000);
    const line = await cash.receiveOne({ amountMinor: 7_000, name: `Customer ${number}`, text: 'thank you' });
    assert.equal(line.state, 'open', JSON.stringify(line.reasons));
    return line;
  }

  it('are listed with what is proposed in words, and filtered by reason, account and age', async () => {
    const line = await tie('C-LIST');
    const list = async (query: string): Promise<string[]> => {
      const { data } = answered(await cash.door.ask('GET', `/v1/worklists/cash?legalEntity=ACME-DE${query}`));
      return (data as { id: string }[]).map(({ id }) => id);
    };
    assert.ok((await list('')).includes(line.id));
    const [reason] = line.reasons;
    assert.ok((await list(`&reason=${reason?.code ?? ''}`)).includes(line.id));
    assert.ok(!(await list('&reason=no_such_reason')).includes(line.id));
    assert.ok((await list('&account=DE02120300000000202051')).includes(line.id));
    assert.deepEqual(await list('&account=DE00'), []);
    assert.deepEqual(await list('&minAgeDays=3650'), []);
    const best = line.proposals[0];
    assert.equal(best?.customer, 'C-LIST');
    assert.match(best.shares[0]?.number ?? '', /^C-LIST-[AB]$/);
  });

  it('are confirmed once, however often the request comes, and audited', async () => {
    const line = await tie('C-CONFIRM');
    const number = line.proposals[0]?.shares[0]?.number ?? '';
    const decision = { decision: 'confirm' };
    const first = answered(await cash.decide(line, decision, { idempotencyKey: 'confirm-1' }));
    assert.equal(first['state'], 'applied');
    const again = answered(await cash.decide(line, decision, { idempotencyKey: 'confirm-1' }));
    assert.equal(again['payment'], first['payment']);
    assert.equal(await cash.openMinor(number), 0);
    const other = await cash.decide(line, decision);
    assert.deepEqual([other.status, other.body['code']], [409, 'line_decided']);
    const actions = await cash.actions(line.id);
    assert.equal(actions.filter((action) => action === 'bank_line.applied').length, 1);
    assert.ok(actions.includes('bank_line_decision.refused'));
  });

  it('are laid on items by hand, what is left going on the account', async () => {
    const line = await tie('C-HAND');
    const shares = [
      { item: 'C-HAND-A', paid: eur('50.00') },
      { item: 'C-HAND-B', paid: eur('15.00') },
    ];
    const wrong = { decision: 'allocate', customer: 'C-HAND', shares: [{ item: 'C-HAND-A', paid: eur('70.01') }] };
    const refused = await cash.decide(line, wrong);
    assert.deepEqual([refused.status, refused.body['code']], [422, 'allocation_does_not_fit']);
    await cash.world.company.customer('C-OTHER');
    const foreign = await cash.decide(line, { decision: 'allocate', customer: 'C-OTHER', shares });
    assert.deepEqual([foreign.status, foreign.body['code']], [422, 'item_unknown']);
    const tolerance = [{ item: 'C-HAND-A', paid: eur('60.00'), tolerance: eur('10.00') }];
    const letOff = await cash.decide(line, { decision: 'allocate', customer: 'C-HAND', shares: tolerance });
    assert.deepEqual([letOff.status, letOff.body['code']], [403, 'above_authority']);
    const body = answered(await cash.decide(line, { decision: 'allocate', customer: 'C-HAND', shares }));
    assert.equal(body['state'], 'applied');
    assert.deepEqual([await cash.openMinor('C-HAND-A'), await cash.openMinor('C-HAND-B')], [2_000, 5_500]);
    const payment = answered(await cash.door.ask('GET', `/v1/payments/${String(body['payment'])}`));
    assert.deepEqual(payment['unapplied'], eur('5.00'));
  });

  it("may pay a child's item with the parent's money", async () => {
    const { company } = cash.world;
    await company.customer('C-PARENT');
    const child = await company.customer('C-CHILD');
    await cash.owes(child, 'CHILD-1');
    answered(await cash.door.ask('PATCH', `/v1/customers/${child.id}`, { body: { parent: 'C-PARENT' } }));
    const line = await cash.receiveOne({ amountMinor: 10_000, name: 'Somebody', text: 'no words' });
    const shares = [{ item: 'CHILD-1', paid: eur('100.00') }];
    answered(await cash.decide(line, { decision: 'allocate', customer: 'C-PARENT', shares }));
    assert.equal(await cash.openMinor('CHILD-1'), 0);
    const circular = await cash.door.ask('GET', '/v1/customers?legalEntity=ACME-DE&number=C-PARENT');
    const parentId = String((circular.body['data'] as { id: string }[])[0]?.id);
    const refused = await cash.door.ask('PATCH', `/v1/customers/${parentId}`, { body: { parent: 'C-CHILD' } });
    assert.deepEqual([refused.status, refused.body['code']], [422, 'parent_circular']);
  });

  it('go on account, or are no payment of a customer, and may be looked at again', async () => {
    const { company } = cash.world;
    await company.customer('C-ACCOUNT');
    const onAccount = await cash.receiveOne({ amountMinor: 3_300, name: 'Nobody', text: 'for later' });
    const applied = answered(await cash.decide(onAccount, { decision: 'on_account', customer: 'C-ACCOUNT' }));
    assert.equal(applied['state'], 'applied');
    const interest = await cash.receiveOne({ amountMinor: 44, name: 'The bank', text: 'interest' });
    const ignored = answered(await cash.decide(interest, { decision: 'not_customer', note: 'Interest of the year.' }));
    assert.equal(ignored['state'], 'ignored');
    assert.equal(answered(await cash.decide(interest, { decision: 'reopen' }))['state'], 'open');
    answered(await cash.decide(interest, { decision: 'not_customer' }));
    const reopened = answered(await cash.decide(onAccount, { decision: 'reopen' }));
    assert.equal(reopened['state'], 'open');
    assert.equal(reopened['payment'], null);
    answered(await cash.decide(onAccount, { decision: 'on_account', customer: 'C-ACCOUNT' }));
  });

  it('may be the movement that another line told', async () => {
    const [one, other] = await cash.receive(
      { amountMinor: 5_511, name: 'Twice', text: 'one' },
      { amountMinor: 5_511, name: 'Twice', text: 'two' },
    );
    assert.ok(one && other);
    const strange = await cash.receiveOne({ amountMinor: 5_512, name: 'Twice', text: 'three' });
    const refused = await cash.decide(strange, { decision: 'same_movement', line: one.id });
    assert.deepEqual([refused.status, refused.body['code']], [422, 'not_same_movement']);
    const body = answered(await cash.decide(other, { decision: 'same_movement', line: one.id }));
    assert.deepEqual([body['state'], body['duplicateOf']], ['duplicate', one.id]);
    for (const line of [one, strange]) answered(await cash.decide(line, { decision: 'not_customer' }));
  });

  it('end the task about their file with the last of them', async () => {
    const before = await cash.openTasks('cash_exceptions');
    const line = await cash.receiveOne({ amountMinor: 991, name: 'Nobody', text: 'a task' });
    assert.equal(await cash.openTasks('cash_exceptions'), before + 1);
    answered(await cash.decide(line, { decision: 'not_customer' }));
    assert.equal(await cash.openTasks('cash_exceptions'), before);
  });

  it('clear the money of a payment that another door told', async () => {
    const customer = await cash.world.company.customer('C-PSP');
    await cash.owes(customer, 'PSP-1', 8_800);
    await cash.world.company.pay(customer, 'ch_line', { amountMinor: 8_800, reference: 'PSP-1' });
    const line = await cash.receiveOne({ amountMinor: 8_800, name: 'Acquirer', text: 'card money' });
    const unknown = await cash.decide(line, { decision: 'clear_payment', payment: 'psp/none' });
    assert.deepEqual([unknown.status, unknown.body['code']], [422, 'payment_unknown']);
    const body = answered(await cash.decide(line, { decision: 'clear_payment', payment: 'psp/ch_line' }));
    assert.equal(body['state'], 'cleared');
  });

  it('took back a payment that a person names', async () => {
    const customer = await cash.world.company.customer('C-BACK');
    await cash.owes(customer, 'BACK-4646', 6_600);
    const paid = await cash.receiveOne({ amountMinor: 6_600, name: 'Customer C-BACK', text: 'BACK-4646' });
    assert.equal(await cash.openMinor('BACK-4646'), 0, JSON.stringify(paid));
    const line = await cash.debit({ amountMinor: 6_900, name: 'Someone', text: 'return', returnReason: 'MD06' });
    assert.equal(line.state, 'open', JSON.stringify(line));
    const wrong = await cash.decide(line, { decision: 'on_account', customer: 'C-BACK' });
    assert.deepEqual([wrong.status, wrong.body['code']], [422, 'money_went_out']);
    const body = { decision: 'take_back', payment: paid.payment ?? '', reasonCode: 'MD06' };
    assert.equal(answered(await cash.decide(line, body))['state'], 'returned');
    assert.equal(await cash.openMinor('BACK-4646'), 6_600);
    const reopened = await cash.decide(line, { decision: 'reopen' });
    assert.deepEqual([reopened.status, reopened.body['code']], [409, 'line_not_to_reopen']);
  });

  it('are proposed anew when the items changed before a person confirmed', async () => {
    const line = await tie('C-STALE');
    const number = line.proposals[0]?.shares[0]?.number ?? '';
    const { rows } = await sql<{ id: string }>`select id from customer where number = 'C-STALE'`.execute(cash.world.db);
    await cash.world.company.pay({ id: rows[0]?.id ?? '', number: 'C-STALE' }, 'ch_stale', {
      amountMinor: 7_000,
      reference: number,
    });
    const refused = await cash.decide(line, { decision: 'confirm' });
    assert.deepEqual([refused.status, refused.body['code']], [409, 'item_changed']);
    const [best] = (await cash.line(line.id)).proposals;
    assert.ok(best && best.shares[0]?.number !== number, JSON.stringify(best));
    assert.equal(answered(await cash.decide(line, { decision: 'confirm' }))['state'], 'applied');
  });

  describe('teach who pays for whom', () => {
    let first: LineBody;
    const known = async (state = 'known'): Promise<{ id: string; kind: string; text: string }[]> => {
      const { rows } = await sql<{ id: string }>`select id from customer where number = 'C-LEARN'`.execute(
        cash.world.db,
      );
      const path = `/v1/customers/${rows[0]?.id ?? ''}/payer-knowledge?state=${state}`;
      const { data } = answered(await cash.door.ask('GET', path));
      return data as { id: string; kind: string; text: string }[];
    };
    const pays = (number: string): Promise<LineBody> =>
      cash.receiveOne({ amountMinor: 10_000, text: `Invoice ${number}`, ...STRANGER });

    it('by a confirmation: the next payment of that payer needs nobody', async () => {
      const customer = await cash.world.company.customer('C-LEARN');
      for (const number of ['LEARN-4711', 'LEARN-5822', 'LEARN-6933', 'LEARN-7044']) await cash.owes(customer, number);
      first = await pays('LEARN-4711');
      assert.deepEqual(
        [first.state, first.reasons.map(({ code }) => code).includes('payer_unknown')],
        ['open', true],
        JSON.stringify(first),
      );
      answered(await cash.decide(first, { decision: 'confirm' }));
      assert.deepEqual((await known()).map(({ kind, text }) => `${kind} ${text}`).sort(), [
        `account ${STRANGER.iban}`,
        `name ${STRANGER.name}`,
      ]);
      const second = await pays('LEARN-5822');
      assert.equal(second.state, 'applied', JSON.stringify(second.reasons));
    });

    it('and unlearn it by a correction', async () => {
      answered(await cash.decide(first, { decision: 'reopen' }));
      assert.deepEqual(await known(), []);
      assert.equal((await known('ended')).length, 2);
      assert.equal((await pays('LEARN-6933')).state, 'open');
      const again = answered(await cash.decide(await cash.line(first.id), { decision: 'confirm' }));
      assert.equal(again['state'], 'applied');
      assert.equal((await known()).length, 2);
    });

    it('and unlearn it when the payer turns out to pay for somebody else', async () => {
      await cash.world.company.customer('C-ELSE');
      const line = await cash.receiveOne({ amountMinor: 77, text: 'for the other one', ...STRANGER });
      answered(await cash.decide(line, { decision: 'on_account', customer: 'C-ELSE' }));
      assert.deepEqual(await known(), []);
      answered(await cash.decide(line, { decision: 'reopen' }));
      answered(await cash.decide(line, { decision: 'on_account', customer: 'C-LEARN' }));
      assert.equal((await known()).length, 2);
    });

    it('until somebody removes it', async () => {
      for (const { id } of await known()) {
        const removed = answered(await cash.door.ask('POST', `/v1/payer-knowledge/${id}/removal`, { body: {} }));
        assert.notEqual(removed['endedAt'], null);
      }
      assert.deepEqual(await known(), []);
      assert.equal((await pays('LEARN-7044')).state, 'open');
    });
  });

  it('are held when the bank details of the customer were changed just before', async () => {
    const customer = await cash.world.company.customer('C-CHANGED');
    await cash.owes(customer, 'CHANGED-8811');
    const body = { iban: 'DE89370400440532013000', holder: 'Customer C-CHANGED' };
    answered(await cash.door.ask('POST', `/v1/customers/${customer.id}/bank-accounts`, { body }), 201);
    const line = await cash.receiveOne({ amountMinor: 10_000, name: 'Customer C-CHANGED', text: 'CHANGED-8811' });
    assert.equal(line.reasons[0]?.code, 'bank_details_changed', JSON.stringify(line));
    answered(await cash.decide(line, { decision: 'confirm' }));
    assert.equal(await cash.openMinor('CHANGED-8811'), 0);
  });

  it('are two payments when they name two invoices, and one to look at when they say the same', async () => {
    const customer = await cash.world.company.customer('C-EQUAL');
    for (const number of ['EQUAL-1313', 'EQUAL-2424', 'EQUAL-3535']) await cash.owes(customer, number, 12_300);
    const money = { amountMinor: 12_300, name: 'Customer C-EQUAL' };
    const two = await cash.receive({ ...money, text: 'EQUAL-1313' }, { ...money, text: 'EQUAL-2424' });
    assert.deepEqual(
      two.map(({ state }) => state),
      ['applied', 'applied'],
      JSON.stringify(two),
    );
    const again = await cash.receiveOne({ ...money, text: 'EQUAL-1313' });
    assert.equal(again.state, 'open');
    answered(await cash.decide(again, { decision: 'on_account', customer: 'C-EQUAL' }));
  });

  it('take an agreed discount', async () => {
    const customer = await cash.world.company.customer('C-EARLY');
    const change = { earlyPaymentDiscount: [{ days: 365, percent: '2.00' }] };
    const changed = answered(await cash.door.ask('PATCH', `/v1/customers/${customer.id}`, { body: change }));
    assert.deepEqual(changed['earlyPaymentDiscount'], change.earlyPaymentDiscount);
    await cash.owes(customer, 'EARLY-9922');
    // What is agreed later is good for later orders.
    const later = { earlyPaymentDiscount: [] };
    answered(await cash.door.ask('PATCH', `/v1/customers/${customer.id}`, { body: later }));
    const line = await cash.receiveOne({ amountMinor: 9_800, name: 'Customer C-EARLY', text: 'EARLY-9922 less 2 %' });
    assert.equal(line.state, 'applied', JSON.stringify(line));
    assert.equal(await cash.openMinor('EARLY-9922'), 0);
  });

  it('follow the policy, whose rules may be told in part', async () => {
    const policies = async (): Promise<{ policy: { cash: Record<string, unknown> } }[]> => {
      const { data } = answered(await cash.door.ask('GET', '/v1/policies?legalEntity=ACME-DE'));
      return data as { policy: { cash: Record<string, unknown> } }[];
    };
    const [before] = await policies();
    const post = (rules: unknown) =>
      cash.door.ask('POST', '/v1/policies', {
        body: { legalEntity: 'ACME-DE', policy: { ...before?.policy, cash: rules } },
      });
    answered(await post({ duplicateDays: 3, matching: { toleranceMinor: 5 } }), 201);
    const [after] = await policies();
    const { matching, ...others } = after?.policy.cash ?? {};
    assert.deepEqual(others, { ...without(before?.policy.cash), duplicateDays: 3 });
    assert.equal((matching as Record<string, unknown>)['toleranceMinor'], 5);
    assert.equal((await post({ matching: { scoreMin: 1001 } })).status, 400);
    assert.equal((await post({ duplicateDays: -1 })).status, 400);
  });
});

function without(cash: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(cash).filter(([rule]) => rule !== 'matching'));
}
