// A credit limit as it is posted.

import { Problem } from '../../problem.ts';
import { readMoney, type MoneyText } from '../../schemas/common.ts';
import { requireCurrency } from '../orders/ground.ts';

/**
 * Reads a limit into minor units; `null`: no limit is kept.
 * @throws Problem 422 in another currency than the legal entity's, 400 when it is below zero
 */
export function readLimit(
  creditLimit: MoneyText | null,
  { legalEntity, currency }: { legalEntity: string; currency: string },
): number | null {
  if (creditLimit === null) return null;
  requireCurrency({ legalEntity, currency: creditLimit.currency }, currency);
  const { minor } = readMoney(creditLimit);
  if (minor >= 0) return minor;
  throw new Problem({
    kind: 'invalid_input',
    code: 'credit_limit_negative',
    text: 'A credit limit is not below zero.',
    hint: 'Send zero to let nothing pass, or null to keep no limit.',
  });
}
