// GET /v1/orders/{orderId}/agenda: what comes next, when and why, asked of the same function as the run itself.

import { z } from 'zod';
import { agenda } from '../../../domain/agenda.ts';
import { LEVELS } from '../../../domain/policy.ts';
import { orderContext } from '../../../database/queries/order-context.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { instant, money, showInstant, showMoney } from '../../schemas/common.ts';
import { stage } from '../../schemas/orders.ts';
import { findOrder, orderParams } from './find-order.ts';

const agendaSchema = z
  .strictObject({
    asOf: instant,
    stage,
    open: money,
    dueOn: z.string().nullable().meta({ description: 'The earliest due date of what is open.' }),
    entries: z
      .array(
        z.strictObject({
          step: z.string(),
          subject: z.string().nullable(),
          level: z.enum(LEVELS).nullable(),
          at: instant.nullable().meta({ description: '`null`: only news moves it on.' }),
          because: z.string(),
        }),
      )
      .meta({ description: 'Soonest first.' }),
  })
  .meta({ id: 'Agenda' });

export const orderAgenda = defineRoute({
  method: 'get',
  path: '/v1/orders/{orderId}/agenda',
  summary: 'What comes next, when, and because of what',
  tag: 'Orders',
  action: 'order.read',
  params: orderParams,
  answers: { 200: agendaSchema },
  about: findOrder,
  async handle({ db, now }, order) {
    const context = await orderContext(db, order.id, now);
    if (context === null) throw notFound('order');
    const entries = agenda(context.facts, context.policy, context.calendar, now);
    const [first] = entries;
    if (first === undefined) throw new Error('defect: an agenda is never empty');
    const body: z.infer<typeof agendaSchema> = {
      asOf: showInstant(now),
      stage: first.stage,
      open: showMoney(first.openMinor, order.currency),
      dueOn: first.dueOn,
      entries: entries.map(({ step, subject, level, at, because }) => ({
        step,
        subject,
        level,
        at: showInstant(at),
        because,
      })),
    };
    return { status: 200, body };
  },
});
