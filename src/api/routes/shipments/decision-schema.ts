// How somebody decides whether a shipment is invoiced, and the answer.

import { z } from 'zod';
import type { ShipmentDecisionReport } from '../../../workflows/messages.ts';
import { noteText, uuid } from '../../schemas/common.ts';

export const shipmentDecision = z
  .strictObject({
    shipment: uuid,
    decision: z.enum(['invoice', 'do_not_invoice']),
    note: noteText.optional(),
  })
  .meta({ id: 'ShipmentDecision' });

export const shipmentDecisionAnswer = z
  .strictObject({ order: uuid, shipment: uuid, invoicing: z.enum(['due', 'waived']) })
  .meta({ id: 'ShipmentDecisionAnswer' });

export function showDecision(
  orderId: string,
  { shipmentId, invoicing }: ShipmentDecisionReport,
): z.infer<typeof shipmentDecisionAnswer> {
  return { order: orderId, shipment: shipmentId, invoicing };
}
