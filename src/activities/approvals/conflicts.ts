// Who is too close to a case to ask for it or to decide it.

import { sql } from 'kysely';
import type { Conflict } from '../../domain/authority.ts';
import type { ApprovalKind } from '../../domain/approval.ts';
import type { Tx } from '../../database/client.ts';
import { limitHolder } from '../../database/queries/credit-groups.ts';

/** What a case is about, as far as people's other duties touch it. */
export interface CaseAbout {
  readonly kind: ApprovalKind;
  readonly itemId: string | null;
  readonly customerId: string | null;
  /** Of a refund. */
  readonly bankAccountId: string | null;
  /** Of a limit that customers share. */
  readonly groupId: string | null;
  /** `null`: it is only being asked for. */
  readonly askedBy: string | null;
}

/** The duties that bear on the case, each with whoever did it. */
export async function conflictsOf(tx: Tx, about: CaseAbout): Promise<Conflict[]> {
  switch (about.kind) {
    case 'write_off':
      return (await appliedCashBy(tx, about.itemId)).map((actor) => ({ duty: 'applied_cash', actor }));
    case 'refund':
      return (await enteredAccountBy(tx, about.bankAccountId)).map((actor) => ({
        duty: 'changed_bank_details',
        actor,
      }));
    case 'credit_limit':
      return (await createdCustomerBy(tx, about)).map((actor) => ({ duty: 'created_customer', actor }));
    case 'credit_note':
      return about.askedBy === null ? [] : [{ duty: 'asked_credit_note', actor: about.askedBy }];
  }
}

/** Who told the payments that were applied to the item, and who applied one by hand. */
async function appliedCashBy(tx: Tx, itemId: string | null): Promise<string[]> {
  const { rows } = await sql<{ actor: string }>`select p.created_by as actor
      from allocation a join payment p on p.id = a.payment_id where a.item_id = ${itemId}::uuid
    union
    select e.actor from open_item t join audit_entry e on e.order_id = t.order_id and e.subject = t.number
      where t.id = ${itemId}::uuid and e.action = 'payment.allocated'`.execute(tx);
  return rows.map((row) => row.actor);
}

async function enteredAccountBy(tx: Tx, bankAccountId: string | null): Promise<string[]> {
  const { rows } = await sql<{ actor: string }>`select created_by as actor from bank_account
    where id = ${bankAccountId}::uuid`.execute(tx);
  return rows.map((row) => row.actor);
}

/** Who created the customer, or any of those that share the limit. */
async function createdCustomerBy(tx: Tx, { customerId, groupId }: CaseAbout): Promise<readonly string[]> {
  const id = customerId ?? groupId;
  return id === null ? [] : (await limitHolder(tx, id)).createdBy;
}
