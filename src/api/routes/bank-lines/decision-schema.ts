// What a person may decide about a bank line, as it is posted.

import { z } from 'zod';
import { HAND_SHARES_MAX } from '../../../domain/hand-allocation.ts';
import { PROPOSALS_MAX } from '../../../domain/matching/types.ts';
import { businessNumber, money, noteText, shortText, text, uuid } from '../../schemas/common.ts';

const code = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/, 'a code such as pricing or AM04 is expected')
  .meta({ examples: ['pricing'] });

const payment = text.meta({
  description: "The payment's ID, or its source and the source's own ID.",
  examples: ['psp/ch_123'],
});

const share = z.strictObject({
  item: shortText.meta({
    description: "The item's ID, or its invoice's number; of the customer, or of one that has it as its parent.",
    examples: ['INV-000001'],
  }),
  paid: money.meta({ description: 'Of the money; negative for a credit that is used.' }),
  discount: money.optional().meta({ description: 'As far as it was agreed.' }),
  charges: money.optional().meta({ description: 'What banks kept, as far as it was told or the policy allows.' }),
  tolerance: money.optional().meta({ description: 'A difference that is written off, within the policy.' }),
  deduction: z
    .strictObject({
      amount: money,
      reason: code.meta({ description: 'A reason of disputes, or its code of X12 (element 426).' }),
    })
    .optional()
    .meta({ description: 'Of what stays open: what the payer says not to pay.' }),
});

export const lineDecision = z
  .discriminatedUnion('decision', [
    z.strictObject({
      decision: z.literal('confirm'),
      proposal: z
        .int()
        .min(1)
        .max(PROPOSALS_MAX)
        .optional()
        .meta({ description: 'Its place; the best when not given.' }),
    }),
    z.strictObject({
      decision: z.literal('allocate'),
      customer: businessNumber.meta({ description: "The paying customer's number; what is left goes on its account." }),
      shares: z.array(share).min(1).max(HAND_SHARES_MAX),
    }),
    z.strictObject({ decision: z.literal('on_account'), customer: businessNumber }),
    z.strictObject({ decision: z.literal('not_customer'), note: noteText.optional() }),
    z.strictObject({ decision: z.literal('same_movement'), line: uuid }),
    z.strictObject({ decision: z.literal('clear_payment'), payment }),
    z.strictObject({ decision: z.literal('take_back'), payment, reasonCode: code }),
    z.strictObject({ decision: z.literal('reopen') }),
  ])
  .meta({ id: 'BankLineDecision' });
export type LineDecisionBody = z.infer<typeof lineDecision>;
