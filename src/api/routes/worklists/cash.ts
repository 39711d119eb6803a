// GET /v1/worklists/cash: bank lines that wait for a person, the oldest first.

import { z } from 'zod';
import { namesIn, openCashLines, type CashLineRow } from '../../../database/queries/cash-lines.ts';
import { addDays } from '../../../domain/dates.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import { bankLineSchema, showBankLine } from '../bank-lines/present.ts';

const DATE_FORM = /^\d{4}-\d\d-\d\d$/;

export const cashWorklist = defineRoute({
  method: 'get',
  path: '/v1/worklists/cash',
  summary: 'Bank lines that wait for a person, with what is proposed for them, the oldest first',
  tag: 'Cash application',
  action: 'cash.read',
  query: z.strictObject({
    legalEntity: legalEntityId.optional(),
    account: z
      .string()
      .regex(/^[A-Z0-9/ .-]{1,64}$/, "our own account's number is expected")
      .optional()
      .meta({ description: 'Our own account, as statements name it.' }),
    reason: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/, 'the code of a reason is expected')
      .optional()
      .meta({ description: 'Only lines for which this is a reason to ask, such as `tie`.' }),
    minAgeDays: z.coerce.number().int().min(0).max(3650).optional().meta({
      description: 'Only lines that were booked so many days ago or earlier.',
    }),
    ...pageQuery,
  }),
  answers: { 200: pageOf(bankLineSchema) },
  about: 'scope',
  async handle({ db, scope, query, now }) {
    const { after, fetch } = pageAsked(query, [DATE_FORM, UUID_FORM]);
    const { account, reason, minAgeDays } = query;
    const today = new Date(now).toISOString().slice(0, 10);
    const bookedUntil = minAgeDays === undefined ? undefined : addDays(today, -minAgeDays);
    const filter = { scope, legalEntityId: query.legalEntity, account, reason, bookedUntil };
    const rows = await openCashLines(db, filter, { after, fetch });
    const names = await namesIn(db, rows);
    const keyOf = (row: CashLineRow): string[] => [row.bookedOn, row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: (row) => showBankLine(row, names), keyOf }) };
  },
});
