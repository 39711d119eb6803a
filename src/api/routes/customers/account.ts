// GET /v1/customers/{customerId}/account: what is open, what is unapplied, exposure against the limit, and ageing.

import { z } from 'zod';
import { localDate } from '../../../domain/calendar.ts';
import { customerAccount, type AccountRow } from '../../../database/queries/customer-account.ts';
import { ACCOUNT_ROWS_MAX } from '../../limits.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId, money, showMoney, uuid } from '../../schemas/common.ts';
import { customerParams, findCustomer } from './find-customer.ts';

const accountSchema = z
  .strictObject({
    customer: z.string(),
    legalEntity: legalEntityId,
    asOf: z.string().meta({ description: "The customer's local date." }),
    creditLimit: money.nullable(),
    isBlocked: z.boolean(),
    exposure: z.strictObject({
      openItems: money,
      unbilledOrders: money,
      unappliedCash: money.meta({ description: 'Lowers the exposure.' }),
      total: money,
      available: money.nullable().meta({ description: 'Limit less exposure; `null` without a limit.' }),
    }),
    ageing: z.strictObject({
      notDue: money,
      days1To30: money,
      days31To60: money,
      days61To90: money,
      over90: money,
      total: money,
    }),
    openItems: z
      .array(
        z.strictObject({
          id: uuid,
          order: uuid,
          number: z.string(),
          side: z.enum(['debit', 'credit']),
          issuedOn: z.string(),
          dueOn: z.string(),
          original: money,
          open: money,
        }),
      )
      .meta({ description: `Earliest due first, ${String(ACCOUNT_ROWS_MAX)} at most; the totals cover all.` }),
    unappliedPayments: z.array(
      z.strictObject({
        id: uuid,
        source: z.string(),
        sourceId: z.string(),
        valueOn: z.string(),
        amount: money,
        unapplied: money,
      }),
    ),
  })
  .meta({ id: 'CustomerAccount' });
type Account = z.infer<typeof accountSchema>;

export const customerAccountRoute = defineRoute({
  method: 'get',
  path: '/v1/customers/{customerId}/account',
  summary: "A customer's open items, unapplied cash, exposure and ageing",
  tag: 'Customers',
  action: 'customer.read',
  params: customerParams,
  answers: { 200: accountSchema },
  about: findCustomer,
  async handle({ db, now }, customer) {
    const on = localDate(customer.zone, now);
    const account = await customerAccount(db, { customerId: customer.id, on, rowsMax: ACCOUNT_ROWS_MAX });
    const { currency } = customer;
    const body: Account = {
      customer: customer.number,
      legalEntity: customer.legalEntityId,
      asOf: on,
      creditLimit: customer.limitMinor === null ? null : showMoney(customer.limitMinor, currency),
      isBlocked: customer.isBlocked,
      exposure: exposureOf(account, customer),
      ageing: ageingOf(account, currency),
      openItems: account.openItems.map(({ originalMinor, openMinor, ...item }) => ({
        ...item,
        original: showMoney(originalMinor, currency),
        open: showMoney(openMinor, currency),
      })),
      unappliedPayments: account.payments.map(({ amountMinor, unappliedMinor, ...payment }) => ({
        ...payment,
        amount: showMoney(amountMinor, currency),
        unapplied: showMoney(unappliedMinor, currency),
      })),
    };
    return { status: 200, body };
  },
});

function exposureOf(
  { totals }: AccountRow,
  { currency, limitMinor }: { currency: string; limitMinor: number | null },
): Account['exposure'] {
  const openItems = BigInt(totals.openItems);
  const unbilledOrders = BigInt(totals.unbilledOrders);
  const unappliedCash = BigInt(totals.unappliedCash);
  const total = openItems + unbilledOrders - unappliedCash;
  return {
    openItems: showMoney(openItems, currency),
    unbilledOrders: showMoney(unbilledOrders, currency),
    unappliedCash: showMoney(unappliedCash, currency),
    total: showMoney(total, currency),
    available: limitMinor === null ? null : showMoney(BigInt(limitMinor) - total, currency),
  };
}

function ageingOf({ totals }: AccountRow, currency: string): Account['ageing'] {
  const show = (total: string): Account['ageing']['total'] => showMoney(BigInt(total), currency);
  return {
    notDue: show(totals.notDue),
    days1To30: show(totals.days1To30),
    days31To60: show(totals.days31To60),
    days61To90: show(totals.days61To90),
    over90: show(totals.over90),
    total: show(totals.openItems),
  };
}
