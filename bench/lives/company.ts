// The company of the benchmark and what its orders look like: made of a seed, so that every run orders the same.

import type { ApiClient } from './http.ts';

export const LEGAL_ENTITY = 'BENCH-DE';
const CUSTOMERS = 50;
const ITEMS = 20;
const LINES_MAX = 3;
const QUANTITY_MAX = 9;

/** Whole numbers from 0 up to `below`, the same for the same seed and number. */
function random(seed: number, number: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + number * 40_503) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Creates master data over the API. */
export async function createCompany(api: ApiClient): Promise<void> {
  const entity = {
    id: LEGAL_ENTITY,
    name: 'Benchmark GmbH',
    country: 'DE',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    invoicePrefix: 'RE-',
    address: ['Messstraße 1', '10115 Berlin'],
    taxNumber: 'DE123456789',
    email: 'billing@bench.example',
    iban: 'DE89370400440532013000',
    taxCodes: [{ code: 'S19', rate: '19.00', description: 'VAT 19 %' }],
  };
  await api.post('/v1/legal-entities', entity, 'bench-legal-entity');
  for (let index = 1; index <= CUSTOMERS; index += 1) {
    const customer = {
      legalEntity: LEGAL_ENTITY,
      number: `C-${index}`,
      name: `Customer ${index}`,
      email: `ap${index}@customer.example`,
      address: [`Kundenweg ${index}`, '20095 Hamburg'],
      country: 'DE',
      zone: 'Europe/Berlin',
      language: index % 2 === 0 ? 'en' : 'de',
      termsDays: 30,
      creditLimit: { amount: '100000000.00', currency: 'EUR' },
    };
    await api.post('/v1/customers', customer, `bench-customer-${index}`);
  }
  for (let index = 1; index <= ITEMS; index += 1) {
    const item = {
      legalEntity: LEGAL_ENTITY,
      number: `I-${index}`,
      description: `Item ${index}`,
      kind: 'goods',
      unitPrice: `${index}.${String((index * 7) % 100).padStart(2, '0')}`,
      taxCode: 'S19',
    };
    await api.post('/v1/items', item, `bench-item-${index}`);
  }
}

export interface PlannedOrder {
  readonly number: string;
  readonly customer: string;
  readonly lines: readonly { readonly item: string; readonly quantity: string }[];
}

/** The order of this number: one to three lines, one of fifty customers. */
export function plannedOrder(seed: number, number: number): PlannedOrder {
  const roll = random(seed, number);
  const lines = Array.from({ length: 1 + roll(LINES_MAX) }, () => ({
    item: `I-${1 + roll(ITEMS)}`,
    quantity: String(1 + roll(QUANTITY_MAX)),
  }));
  return { number: `SO-${number}`, customer: `C-${1 + roll(CUSTOMERS)}`, lines };
}
