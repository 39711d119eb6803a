// How the end of an order, or of what is left of it, is asked for and answered.

import { z } from 'zod';
import { money, showMoney, uuid } from '../../schemas/common.ts';
import { reasonFields } from './reason-fields.ts';

export const orderEnd = z.strictObject(reasonFields).meta({ id: 'OrderEnd' });

export const orderEndAnswer = z
  .strictObject({ order: uuid, gross: money.meta({ description: 'What the order comes to now.' }) })
  .meta({ id: 'OrderEndAnswer' });

export function showEnd(order: { id: string; currency: string }, grossMinor: number): z.infer<typeof orderEndAnswer> {
  return { order: order.id, gross: showMoney(grossMinor, order.currency) };
}
