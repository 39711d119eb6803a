// POST /v1/bank-lines/{lineId}/decision: what a person decides about a line; a workflow does it.

import type { z } from 'zod';
import { itemsNamed, paymentNamed, type CashLineRow } from '../../../database/queries/cash-lines.ts';
import { listCustomers } from '../../../database/queries/customers.ts';
import type { Db } from '../../../database/client.ts';
import {
  changeWorkflowId,
  type LineDecision,
  type LineDecisionInput,
  type LineDecisionReport,
} from '../../../workflows/messages.ts';
import { Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute, type Surroundings } from '../../route.ts';
import { readMoney, type MoneyText } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { keepNote } from '../keep-note.ts';
import { lineDecision, type LineDecisionBody } from './decision-schema.ts';
import { findLine, lineParams, shownLine } from './find-line.ts';
import { bankLineSchema } from './present.ts';

export const decideBankLine = defineRoute({
  method: 'post',
  path: '/v1/bank-lines/{lineId}/decision',
  summary: 'Decide what a bank line is: confirm, lay it on items, put it on account, or say what else it is',
  tag: 'Cash application',
  action: 'cash.decide',
  params: lineParams,
  body: lineDecision,
  answers: { 200: bankLineSchema, 202: bankLineSchema },
  about: findLine,
  async handle(asked, line) {
    const { db, engine, body, requestKey } = asked;
    const decision = await readDecision(asked, line, body);
    const outcome = await runShort<LineDecisionInput, LineDecisionReport>(engine, {
      workflowType: 'decideLine',
      workflowId: changeWorkflowId({ kind: 'line', requestKey }),
      isStored: false,
      summary: `Bank line ${line.id}, ${line.legalEntityId}: ${decision.kind}`,
      input: { ...requestOf(asked, line), lineId: line.id, decision },
    });
    const location = `/v1/bank-lines/${line.id}`;
    return { status: outcome.isLate ? 202 : 200, body: await shownLine(db, line.id), location };
  },
});

async function readDecision(asked: Surroundings, line: CashLineRow, body: LineDecisionBody): Promise<LineDecision> {
  const { db } = asked;
  switch (body.decision) {
    case 'confirm':
      return { kind: 'confirm', proposal: (body.proposal ?? 1) - 1 };
    case 'allocate':
      return readShares(db, line, body);
    case 'on_account':
      return { kind: 'on_account', customerId: await requireCustomer(db, line, body.customer) };
    case 'not_customer':
      return { kind: 'not_customer', noteId: await keepNote(asked, line, body.note) };
    case 'same_movement':
      return { kind: 'same_movement', asLineId: body.line };
    case 'clear_payment':
      return { kind: 'clear_payment', paymentId: await requirePayment(db, line, body.payment) };
    case 'take_back':
      return {
        kind: 'take_back',
        paymentId: await requirePayment(db, line, body.payment),
        reasonCode: body.reasonCode,
      };
    case 'reopen':
      return { kind: 'reopen' };
  }
}

async function readShares(
  db: Db,
  line: CashLineRow,
  { customer, shares }: z.infer<typeof lineDecision> & { decision: 'allocate' },
): Promise<LineDecision> {
  const names = shares.map(({ item }) => item);
  const items = await itemsNamed(db, { legalEntityId: line.legalEntityId, names });
  return {
    kind: 'allocate',
    customerId: await requireCustomer(db, line, customer),
    shares: shares.map((share) => {
      const item = items.find(({ id }) => id === share.item) ?? items.find(({ number }) => number === share.item);
      if (item === undefined) throw itemUnknown(line, share.item);
      const minor = (amount: MoneyText | undefined): number => readBeside(amount, item);
      return {
        itemId: item.id,
        paidMinor: inCurrency(share.paid, item),
        discountMinor: minor(share.discount),
        chargesMinor: minor(share.charges),
        toleranceMinor: minor(share.tolerance),
        deductionMinor: minor(share.deduction?.amount),
        deductionCode: share.deduction?.reason ?? null,
      };
    }),
  };
}

/** @throws Problem 422 in another currency than the item's */
function inCurrency(amount: MoneyText, item: { number: string; currency: string }): number {
  const { minor, currency } = readMoney(amount);
  if (currency === item.currency) return minor;
  throw new Problem({
    kind: 'unprocessable',
    code: 'currency_differs',
    text: `${amount.amount} ${currency} is laid on ${item.number}, which is in ${item.currency}.`,
    hint: "Send amounts in the item's currency.",
  });
}

/** An amount beside what is paid, 0 when not given. @throws Problem 400 when it is below 0 */
function readBeside(amount: MoneyText | undefined, item: { number: string; currency: string }): number {
  if (amount === undefined) return 0;
  const minor = inCurrency(amount, item);
  if (minor >= 0) return minor;
  throw new Problem({
    kind: 'invalid_input',
    code: 'amount_negative',
    text: `${amount.amount} ${amount.currency} beside ${item.number} is below zero.`,
    hint: 'Only what is paid may be negative: a credit that is used.',
  });
}

async function requireCustomer(db: Db, line: CashLineRow, number: string): Promise<string> {
  const [customer] = await listCustomers(db, { scope: [line.legalEntityId], number }, { after: null, fetch: 1 });
  if (customer !== undefined) return customer.id;
  throw new Problem({
    kind: 'unprocessable',
    code: 'customer_unknown',
    text: `${line.legalEntityId} has no customer "${number}".`,
    hint: 'Name a customer of the legal entity by its number.',
  });
}

async function requirePayment(db: Db, line: CashLineRow, name: string): Promise<string> {
  const id = await paymentNamed(db, { legalEntityId: line.legalEntityId, name });
  if (id !== null) return id;
  throw new Problem({
    kind: 'unprocessable',
    code: 'payment_unknown',
    text: `${line.legalEntityId} has no payment "${name}".`,
    hint: "Name it by its ID, or by its source and the source's own ID, such as psp/ch_123.",
  });
}

function itemUnknown(line: CashLineRow, item: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'item_unknown',
    text: `${line.legalEntityId} has no item "${item}".`,
    hint: "Name one by its ID or its invoice's number; the customer's account lists them.",
  });
}
