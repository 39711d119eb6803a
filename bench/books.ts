// Checks the books after timing, in plain SQL: speed that loses money is none.

import pg from 'pg';

/** What must hold: a name, and a question whose answer is the number of rows that break it. */
const RULES: readonly (readonly [string, string])[] = [
  ['orders that are not settled', `select count(*) from sales_order where stage <> 'settled'`],
  [
    'orders without exactly one invoice',
    `select count(*) from sales_order o where (select count(*) from invoice i where i.order_id = o.id) <> 1`,
  ],
  ['invoices that were not delivered', `select count(*) from invoice where delivery <> 'sent'`],
  ['orders not billed in full', `select count(*) from sales_order where billed_minor <> gross_minor`],
  [
    'entries that do not balance',
    `select count(*) from (select entry_id, currency from journal_line group by entry_id, currency having sum(amount_minor) <> 0) bad`,
  ],
  [
    'accounts receivable that differ from their open items',
    `select count(*) from (select coalesce((select sum(amount_minor) from journal_line where account = 'receivable'), 0) as control,
      coalesce((select sum(case side when 'debit' then open_minor else -open_minor end) from open_item), 0) as items) sums
      where control <> items or control <> 0`,
  ],
  ['payments not allocated in full', `select count(*) from payment where state <> 'posted' or unapplied_minor <> 0`],
  [
    'gaps in invoice numbers',
    `select count(*) from number_series s where s.next_number - s.first_number <> (select count(*) from invoice i where i.legal_entity_id = s.legal_entity_id and i.series = s.series)`,
  ],
];

/** @param orders how many orders were lived, with those of the warm-up @throws when a rule is broken */
export async function checkBooks(databaseUrl: string, orders: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const faults: string[] = [];
    const found = await count(client, 'select count(*) from sales_order');
    if (found !== orders) faults.push(`${found} orders instead of ${orders}`);
    for (const [what, question] of RULES) {
      const broken = await count(client, question);
      if (broken > 0) faults.push(`${broken} ${what}`);
    }
    if (faults.length > 0) throw new Error(`The books are wrong after the run: ${faults.join(', ')}.`);
  } finally {
    await client.end();
  }
}

async function count(client: pg.Client, question: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(question);
  return Number(rows[0]?.count ?? -1);
}
