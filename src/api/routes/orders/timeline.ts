// GET /v1/orders/{orderId}/timeline: everything that happened, who did it and why.

import { z } from 'zod';
import { orderTimeline } from '../../../database/queries/timeline.ts';
import { COUNT_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { instant, showInstant } from '../../schemas/common.ts';
import { findOrder, orderParams } from './find-order.ts';

const entry = z
  .strictObject({
    id: z.int(),
    at: instant,
    businessAt: instant.nullable(),
    actor: z.string(),
    action: z.string(),
    subject: z.string().nullable(),
    because: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'TimelineEntry' });

export const orderTimelineRoute = defineRoute({
  method: 'get',
  path: '/v1/orders/{orderId}/timeline',
  summary: 'Everything that happened, oldest first',
  tag: 'Orders',
  action: 'order.read',
  params: orderParams,
  query: z.strictObject(pageQuery),
  answers: { 200: pageOf(entry) },
  about: findOrder,
  async handle({ db, query }, order) {
    const { after, fetch } = pageAsked(query, [COUNT_FORM]);
    const rows = await orderTimeline(db, order.id, { after: after?.[0] ?? null, fetch });
    const shape = {
      show: (row: (typeof rows)[number]): z.infer<typeof entry> => ({
        ...row,
        at: showInstant(row.at),
        businessAt: showInstant(row.businessAt),
      }),
      keyOf: (row: (typeof rows)[number]) => [String(row.id)],
    };
    return { status: 200, body: paged(rows, { fetch }, shape) };
  },
});
