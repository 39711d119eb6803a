// Tells orders that something changed; an order without a run is started, a closed one woken.

import { sql } from 'kysely';
import { orderStart, poke as pokeSignal, type Poke } from '../workflows/messages.ts';
import type { Dependencies } from './dependencies.ts';

/** Orders told in one call, and signals under way at once. */
export const POKES_MAX = 1_000;
const SIGNALS_AT_ONCE_MAX = 16;

export interface PokeActivities {
  pokeOrders(input: { orderIds: readonly string[]; poke: Poke }): Promise<void>;
}

export function createPokeActivities({ db, temporal }: Dependencies): PokeActivities {
  return {
    async pokeOrders({ orderIds, poke }) {
      if (orderIds.length > POKES_MAX) throw new Error(`defect: more than ${String(POKES_MAX)} orders poked at once`);
      const { rows } = await sql<{
        id: string;
        kind: 'order' | 'opening';
        legalEntityId: string;
        number: string;
        customerNumber: string;
      }>`
        select o.id, o.kind, o.legal_entity_id as "legalEntityId", o.number, c.number as "customerNumber"
        from sales_order o join customer c on c.id = o.customer_id where o.id = any(${orderIds}::uuid[])`.execute(db);
      for (let index = 0; index < rows.length; index += SIGNALS_AT_ONCE_MAX) {
        await Promise.all(
          rows.slice(index, index + SIGNALS_AT_ONCE_MAX).map((order) =>
            temporal.workflow.signalWithStart('orderToCash', {
              ...orderStart(order),
              signal: pokeSignal,
              signalArgs: [poke],
            }),
          ),
        );
      }
    },
  };
}
