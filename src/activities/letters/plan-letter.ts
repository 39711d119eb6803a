// Where in the send window a letter of the day goes.

import { sendAt } from '../../domain/letter-day.ts';
import { calendarOf } from '../../database/calendars.ts';
import { letterHead } from '../../database/queries/letters.ts';
import type { Dependencies } from '../dependencies.ts';

export async function planLetter(
  { db }: Dependencies,
  { letterId, now }: { letterId: string; now: number },
): Promise<{ at: number | null }> {
  const letter = await letterHead(db, letterId, { lock: false });
  // "Sending" without a sender is for `sendLetter` to settle, at once.
  if (letter.state === 'sending') return { at: now };
  if (letter.state !== 'open') return { at: null };
  const { customerCountry: country, customerZone: zone, letterOn } = letter;
  const calendar = await calendarOf(db, { country, zone, from: letterOn, now });
  return { at: sendAt(letter.policy, calendar, { day: letterOn, key: letter.customerId, now }).at };
}
