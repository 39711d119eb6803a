// POST /v1/provider-payouts: what a provider says that it pays out; a workflow looks for its bank line.

import { z } from 'zod';
import { payoutById, storePayout, type PayoutRow } from '../../../database/queries/payouts.ts';
import { checkPayoutSum, PAYOUT_LINES_MAX, type PayoutLine } from '../../../domain/payout.ts';
import { payoutWorkflowId, type PayoutInput, type PayoutReport } from '../../../workflows/messages.ts';
import { contentHash, requireSameContent } from '../../content-hash.ts';
import { accepted, Problem } from '../../problem.ts';
import { defineRoute, type Answer, type Asked } from '../../route.ts';
import { isoDate, legalEntityId, money, readMoney, readPositive, type MoneyText } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { payoutSchema, showPayout } from './present.ts';

const sourceId = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'printable ASCII without blanks is expected');
const line = z.strictObject({
  sourceId: sourceId.meta({ description: "The payment's ID at the source.", examples: ['ch_123'] }),
  amount: money,
});

const newPayout = z
  .strictObject({
    legalEntity: legalEntityId,
    source: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'a short name in lower case is expected')
      .meta({ description: 'Who pays out: the source of its payments.', examples: ['psp'] }),
    payoutId: sourceId.meta({ description: "The provider's own ID of the payout.", examples: ['po_123'] }),
    paidOn: isoDate,
    net: money.meta({ description: 'What reaches the bank: payments less chargebacks less the fee.' }),
    fee: money.meta({ description: 'All that the provider keeps.' }),
    payments: z
      .array(line)
      .max(PAYOUT_LINES_MAX)
      .meta({ description: 'Payments as they were told, whole, before any fee.' }),
    chargebacks: z
      .array(line)
      .max(PAYOUT_LINES_MAX)
      .optional()
      .meta({ description: 'What was taken back of payments, of this payout or of earlier ones.' }),
  })
  .meta({ id: 'NewProviderPayout' });
type NewPayout = z.infer<typeof newPayout>;

export const createPayout = defineRoute({
  method: 'post',
  path: '/v1/provider-payouts',
  summary: 'Tell what a provider pays out; its bank line clears the payments',
  tag: 'Cash application',
  action: 'payout.write',
  body: newPayout,
  answers: { 200: payoutSchema, 201: payoutSchema, 202: payoutSchema },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle(asked) {
    const { db, body, caller, requestId, now } = asked;
    const told = readPayout(body);
    accepted(checkPayoutSum(told));
    const { source, payoutId, paidOn } = body;
    const hash = contentHash([paidOn, told.currency, told.netMinor, told.feeMinor, told.lines]);
    const { stored, isNew } = accepted(
      await storePayout(db, {
        ...{ legalEntityId: body.legalEntity, source, payoutId, paidOn, ...told },
        ...{ contentHash: hash, actor: caller.actor, requestId, now },
      }),
    );
    const location = `/v1/provider-payouts/${stored.id}`;
    requireSameContent('provider_payout', { contentHash: stored.contentHash, location }, hash);
    return answerPayout(asked, stored, isNew ? 201 : 200);
  },
});

/** Amounts in minor units, all of the net's currency. @throws Problem 400 or 422 */
function readPayout(body: NewPayout): Pick<PayoutRow, 'currency' | 'netMinor' | 'feeMinor' | 'lines'> {
  const { currency } = body.net;
  const read = (amount: MoneyText, by: typeof readMoney): number => {
    if (amount.currency !== currency) throw otherCurrency(amount.currency, currency);
    return by(amount).minor;
  };
  const lines = (kind: PayoutLine['kind'], told: NewPayout['payments']): PayoutLine[] =>
    told.map((one) => ({ kind, sourceId: one.sourceId, amountMinor: read(one.amount, readPositive) }));
  const feeMinor = read(body.fee, readMoney);
  if (feeMinor < 0) {
    throw new Problem({
      kind: 'invalid_input',
      code: 'amount_negative',
      text: `A fee of ${body.fee.amount} ${currency} is less than nothing.`,
      hint: 'Send what the provider keeps, 0 or more.',
    });
  }
  return {
    currency,
    netMinor: read(body.net, readPositive),
    feeMinor,
    lines: [...lines('payment', body.payments), ...lines('chargeback', body.chargebacks ?? [])],
  };
}

function otherCurrency(found: string, expected: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'currency_differs',
    text: `The payout is in ${expected}, and one of its amounts in ${found}.`,
    hint: 'Send one payout for each currency.',
  });
}

async function answerPayout(
  { db, engine }: Asked<undefined, undefined, NewPayout>,
  payout: PayoutRow,
  status: 200 | 201,
): Promise<Answer> {
  const location = `/v1/provider-payouts/${payout.id}`;
  // Cleared: Postgres knows as much as its run.
  if (payout.state === 'cleared') return { status, body: showPayout(payout), location };
  const { legalEntityId } = payout;
  const outcome = await runShort<PayoutInput, PayoutReport>(engine, {
    workflowType: 'clearPayout',
    workflowId: payoutWorkflowId({ legalEntityId, payoutId: payout.id }),
    isStored: true,
    summary: `Payout ${payout.source}/${payout.payoutId}, ${legalEntityId}`,
    input: { payoutId: payout.id },
  });
  if (outcome.isLate) return { status: 202, body: showPayout(payout), location };
  return { status, body: showPayout((await payoutById(db, payout.id)) ?? payout), location };
}
