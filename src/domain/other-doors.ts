// Bank lines that no open item explains: money that another door had told, that was taken back, or that is no customer's.

import type { OtherDoor } from './bank-line.ts';
import type { DoorFacts, DoorLine } from './doors/facts.ts';
import { moneyIn } from './doors/money-in.ts';
import { moneyOut, takesBack } from './doors/money-out.ts';
import { keyOf } from './doors/signs.ts';

/**
 * Decides about all lines together; the result does not depend on their order.
 *
 * Money in: a payout that the line names (over its amount), then a payment that it names by its ID, then a payout by its amount and
 * its provider's name, then a payment whose words it repeats. The amount alone, or with the payer, clears nothing and applies nothing:
 * a person is asked. Money out: a return that was told before, the payment it takes back, a refund, else it is none of our business.
 *
 * @param lines booked lines, each once
 * @returns an answer for each line that is not the matcher's: all debits have one
 */
export function decideDoors(lines: readonly DoorLine[], facts: DoorFacts): Map<string, OtherDoor> {
  const own = new Set([...facts.ownAccounts].map(keyOf));
  const answers = new Map<string, OtherDoor>();
  const transfers = lines.filter((line) => !takesBack(line) && own.has(keyOf(line.counterpartAccount)));
  for (const line of transfers) answers.set(line.id, OWN_TRANSFER);
  const rest = lines.filter(({ id }) => !answers.has(id));
  for (const [lineId, door] of moneyOut(rest.filter(isOut), facts)) answers.set(lineId, door);
  // A reversal in the same file may have settled a credit.
  const credits = rest.filter((line) => !isOut(line) && !answers.has(line.id));
  for (const [lineId, door] of moneyIn(credits, facts)) answers.set(lineId, door);
  const asked = new Set(lines.map(({ id }) => id));
  return new Map([...answers].filter(([lineId]) => asked.has(lineId)));
}

const OWN_TRANSFER: OtherDoor = {
  kind: 'ignore',
  reason: { code: 'own_transfer', text: 'A transfer between our own bank accounts.' },
};

function isOut(line: DoorLine): boolean {
  return line.amountMinor < 0 || takesBack(line);
}
