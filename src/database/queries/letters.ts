// A letter of the day with whom it goes to, and the steps that wait for it.

import { sql } from 'kysely';
import { wholePolicy, type LetterLevel, type Policy, type StoredPolicy } from '../../domain/policy.ts';
import type { Db, Tx } from '../client.ts';

/** Letters end in one of the last five states; `sending` means that somebody talks SMTP, or died doing so. */
export type LetterState = 'open' | 'sending' | 'sent' | 'undeliverable' | 'unknown' | 'missed' | 'empty';

export interface LetterHead {
  readonly id: string;
  readonly legalEntityId: string;
  readonly customerId: string;
  readonly customerNumber: string;
  readonly customerName: string;
  readonly customerCountry: string;
  readonly customerZone: string;
  readonly email: string | null;
  readonly language: string;
  readonly entityName: string;
  readonly entityEmail: string | null;
  readonly letterOn: string;
  readonly state: LetterState;
  readonly attempts: number;
  readonly policy: Policy;
}

export interface WaitingStep {
  readonly stepId: string;
  readonly itemId: string;
  readonly orderId: string;
  readonly level: LetterLevel;
  readonly number: string;
  readonly purchaseOrder: string | null;
  readonly issuedOn: string;
  readonly dueOn: string;
  /** Without what is disputed. */
  readonly openMinor: number;
  readonly currency: string;
}

/** Reads a letter, its row locked when asked inside a transaction. @throws a defect when there is none. */
export async function letterHead(db: Db | Tx, letterId: string, options: { lock: boolean }): Promise<LetterHead> {
  const lock = options.lock ? sql`for no key update of l` : sql``;
  const { rows } = await sql<Omit<LetterHead, 'policy'> & { policy: StoredPolicy }>`
    select l.id, l.legal_entity_id as "legalEntityId", l.customer_id as "customerId", c.number as "customerNumber",
      c.name as "customerName", c.country as "customerCountry", c.zone as "customerZone", c.email, c.language,
      e.name as "entityName", e.email as "entityEmail", l.letter_on as "letterOn", l.state, l.attempts,
      (select body from policy p where p.legal_entity_id = l.legal_entity_id order by version desc limit 1) as policy
    from letter l join customer c on c.id = l.customer_id join legal_entity e on e.id = l.legal_entity_id
    where l.id = ${letterId} ${lock}`.execute(db);
  const [letter] = rows;
  if (letter === undefined) throw new Error(`defect: no letter ${letterId}`);
  return { ...letter, policy: wholePolicy(letter.policy) };
}

/** The steps handed to the letter and not yet decided, oldest due first. */
export async function waitingSteps(tx: Tx, letterId: string): Promise<WaitingStep[]> {
  const { rows } = await sql<WaitingStep>`
    select d.id as "stepId", d.item_id as "itemId", d.order_id as "orderId", d.level, i.number, o.purchase_order as "purchaseOrder",
      i.issued_on as "issuedOn", i.due_on as "dueOn", i.currency,
      i.open_minor - (select coalesce(sum(p.amount_minor), 0)::bigint from dispute p
        where p.item_id = i.id and p.state in ('open', 'awaiting_approval')) as "openMinor"
    from dunning_step d join open_item i on i.id = d.item_id join sales_order o on o.id = d.order_id
    where d.letter_id = ${letterId} and d.state = 'waiting' order by i.due_on, i.number`.execute(tx);
  return rows;
}

/** Orders that planned on the letter and must plan anew: their item was dropped, refused, unknown, or missed its day. */
export async function ordersToTell(db: Db | Tx, letterId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select distinct order_id as id from dunning_step
    where letter_id = ${letterId} and state in ('dropped', 'undeliverable', 'unknown')`.execute(db);
  return rows.map((row) => row.id);
}
