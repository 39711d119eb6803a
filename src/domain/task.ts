// What people are asked to do: every kind of task in words, and whether ticking it off is enough.

interface KindRow {
  /** What its owner is asked to do, for the reader. */
  readonly label: string;
  /** `hand`: whoever did it ticks it off. `request`: only the decision that it asks for ends it. */
  readonly endsBy: 'hand' | 'request';
}

export const TASK_KINDS = {
  credit_hold: { label: 'Decide on a held order', endsBy: 'request' },
  reservation_expired: { label: 'Look after an order whose reservation ended', endsBy: 'hand' },
  order_rejected: { label: 'Tell the customer of a rejected order', endsBy: 'hand' },
  order_cancelled: { label: 'Stop what was under way for a cancelled order', endsBy: 'hand' },
  shipment_contested: { label: 'Decide on a shipment that should not have left', endsBy: 'request' },
  quality_failed: { label: 'Decide on a failed quality check', endsBy: 'request' },
  dispute: { label: 'Resolve a dispute', endsBy: 'request' },
  promise_broken: { label: 'Follow up a broken promise to pay', endsBy: 'hand' },
  plan_broken: { label: 'Follow up a broken payment plan', endsBy: 'hand' },
  approval: { label: 'Decide what somebody asked for', endsBy: 'request' },
  payment_returned: { label: 'Look after a payment that was taken back', endsBy: 'hand' },
  open_credit: { label: 'Refund or use an open credit', endsBy: 'hand' },
  collect: { label: 'Collect an open item', endsBy: 'hand' },
  invoice_undeliverable: { label: 'Bring an invoice to the customer', endsBy: 'hand' },
  invoice_unknown: { label: 'Find out whether an invoice arrived', endsBy: 'hand' },
  proforma_undeliverable: { label: 'Bring a proforma invoice to the customer', endsBy: 'hand' },
  proforma_unknown: { label: 'Find out whether a proforma invoice arrived', endsBy: 'hand' },
  letter_undeliverable: { label: 'Bring a letter to the customer', endsBy: 'hand' },
  letter_unknown: { label: 'Find out whether a letter arrived', endsBy: 'hand' },
  letter_missed: { label: 'Find out why a letter missed its day', endsBy: 'hand' },
  statement_refused: { label: 'Look after a bank file that was refused', endsBy: 'hand' },
  statement_gap: { label: 'Get the missing bank statement', endsBy: 'hand' },
  cash_exceptions: { label: 'Decide on bank lines that wait', endsBy: 'hand' },
  clearing_open: { label: 'Find the money that never reached the bank', endsBy: 'hand' },
  advice_open: { label: 'Join a remittance advice to its money', endsBy: 'request' },
} as const satisfies Record<string, KindRow>;
export type TaskKind = keyof typeof TASK_KINDS;

/** @returns whether the text is a kind of task. */
export function isTaskKind(text: string): text is TaskKind {
  return Object.hasOwn(TASK_KINDS, text);
}

/** @returns whether only the request that the task names ends it. */
export function endsByRequest(kind: string): boolean {
  return isTaskKind(kind) && TASK_KINDS[kind].endsBy === 'request';
}
