// Blocks over everything of a customer, as they are listed.

import { sql } from 'kysely';
import type { IsoDate } from '../../domain/dates.ts';
import type { Db } from '../client.ts';

export interface CustomerBlockRow {
  readonly id: string;
  readonly from: IsoDate;
  /** `null`: set before every block had an end. */
  readonly until: IsoDate | null;
  readonly endedOn: IsoDate | null;
  readonly reason: string;
}

const COLUMNS = sql.raw(`b.id, b.from_on as "from", b.until_on as until, b.ended_on as "endedOn", b.reason`);

/** A page of a customer's blocks, newest first. */
export async function listCustomerBlocks(
  db: Db,
  customerId: string,
  page: { after: string | null; fetch: number },
): Promise<CustomerBlockRow[]> {
  const after = page.after === null ? sql`true` : sql`b.id < ${page.after}`;
  const { rows } = await sql<CustomerBlockRow>`select ${COLUMNS} from dunning_block b
    where b.customer_id = ${customerId} and b.order_id is null and ${after} order by b.id desc limit ${page.fetch}`.execute(
    db,
  );
  return rows;
}

/** The customer's block with this ID. */
export async function blockOfCustomer(db: Db, customerId: string, blockId: string): Promise<CustomerBlockRow | null> {
  const { rows } = await sql<CustomerBlockRow>`select ${COLUMNS} from dunning_block b
    where b.customer_id = ${customerId} and b.order_id is null and b.id = ${blockId}`.execute(db);
  return rows[0] ?? null;
}
