// What a replay came to, read from the books it made.

import { sql } from 'kysely';
import { independentSum } from '../../domain/pilot/independent-sum.ts';
import type { PilotDifference } from '../../domain/pilot/pilot-result.ts';
import type { PilotLetter } from '../../domain/pilot/dry-run.ts';
import type { Db } from '../../database/client.ts';
import { openByCustomer } from '../../database/queries/receivables.ts';
import { ENTITY } from './company.ts';
import type { PilotPlan } from './plan.ts';

/** Holds the ledger's open amount of every customer against the file's own sum, at the end of every compared day. */
export async function compareWithFile(db: Db, plan: PilotPlan): Promise<PilotDifference[]> {
  const invoices = plan.history.invoices.map((invoice) => ({ ...invoice, customer: plan.customerNumber(invoice) }));
  const differences: PilotDifference[] = [];
  for (const date of plan.comparedOn) {
    const file = independentSum(invoices, date);
    const ledger = await openByCustomer(db, { legalEntityId: ENTITY, date });
    for (const customer of [...new Set([...file.keys(), ...ledger.keys()])].sort()) {
      const fileMinor = file.get(customer) ?? 0;
      const ledgerMinor = ledger.get(customer) ?? 0;
      if (fileMinor !== ledgerMinor) differences.push({ date, customer, ledgerMinor, fileMinor });
    }
  }
  return differences;
}

/** Letters that were sent, by order number. */
export async function sentLetters(db: Db): Promise<PilotLetter[]> {
  const { rows } = await sql<PilotLetter>`
    select o.number as invoice, d.level, d.step_on as "on" from dunning_step d join sales_order o on o.id = d.order_id
    where d.state = 'sent' and d.letter_id is not null order by d.step_on, o.number`.execute(db);
  return rows;
}

/** Tasks opened, and orders that no person had to touch: no task, hold, block, or other request of a person. */
export async function humanWork(db: Db): Promise<{ tasks: number; touchless: { count: number; of: number } }> {
  const { rows } = await sql<{ tasks: number; touchless: number; orders: number }>`select
    (select count(*) from task)::integer as tasks,
    (select count(*) from sales_order)::integer as orders,
    (select count(*) from sales_order o where not exists (select from task t where t.order_id = o.id)
      and not exists (select from dunning_block b where b.order_id = o.id)
      and not exists (select from audit_entry a where a.order_id = o.id and a.action like 'credit.%' and a.action <> 'credit.approved')
    )::integer as touchless`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a count without a row');
  return { tasks: row.tasks, touchless: { count: row.touchless, of: row.orders } };
}
