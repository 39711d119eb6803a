// The table that `quittance start` ends with: where everything is, and a key for each role.

import Table from 'cli-table3';
import { ROLES } from '../../domain/roles.ts';
import type { DemoKeys } from './keys.ts';

export interface Addresses {
  readonly api: string;
  readonly temporalUi: string;
  readonly mail: string;
  readonly databaseUrl: string;
}

/** Plain text without colours, so that it can be piped and copied. */
export function instanceTable(addresses: Addresses, keys: DemoKeys): string {
  const table = new Table({ style: { head: [], border: [], compact: true }, wordWrap: false });
  table.push(
    ['API', addresses.api],
    ['API docs', `${addresses.api}/docs`],
    ['Temporal UI', addresses.temporalUi],
    ['Mail', addresses.mail],
    ['Database', addresses.databaseUrl],
    ...ROLES.map((role) => [`Key: ${role}`, keys[role]]),
  );
  return table.toString();
}
