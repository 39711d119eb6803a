// The demo's orders, each at a stage that people want to see, and what has to happen to bring it there.

export interface DemoOrder {
  readonly number: string;
  readonly customer: string;
  readonly purchaseOrder: string;
  /** Item and quantity of each line, in their order. */
  readonly lines: readonly (readonly [item: string, quantity: string])[];
  /** Line number and quantity shipped at once; empty: nothing yet. */
  readonly shipped: readonly (readonly [line: number, quantity: string])[];
  /** What is paid of its first invoice: all, an amount, or nothing. */
  readonly paid: 'all' | { readonly amount: string } | null;
  /** Whether the bank took that payment back, and why. */
  readonly takenBack?: { readonly reasonCode: string; readonly fee: string };
  /** The stage it ends at here. */
  readonly stage: 'settled' | 'fulfilment' | 'collection' | 'held' | 'rejected';
}

export const demoOrders: readonly DemoOrder[] = [
  {
    number: 'SO-10001',
    customer: 'C-100',
    purchaseOrder: 'BB-2201',
    lines: [
      ['POT-30', '40'],
      ['OLIVE-150', '2'],
    ],
    shipped: [
      [1, '40'],
      [2, '2'],
    ],
    paid: 'all',
    stage: 'settled',
  },
  {
    number: 'SO-10002',
    customer: 'C-101',
    purchaseOrder: 'AH-118',
    lines: [['PUMP-2', '10']],
    shipped: [],
    paid: null,
    stage: 'fulfilment',
  },
  {
    number: 'SO-10003',
    customer: 'C-102',
    purchaseOrder: 'JL-77',
    lines: [
      ['OLIVE-150', '20'],
      ['POT-30', '100'],
    ],
    // The rest waits for its shipment while the first invoice is already being collected.
    shipped: [
      [1, '20'],
      [2, '40'],
    ],
    paid: null,
    stage: 'collection',
  },
  {
    number: 'SO-10004',
    customer: 'C-103',
    purchaseOrder: '4500012',
    lines: [['PUMP-2', '12']],
    shipped: [[1, '12']],
    paid: null,
    stage: 'collection',
  },
  {
    // Above the customer's limit, below twice the limit: somebody decides.
    number: 'SO-10005',
    customer: 'C-104',
    purchaseOrder: 'CM-9',
    lines: [['PUMP-2', '15']],
    shipped: [],
    paid: null,
    stage: 'held',
  },
  {
    // More than twice the limit.
    number: 'SO-10006',
    customer: 'C-105',
    purchaseOrder: 'KR-1',
    lines: [['PUMP-2', '5']],
    shipped: [],
    paid: null,
    stage: 'rejected',
  },
  {
    // A service is invoiced as soon as the order is approved.
    number: 'SO-10007',
    customer: 'C-106',
    purchaseOrder: 'NW-305',
    lines: [['PLANTING', '4']],
    shipped: [],
    paid: { amount: '100.00' },
    stage: 'collection',
  },
  {
    // Paid by direct debit, and the debit came back: the customer had no money that day.
    number: 'SO-10008',
    customer: 'C-106',
    purchaseOrder: 'NW-311',
    lines: [['PUMP-2', '2']],
    shipped: [[1, '2']],
    paid: 'all',
    takenBack: { reasonCode: 'AM04', fee: '3.50' },
    stage: 'collection',
  },
];
