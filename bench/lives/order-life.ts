// One order's happy life as its systems live it: posted, shipped, invoiced and delivered, paid, settled.

import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { orderWorkflowId } from '../../src/workflows/messages.ts';
import { LEGAL_ENTITY, plannedOrder } from './company.ts';
import type { ApiClient } from './http.ts';
import type { StageWatch } from './stage-watch.ts';

const receipt = z.object({
  id: z.string(),
  gross: z.object({ amount: z.string(), currency: z.string() }),
  credit: z.object({ state: z.literal('approved') }),
});

export interface LifeTools {
  readonly api: ApiClient;
  readonly temporal: Client;
  readonly watch: StageWatch;
  readonly seed: number;
}

export function workflowIdOf(number: number): string {
  return orderWorkflowId({ kind: 'order', legalEntityId: LEGAL_ENTITY, number: `SO-${number}` });
}

/** @returns the order's ID and its amount, once it is approved, shipped, invoiced and delivered */
export async function untilDelivered(
  { api, watch, seed }: LifeTools,
  number: number,
): Promise<{ orderId: string; customer: string; gross: { amount: string; currency: string } }> {
  const planned = plannedOrder(seed, number);
  const order = {
    legalEntity: LEGAL_ENTITY,
    number: planned.number,
    customer: planned.customer,
    currency: 'EUR',
    purchaseOrder: `PO-${number}`,
    lines: planned.lines,
  };
  const posted = await api.post('/v1/orders', order, `bench-order-${number}`);
  const { id: orderId, gross } = receipt.parse(posted.body);
  const shipment = { lines: planned.lines.map((line, index) => ({ line: index + 1, quantity: line.quantity })) };
  await api.post(`/v1/orders/${orderId}/shipments`, shipment, `bench-shipment-${number}`);
  await watch.reaches(orderId, 'collection');
  return { orderId, customer: planned.customer, gross };
}

/** Pays an order in full by its number, today. */
export async function pay(
  api: ApiClient,
  payment: { number: number; customer: string; gross: { amount: string; currency: string } },
): Promise<void> {
  const { number, customer, gross } = payment;
  const body = {
    legalEntity: LEGAL_ENTITY,
    customer,
    amount: gross,
    valueOn: new Date().toISOString().slice(0, 10),
    reference: `SO-${number}`,
    source: 'psp',
    sourceId: `ch_${number}`,
  };
  await api.post('/v1/payments', body, `bench-payment-${number}`);
}

/** The whole life, until the run is closed. */
export async function liveOrder(tools: LifeTools, number: number): Promise<void> {
  const delivered = await untilDelivered(tools, number);
  await pay(tools.api, { number, ...delivered });
  await tools.temporal.workflow.result(workflowIdOf(number));
}
