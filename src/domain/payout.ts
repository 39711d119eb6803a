// What a provider says that it pays out: payments less fees, less what was charged back.

import { formatDecimal } from './money.ts';
import { refuse, type Result } from './refusal.ts';

/** Payments and chargebacks of one payout; a provider with more pays out more often. */
export const PAYOUT_LINES_MAX = 5_000;

/** A part of a payout; amounts are more than 0 in both kinds, in minor units. */
export interface PayoutLine {
  readonly kind: 'payment' | 'chargeback';
  /** The payment's ID at its source. */
  readonly sourceId: string;
  readonly amountMinor: number;
}

/** A payout as it is told, all in one currency. */
export interface PayoutTold {
  readonly currency: string;
  readonly netMinor: number;
  readonly feeMinor: number;
  readonly lines: readonly PayoutLine[];
}

/** What is known of the payments it names, by their IDs at the source. */
export interface PayoutPayment {
  readonly sourceId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Whether a bank line brought it, or another payout has it. */
  readonly isTaken: boolean;
}

/** Unknown or contradicting payments that a refusal names. */
const NAMED_MAX = 20;

/** Whether a payout adds up: payments − chargebacks − fee = net. Refuses `payout_does_not_add_up` with the figures. */
export function checkPayoutSum(told: PayoutTold): Result<object> {
  const { currency, netMinor, feeMinor, lines } = told;
  const sum = (kind: PayoutLine['kind']): number =>
    lines.reduce((total, line) => total + (line.kind === kind ? line.amountMinor : 0), 0);
  const paymentsMinor = sum('payment');
  const chargebacksMinor = sum('chargeback');
  const foundMinor = paymentsMinor - chargebacksMinor - feeMinor;
  if (foundMinor === netMinor) return { ok: true };
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  return refuse({
    kind: 'unprocessable',
    code: 'payout_does_not_add_up',
    text: `Payments of ${show(paymentsMinor)} less chargebacks of ${show(chargebacksMinor)} less a fee of ${show(feeMinor)} are ${show(foundMinor)}, and not ${show(netMinor)}.`,
    hint: 'Send every payment and chargeback of the payout, and all that the provider keeps as its fee.',
    details: { paymentsMinor, chargebacksMinor, feeMinor, foundMinor, netMinor, currency },
  });
}

/**
 * Whether the payments are the ones that were told: each known, named once, of the payout's currency and its whole amount, and not
 * paid out before; chargebacks over no more than their payment. Refuses with the source's IDs that do not fit.
 */
export function checkPayoutPayments(told: PayoutTold, known: ReadonlyMap<string, PayoutPayment>): Result<object> {
  const { lines, currency } = told;
  const unknown = lines.filter(({ sourceId }) => !known.has(sourceId));
  if (unknown.length > 0) {
    return misfit('payout_payments_unknown', 'No such payments were told', {
      lines: unknown,
      hint: 'Tell them with POST /v1/payments first, then the payout.',
    });
  }
  const seen = new Set<string>();
  const twice = lines.filter(({ kind, sourceId }) => {
    const isAgain = kind === 'payment' && seen.has(sourceId);
    if (kind === 'payment') seen.add(sourceId);
    return isAgain;
  });
  const taken = lines.filter(({ kind, sourceId }) => kind === 'payment' && known.get(sourceId)?.isTaken === true);
  if (twice.length + taken.length > 0) {
    return misfit(
      'payout_payments_taken',
      'These payments are named twice, or are in another payout or on the bank already',
      {
        lines: [...twice, ...taken],
        hint: 'A payment is paid out once; compare with GET /v1/provider-payouts.',
      },
    );
  }
  const other = lines.filter(({ kind, sourceId, amountMinor }) => {
    const payment = known.get(sourceId);
    const isWhole =
      kind === 'payment' ? payment?.amountMinor === amountMinor : amountMinor <= (payment?.amountMinor ?? 0);
    return payment?.currency !== currency || !isWhole;
  });
  if (other.length === 0) return { ok: true };
  return misfit('payout_payments_differ', 'These payments were told over another amount or currency', {
    lines: other,
    hint: 'A payout names gross amounts: what the provider keeps is its fee.',
  });
}

function misfit(
  code: string,
  text: string,
  { lines, hint }: { lines: readonly PayoutLine[]; hint: string },
): { readonly ok: false; readonly refusal: Parameters<typeof refuse>[0] } {
  const sourceIds = [...new Set(lines.map(({ sourceId }) => sourceId))];
  const shown = sourceIds.slice(0, NAMED_MAX);
  const more = sourceIds.length > shown.length ? ` and ${String(sourceIds.length - shown.length)} more` : '';
  const whole = `${text}: ${shown.join(', ')}${more}.`;
  return refuse({ kind: 'unprocessable', code, text: whole, hint, details: { sourceIds: shown } });
}
