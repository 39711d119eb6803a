// The demo company is made at the first start, and once: the data folder remembers.

import { join } from 'node:path';
import { z } from 'zod';
import { localDate } from '../../domain/calendar.ts';
import type { DemoKeys } from '../local-instance/keys.ts';
import { readPrivateJson, writePrivateJson } from '../local-instance/private-file.ts';
import { customers, legalEntity } from './company.ts';
import { makeDemo } from './make-demo.ts';
import { demoOrders } from './orders.ts';

const stateSchema = z.strictObject({ firstDay: z.string(), isComplete: z.boolean() });

/** Makes the demo company, goes on with one that was interrupted, or leaves a complete one alone. @returns what it did, in words */
export async function ensureDemo(options: { dataFolder: string; apiUrl: string; keys: DemoKeys }): Promise<string> {
  const file = join(options.dataFolder, 'demo.json');
  const kept = stateSchema.safeParse(readPrivateJson(file));
  if (kept.success && kept.data.isComplete) return `Demo company ${legalEntity.id} as you left it`;

  const firstDay = kept.success ? kept.data.firstDay : localDate(legalEntity.zone, Date.now());
  await writePrivateJson(file, { firstDay, isComplete: false });
  await makeDemo({ apiUrl: options.apiUrl, keys: options.keys, firstDay });
  await writePrivateJson(file, { firstDay, isComplete: true });
  return `Demo company ${legalEntity.id}: ${String(customers.length)} customers, ${String(demoOrders.length)} orders, invoices from before`;
}
