// GET /v1/customers/{customerId}/account: what is open, what is unapplied, exposure against the limit, who waits for it, and ageing.

import { z } from 'zod';
import { localDate } from '../../../domain/calendar.ts';
import { totalExposureMinor, type Exposure } from '../../../domain/credit.ts';
import type { ExposureRules } from '../../../domain/policy.ts';
import { creditStanding, entityRules } from '../../../database/queries/credit.ts';
import { listHolds } from '../../../database/queries/credit-holds.ts';
import { countingLimit, customerAccount, type AccountRow } from '../../../database/queries/customer-account.ts';
import { ACCOUNT_ROWS_MAX } from '../../limits.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId, money, showMoney, uuid } from '../../schemas/common.ts';
import { holdSchema, showHold } from '../credit-holds/present.ts';
import { customerParams, findCustomer } from './find-customer.ts';

const accountSchema = z
  .strictObject({
    customer: z.string(),
    legalEntity: legalEntityId,
    asOf: z.string().meta({ description: "The customer's local date." }),
    group: z
      .string()
      .nullable()
      .meta({ description: 'The group whose limit and exposure these are; `null`: its own.' }),
    creditLimit: money.nullable(),
    limitUntil: z.string().nullable().meta({ description: 'Last day on which the limit is good.' }),
    isBlocked: z.boolean(),
    exposure: z
      .strictObject({
        openItems: money,
        disputed: money.meta({ description: 'The part of the open items that is disputed.' }),
        unbilledOrders: money,
        grantedOrders: money.meta({ description: 'Held orders for which room was found and is reserved.' }),
        unappliedCash: money.meta({ description: 'Lowers the exposure.' }),
        total: money.meta({ description: 'Of the buckets that the policy counts.' }),
        available: money.nullable().meta({ description: 'Limit less exposure; `null` without a limit.' }),
      })
      .meta({ description: 'Of all customers of the group, where it is in one.' }),
    queue: z.array(holdSchema).meta({
      description: `Orders held for the same limit, as they get room, ${String(ACCOUNT_ROWS_MAX)} at most.`,
    }),
    ageing: z
      .strictObject({
        notDue: money,
        days1To30: money,
        days31To60: money,
        days61To90: money,
        over90: money,
        total: money,
      })
      .meta({ description: "In the legal entity's currency: foreign items at what they stand at in the books." }),
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
    const { currency, legalEntityId } = customer;
    const account = await customerAccount(db, { customerId: customer.id, on, rowsMax: ACCOUNT_ROWS_MAX });
    const limit = await countingLimit(db, customer.id);
    const { accountId } = limit;
    const { policy, zone } = await entityRules(db, legalEntityId);
    const { exposure } = await creditStanding(db, { accountId, orderId: null, today: localDate(zone, now) });
    const queue = await listHolds(db, { scope: [legalEntityId], accountId }, { after: null, fetch: ACCOUNT_ROWS_MAX });
    const body: Account = {
      customer: customer.number,
      legalEntity: legalEntityId,
      asOf: on,
      group: limit.groupNumber,
      creditLimit: limit.limitMinor === null ? null : showMoney(limit.limitMinor, currency),
      limitUntil: limit.limitUntil,
      isBlocked: limit.isBlocked,
      exposure: exposureOf(exposure, { currency, limitMinor: limit.limitMinor, rules: policy.credit.exposure }),
      queue: queue.map(showHold),
      ageing: ageingOf(account, currency),
      openItems: account.openItems.map(({ originalMinor, openMinor, currency: own, ...item }) => ({
        ...item,
        original: showMoney(originalMinor, own),
        open: showMoney(openMinor, own),
      })),
      unappliedPayments: account.payments.map(({ amountMinor, unappliedMinor, currency: own, ...payment }) => ({
        ...payment,
        amount: showMoney(amountMinor, own),
        unapplied: showMoney(unappliedMinor, own),
      })),
    };
    return { status: 200, body };
  },
});

function exposureOf(
  exposure: Exposure,
  { currency, limitMinor, rules }: { currency: string; limitMinor: number | null; rules: ExposureRules },
): Account['exposure'] {
  const totalMinor = totalExposureMinor(exposure, rules);
  return {
    openItems: showMoney(exposure.openItemsMinor, currency),
    disputed: showMoney(exposure.disputedMinor, currency),
    unbilledOrders: showMoney(exposure.unbilledOrdersMinor, currency),
    grantedOrders: showMoney(exposure.grantedMinor, currency),
    unappliedCash: showMoney(exposure.unappliedCashMinor, currency),
    total: showMoney(totalMinor, currency),
    available: limitMinor === null ? null : showMoney(limitMinor - totalMinor, currency),
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
