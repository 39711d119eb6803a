// The rules and working days by which a legal entity's cases are decided, where no order brings them along.

import { sql } from 'kysely';
import type { ApprovalRules } from '../../domain/policy.ts';
import { calendarOf } from '../../database/calendars.ts';
import type { Tx } from '../../database/client.ts';
import { entityRules } from '../../database/queries/credit.ts';
import type { Calendar } from '../../domain/calendar.ts';

export interface Ground {
  readonly legalEntityId: string;
  readonly currency: string;
  readonly rules: ApprovalRules;
  readonly calendar: Calendar;
}

/** @param now business time, epoch milliseconds */
export async function groundOf(tx: Tx, legalEntityId: string, now: number): Promise<Ground> {
  const { policy } = await entityRules(tx, legalEntityId);
  const { rows } = await sql<{ country: string; zone: string; currency: string }>`
    select country, zone, currency from legal_entity where id = ${legalEntityId}`.execute(tx);
  const [entity] = rows;
  if (entity === undefined) throw new Error(`defect: no legal entity ${legalEntityId}`);
  const { country, zone, currency } = entity;
  const from = new Date(now).toISOString().slice(0, 10);
  const calendar = await calendarOf(tx, { country, zone, from, now });
  return { legalEntityId, currency, rules: policy.approvals, calendar };
}
