// What each decision about a bank line does, under its lock.

import { sql } from 'kysely';
import { handAllocation } from '../../domain/hand-allocation.ts';
import type { LineReason, OtherDoor } from '../../domain/bank-line.ts';
import type { Allocation } from '../../domain/matching/types.ts';
import { refuse, type Refusal, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { entityRules } from '../../database/queries/credit.ts';
import { itemsToPay, paymentToTakeBack } from '../../database/queries/line-decisions.ts';
import { teachPayer, unteachPayer } from '../../database/queries/payer-knowledge.ts';
import type { LineDecision, LineDecisionInput } from '../../workflows/messages.ts';
import type { BankLineRow } from './bank-line-row.ts';
import { postOtherDoor } from './other-doors.ts';
import { postLine, reopenLine } from './post-line.ts';

type Asked = Pick<LineDecisionInput, 'actor' | 'requestId'> & { now: number };

interface About<Decision> {
  /** Locked. */
  readonly line: BankLineRow;
  readonly asked: Asked;
  readonly decision: Decision;
}

type Of<Kind extends LineDecision['kind']> = Extract<LineDecision, { kind: Kind }>;
type Outcome = Result<{ readonly orderIds: readonly string[] }>;

/** Carries a decision out, or refuses: a line that is decided, or not looked at yet, is nobody's to decide. */
export async function carryOut(tx: Tx, { line, asked, decision }: About<LineDecision>): Promise<Outcome> {
  if (decision.kind === 'reopen') return reopen(tx, { line, asked, decision });
  if (line.state !== 'open') return refuse(notOpen(line));
  switch (decision.kind) {
    case 'confirm':
      return confirm(tx, { line, asked, decision });
    case 'allocate':
      return allocate(tx, { line, asked, decision });
    case 'on_account': {
      const allocation = { customerId: decision.customerId, shares: [], onAccountMinor: line.amountMinor };
      return pay(tx, { line, asked, decision: allocation }, 'A person put it on the account of the customer.');
    }
    case 'not_customer':
      return notCustomer(tx, { line, asked, decision });
    case 'same_movement':
      return sameMovement(tx, { line, asked, decision });
    case 'clear_payment': {
      const because = 'A person said which payment it brought.';
      return pass(tx, { line, asked, decision: { kind: 'clear_payment', paymentId: decision.paymentId, because } });
    }
    case 'take_back':
      return takeBack(tx, { line, asked, decision });
  }
}

/** The answer that was proposed: money on items, or another door's. */
async function confirm(tx: Tx, { line, asked, decision }: About<Of<'confirm'>>): Promise<Outcome> {
  const { answer } = line;
  if (answer === null || answer.kind === 'ask' || answer.kind === 'ignore' || answer.kind === 'unidentified') {
    return refuse(nothingProposed());
  }
  if (answer.kind !== 'post' && answer.kind !== 'propose') {
    return decision.proposal === 0 ? pass(tx, { line, asked, decision: answer }) : refuse(nothingProposed());
  }
  const proposals = answer.kind === 'post' ? [answer.proposal] : answer.proposals;
  const proposal = proposals[decision.proposal];
  if (proposal === undefined) return refuse(nothingProposed());
  const why = proposal.reasons[0];
  return pay(
    tx,
    { line, asked, decision: proposal.allocation },
    why === undefined ? 'A person confirmed it.' : `A person confirmed it: ${why}`,
  );
}

async function allocate(tx: Tx, { line, asked, decision }: About<Of<'allocate'>>): Promise<Outcome> {
  const { customerId, shares } = decision;
  const { policy } = await entityRules(tx, line.legalEntityId);
  const itemIds = shares.map(({ itemId }) => itemId);
  const items = await itemsToPay(tx, { legalEntityId: line.legalEntityId, customerId, itemIds });
  const checked = handAllocation({ customerId, line, items, shares, policy: policy.cash.matching });
  if (!checked.ok) return checked;
  return pay(tx, { line, asked, decision: checked.allocation }, 'A person laid it on these items.');
}

/** Posts money in, and remembers who pays for whom. */
async function pay(tx: Tx, { line, asked, decision }: About<Allocation>, because: string): Promise<Outcome> {
  if (line.amountMinor < 0) return refuse(moneyOut());
  const isOurs = await hasCustomer(tx, line.legalEntityId, decision.customerId);
  if (!isOurs) return refuse(customerUnknown());
  const posted = await postLine(tx, { line, allocation: decision, because, ...asked });
  if (!posted.ok) return posted;
  await teachPayer(tx, { ...payerOf(line), ...asked, customerId: decision.customerId });
  return { ok: true, orderIds: posted.orderIds };
}

async function hasCustomer(tx: Tx, legalEntityId: string, customerId: string): Promise<boolean> {
  const { rows } =
    await sql`select from customer where id = ${customerId} and legal_entity_id = ${legalEntityId}`.execute(tx);
  return rows.length > 0;
}

function payerOf({ legalEntityId, id, counterpartName, counterpartAccount }: BankLineRow) {
  return { legalEntityId, lineId: id, name: counterpartName, account: counterpartAccount };
}

async function pass(tx: Tx, { line, asked, decision }: About<OtherDoor>): Promise<Outcome> {
  return postOtherDoor(tx, { line, door: decision, ...asked });
}

async function notCustomer(tx: Tx, { line, asked, decision }: About<Of<'not_customer'>>): Promise<Outcome> {
  const reason = { code: 'not_customer', text: 'A person said that it is no payment of a customer.' };
  await end(tx, { line, asked, decision: { state: 'ignored', reason, duplicateOfId: null } });
  await audit(tx, { line, asked, decision: { action: 'bank_line.ignored', noteId: decision.noteId } }, reason.text);
  return { ok: true, orderIds: [] };
}

async function sameMovement(tx: Tx, { line, asked, decision }: About<Of<'same_movement'>>): Promise<Outcome> {
  const { rows } = await sql<{ id: string; place: string }>`
    select o.id, 'line ' || o.position || ' of ' || f.name as place from bank_line o join bank_file f on f.id = o.file_id
    where o.id = ${decision.asLineId} and o.id <> ${line.id} and o.legal_entity_id = ${line.legalEntityId}
      and o.account_id = ${line.accountId} and o.amount_minor = ${line.amountMinor} and o.currency = ${line.currency}
      and o.state not in ('duplicate', 'ignored')`.execute(tx);
  const [other] = rows;
  if (other === undefined) {
    return refuse({
      kind: 'unprocessable',
      code: 'not_same_movement',
      text: 'The other line is not of the same account, amount and currency, or it is itself a duplicate or ignored.',
      hint: 'Name the line that told the movement first.',
    });
  }
  const reason = { code: 'same_movement', text: `A person said that it is the movement of ${other.place}.` };
  await end(tx, { line, asked, decision: { state: 'duplicate', reason, duplicateOfId: other.id } });
  await audit(tx, { line, asked, decision: { action: 'bank_line.same_movement', otherLineId: other.id } }, reason.text);
  return { ok: true, orderIds: [] };
}

/** The whole line, up to what is left of the payment; what is more is the bank's fee. */
async function takeBack(tx: Tx, { line, asked, decision }: About<Of<'take_back'>>): Promise<Outcome> {
  if (line.amountMinor > 0) return refuse(moneyIn());
  const payment = await paymentToTakeBack(tx, { legalEntityId: line.legalEntityId, paymentId: decision.paymentId });
  if (payment === null) {
    return refuse({
      kind: 'unprocessable',
      code: 'payment_unknown',
      text: 'The legal entity has no such payment.',
      hint: 'Name the payment that the bank took back.',
    });
  }
  const takenMinor = -line.amountMinor;
  const amountMinor = Math.min(takenMinor - Math.min(line.chargesMinor, takenMinor), payment.leftMinor);
  if (amountMinor <= 0 || payment.currency !== line.currency) {
    return refuse({
      kind: 'conflict',
      code: 'nothing_to_take_back',
      text: 'Nothing is left of the payment in the currency of the line.',
      hint: 'Look at its returns and refunds, and name another payment.',
    });
  }
  const { paymentId, reasonCode } = decision;
  const because = 'A person said which payment it took back.';
  const feeMinor = takenMinor - amountMinor;
  return pass(tx, {
    ...{ line, asked },
    decision: { kind: 'take_back', paymentId, amountMinor, feeMinor, reasonCode, because },
  });
}

/** Reasons of lines that were never money: nobody makes them so. */
const NEVER_APPLIED: ReadonlySet<string> = new Set(['pending', 'information']);

async function reopen(tx: Tx, { line, asked }: About<Of<'reopen'>>): Promise<Outcome> {
  if (line.state === 'applied') return takeMoneyBack(tx, { line, asked, decision: null });
  const code = line.reasons[0]?.code ?? '';
  if (line.state !== 'ignored' || NEVER_APPLIED.has(code)) return refuse(notToReopen(line));
  const reason = { code: 'reopened', text: 'A person says that it concerns a customer after all.' };
  await sql`update bank_line set state = 'open', reasons = ${JSON.stringify([reason])}::jsonb where id = ${line.id}`.execute(
    tx,
  );
  await audit(tx, { line, asked, decision: { action: 'bank_line.reopened' } }, reason.text);
  return { ok: true, orderIds: [] };
}

/** A correction: what was believed of this payer is believed no more. */
async function takeMoneyBack(tx: Tx, { line, asked }: About<null>): Promise<Outcome> {
  const { rows } = await sql<{ customerId: string }>`select customer_id as "customerId" from payment
    where id = ${line.paymentId}`.execute(tx);
  const reopened = await reopenLine(tx, { line, ...asked });
  if (!reopened.ok) return reopened;
  const because = 'A person took the payment back: it was somebody else’s money.';
  for (const { customerId } of rows) {
    await unteachPayer(tx, { ...payerOf(line), ...asked, customerId, because });
  }
  return reopened;
}

async function end(
  tx: Tx,
  { line, decision }: About<{ state: 'ignored' | 'duplicate'; reason: LineReason; duplicateOfId: string | null }>,
): Promise<void> {
  const { state, reason, duplicateOfId } = decision;
  await sql`update bank_line set state = ${state}, reasons = ${JSON.stringify([reason])}::jsonb, duplicate_of_id = ${duplicateOfId}
    where id = ${line.id}`.execute(tx);
}

async function audit(
  tx: Tx,
  { line, asked, decision }: About<{ action: string } & Readonly<Record<string, unknown>>>,
  because: string,
): Promise<void> {
  const { action, ...details } = decision;
  await writeAudit(tx, {
    legalEntityId: line.legalEntityId,
    actor: asked.actor,
    action,
    subject: line.id,
    because,
    details: { ...details, amountMinor: line.amountMinor, currency: line.currency },
    businessAt: asked.now,
    requestId: asked.requestId,
  });
}

function notOpen({ state }: BankLineRow): Refusal {
  if (state === 'stored') {
    return {
      kind: 'conflict',
      code: 'line_not_matched',
      text: 'The line was read and is not matched yet.',
      hint: 'Repeat the request in a moment.',
    };
  }
  return {
    kind: 'conflict',
    code: 'line_decided',
    text: `The line is ${state} already.`,
    hint: 'Take the decision back first, with the decision reopen, where that is possible.',
    details: { state },
  };
}

function notToReopen({ state }: BankLineRow): Refusal {
  return {
    kind: 'conflict',
    code: 'line_not_to_reopen',
    text: `The line is ${state}: only one that was applied, or that a person or a rule put aside, is opened again.`,
    hint: 'A pending entry is applied when the bank books it; a payment that another door told is returned there.',
    details: { state },
  };
}

function nothingProposed(): Refusal {
  return {
    kind: 'unprocessable',
    code: 'nothing_proposed',
    text: 'The line has no such proposal.',
    hint: 'Read the line for its proposals, or lay the money on items by hand with the decision allocate.',
  };
}

function customerUnknown(): Refusal {
  return {
    kind: 'unprocessable',
    code: 'customer_unknown',
    text: 'The legal entity of the line has no such customer.',
    hint: 'Name a customer of that legal entity by its number.',
  };
}

function moneyOut(): Refusal {
  return {
    kind: 'unprocessable',
    code: 'money_went_out',
    text: 'The line took money out: it pays nothing.',
    hint: 'Say which payment it took back, or that it is no customer’s payment.',
  };
}

function moneyIn(): Refusal {
  return {
    kind: 'unprocessable',
    code: 'money_came_in',
    text: 'The line brought money: it takes nothing back.',
    hint: 'Lay it on items, put it on account, or say which payment it brought.',
  };
}
