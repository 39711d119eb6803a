// Audit entries: who did what to which order and why, written in the transaction of the change itself.

import type { Tx } from '../client.ts';

export interface AuditEntry {
  /** `null` for changes of the whole installation. */
  readonly legalEntityId: string | null;
  /** `key:NAME` of an API key, `workflow:ID`, or `cli`. */
  readonly actor: string;
  /** `resource.verb`, such as `order.received` or `letter.sent`. */
  readonly action: string;
  readonly orderId?: string | null;
  readonly subject?: string | null;
  readonly because?: string | null;
  /** Plain JSON without personal data. */
  readonly details?: Readonly<Record<string, unknown>> | null;
  /** Business time, epoch milliseconds. */
  readonly businessAt?: number | null;
  readonly requestId?: string | null;
}

/** Writes audit entries in one statement. */
export async function writeAudit(tx: Tx, ...entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx
    .insertInto('audit_entry')
    .values(
      entries.map((entry) => ({
        legal_entity_id: entry.legalEntityId,
        actor: entry.actor,
        action: entry.action,
        order_id: entry.orderId ?? null,
        subject: entry.subject ?? null,
        because: entry.because ?? null,
        details: entry.details ? JSON.stringify(entry.details) : null,
        business_at: typeof entry.businessAt === 'number' ? new Date(entry.businessAt) : null,
        request_id: entry.requestId ?? null,
      })),
    )
    .execute();
}
