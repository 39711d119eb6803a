// A bank line as answers show it: what the bank told, why a person is asked, and what is proposed, in words and numbers.

import { z } from 'zod';
import type { CashLineRow, Names } from '../../../database/queries/cash-lines.ts';
import type { ItemShare, Proposal } from '../../../domain/matching/types.ts';
import { BANK_LINE_STATES, type BankLineState, type LineAnswer } from '../../../domain/bank-line.ts';
import { instant, legalEntityId, money, showInstant, showMoney, uuid, type MoneyText } from '../../schemas/common.ts';

const states = Object.keys(BANK_LINE_STATES) as [BankLineState, ...BankLineState[]];

const shareSchema = z.strictObject({
  item: uuid,
  number: z.string(),
  customer: z.string().meta({ description: "The number of the item's customer." }),
  paid: money.meta({ description: 'Negative: a credit that is used.' }),
  discount: money.nullable(),
  isDiscountLate: z.boolean(),
  charges: money.nullable().meta({ description: 'What banks kept.' }),
  tolerance: money.nullable().meta({ description: 'A difference that is written off.' }),
  deduction: money.nullable().meta({ description: 'What the payer says not to pay.' }),
  deductionCode: z.string().nullable(),
  left: money.meta({ description: 'What stays open.' }),
});

const proposalSchema = z
  .strictObject({
    place: z.int().meta({ description: 'By which it is confirmed; 1 is the best.' }),
    customer: z.string().meta({ description: "The paying customer's number." }),
    customerName: z.string(),
    pass: z.string().meta({ description: 'How it was found.' }),
    score: z.int().meta({ description: 'Of 1000.' }),
    shares: z.array(shareSchema),
    onAccount: money,
    reasons: z.array(z.string()).meta({ description: 'The strongest first.' }),
  })
  .meta({ id: 'CashProposal' });

const reasonSchema = z.strictObject({ code: z.string(), text: z.string() });

export const bankLineSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    account: z.string().meta({ description: 'Our own account.' }),
    file: uuid,
    fileName: z.string(),
    position: z.int().meta({ description: 'Its place in the file, from 1.' }),
    source: z.string(),
    amount: money.meta({ description: 'Negative: money that went out.' }),
    bookedOn: z.string(),
    valueOn: z.string(),
    isReversal: z.boolean(),
    returnReason: z.string().nullable(),
    payerName: z.string().nullable().meta({ description: 'The other party, as the bank wrote it.' }),
    payerAccount: z.string().nullable(),
    texts: z.array(z.string()),
    structuredReferences: z.array(z.string()),
    endToEndId: z.string().nullable(),
    bankReference: z.string().nullable(),
    trace: z.string().nullable(),
    instructed: money.nullable().meta({ description: 'What the payer sent, in another currency.' }),
    charges: money.nullable(),
    state: z.enum(states),
    reasons: z.array(reasonSchema).meta({ description: 'Why a person is asked, or what became of it.' }),
    proposals: z.array(proposalSchema),
    suggestion: z
      .strictObject({ kind: z.string(), text: z.string(), payment: z.string().nullable() })
      .nullable()
      .meta({ description: 'What it seems to be where no open item is concerned; confirmed as proposal 1.' }),
    customer: z.string().nullable().meta({ description: 'The customer that seems to pay, where nothing fits.' }),
    payment: uuid.nullable(),
    duplicateOf: uuid.nullable(),
    advice: uuid.nullable().meta({ description: 'The remittance advice that belongs to it.' }),
    decidedBy: z.string().nullable(),
    decidedAt: instant.nullable(),
  })
  .meta({ id: 'BankLine' });
type Shown = z.infer<typeof bankLineSchema>;

export function showBankLine(row: CashLineRow, names: Names): Shown {
  const { id, account, fileName, position, source, currency, bookedOn, valueOn, isReversal, returnReason } = row;
  const { payerName, payerAccount, endToEndId, bankReference, trace, instructed, state, answer } = row;
  return {
    ...{ id, account, fileName, position, source, bookedOn, valueOn, isReversal, returnReason },
    ...{ payerName, payerAccount, endToEndId, bankReference, trace, state },
    legalEntity: row.legalEntityId,
    file: row.fileId,
    amount: showMoney(row.amountMinor, currency),
    texts: [...row.texts],
    structuredReferences: [...row.structuredReferences],
    instructed: instructed === null ? null : showMoney(instructed.amountMinor, instructed.currency),
    charges: someMoney(row.chargesMinor, currency),
    reasons: row.reasons.map(({ code, text }) => ({ code, text })),
    proposals: proposalsOf(answer).map((proposal, index) => showProposal(proposal, { place: index + 1, row, names })),
    suggestion: suggestionOf(answer, names),
    customer: seemingCustomer(answer, names),
    payment: row.paymentId,
    duplicateOf: row.duplicateOfId,
    advice: row.adviceId,
    decidedBy: row.decidedBy,
    decidedAt: showInstant(row.decidedAt),
  };
}

function proposalsOf(answer: LineAnswer | null): readonly Proposal[] {
  if (answer?.kind === 'post') return [answer.proposal];
  return answer?.kind === 'propose' ? answer.proposals : [];
}

function suggestionOf(answer: LineAnswer | null, names: Names): Shown['suggestion'] {
  if (answer === null || !('because' in answer)) return null;
  const payment = 'paymentId' in answer ? (names.payments.get(answer.paymentId) ?? null) : null;
  return { kind: answer.kind, text: answer.because, payment };
}

function seemingCustomer(answer: LineAnswer | null, names: Names): string | null {
  if (answer?.kind !== 'unidentified' || answer.customerId === null) return null;
  return names.customers.get(answer.customerId)?.number ?? null;
}

function showProposal(
  { pass, score, reasons, allocation }: Proposal,
  { place, row, names }: { place: number; row: CashLineRow; names: Names },
): Shown['proposals'][number] {
  const customer = names.customers.get(allocation.customerId);
  const [first] = allocation.shares;
  const currency = (first === undefined ? undefined : names.items.get(first.itemId)?.currency) ?? row.currency;
  return {
    ...{ place, pass, score, reasons: [...reasons] },
    customer: customer?.number ?? '',
    customerName: customer?.name ?? '',
    shares: allocation.shares.map((share) => showShare(share, names)),
    onAccount: showMoney(allocation.onAccountMinor, currency),
  };
}

function showShare(share: ItemShare, names: Names): Shown['proposals'][number]['shares'][number] {
  const item = names.items.get(share.itemId);
  if (item === undefined) throw new Error('defect: a proposal about an item that is not there');
  const { currency } = item;
  return {
    item: share.itemId,
    number: item.number,
    customer: item.customerNumber,
    paid: showMoney(share.paidMinor, currency),
    discount: someMoney(share.discountMinor, currency),
    isDiscountLate: share.isDiscountLate,
    charges: someMoney(share.chargesMinor, currency),
    tolerance: someMoney(share.toleranceMinor, currency),
    deduction: someMoney(share.deductionMinor, currency),
    deductionCode: share.deductionCode,
    left: showMoney(share.leftMinor, currency),
  };
}

function someMoney(minor: number, currency: string): MoneyText | null {
  return minor === 0 ? null : showMoney(minor, currency);
}
