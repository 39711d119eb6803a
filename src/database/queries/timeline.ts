// What happened to an order, who did it and why, oldest first.

import { sql } from 'kysely';
import type { Db } from '../client.ts';

export interface TimelineRow {
  readonly id: number;
  readonly at: number;
  readonly businessAt: number | null;
  readonly actor: string;
  readonly action: string;
  readonly subject: string | null;
  readonly because: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;
}

export async function orderTimeline(
  db: Db,
  orderId: string,
  page: { after: string | null; fetch: number },
): Promise<TimelineRow[]> {
  const { rows } =
    await sql<TimelineRow>`select id, at, business_at as "businessAt", actor, action, subject, because, details
    from audit_entry where order_id = ${orderId} and id > ${page.after ?? '0'}::bigint order by id limit ${page.fetch}`.execute(
      db,
    );
  return rows;
}
