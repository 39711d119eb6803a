// A policy as it is posted and shown: the same fields as the domain's, with the bounds that keep it sane.

import { z } from 'zod';
import { POWERS } from '../../domain/authority.ts';
import { LEVELS, POLICY_V1, type Policy } from '../../domain/policy.ts';
import { ROLES } from '../../domain/roles.ts';

const LADDER_DAYS_MAX = 730;
const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time such as 08:00 is expected');

const TIERS_MAX = 5;
const tiers = (percentMax: number) =>
  z
    .array(z.strictObject({ role: z.enum(ROLES), afterPercent: z.int().min(0).max(percentMax) }))
    .min(1)
    .max(TIERS_MAX)
    .refine(
      (all) => all.every((tier, index) => index === 0 || (all[index - 1]?.afterPercent ?? 0) < tier.afterPercent),
      'rising percentages are expected',
    );
const minorUnits = z.int().max(Number.MAX_SAFE_INTEGER);
const workingDays = z.int().min(1).max(60);
const credit = POLICY_V1.credit;

const creditRules = z.strictObject({
  rejectAbovePercent: z
    .int()
    .min(100)
    .max(100_000)
    .nullable()
    .meta({ description: 'Share of the limit above which an order is rejected at once; `null`: always held.' }),
  holdWorkingDays: workingDays,
  exposure: z
    .strictObject({
      openItems: z.boolean(),
      disputedItems: z.boolean(),
      unbilledOrders: z.boolean(),
      unappliedCash: z.boolean(),
    })
    .default(credit.exposure),
  holds: z
    .strictObject({
      overdueMinor: minorUnits.min(0).nullable(),
      usedPercent: z.int().min(0).max(1000),
      oldestItemDays: z.int().min(0).max(3650).nullable(),
      level: z.enum(LEVELS).nullable(),
      orderMinor: minorUnits.min(0).nullable(),
      isLongerTermsHeld: z.boolean(),
    })
    .default(credit.holds)
    .meta({ description: 'What holds an order although it fits into the limit; `null`: the rule is off.' }),
  approvers: tiers(100)
    .refine((all) => all[0]?.afterPercent === 0, 'the first approver begins at 0')
    .default([...credit.approvers]),
  graceWorkingDays: workingDays.default(credit.graceWorkingDays),
  reservationWorkingDays: z.int().min(1).max(730).default(credit.reservationWorkingDays),
});

const disputeRules = z.strictObject({
  workingDays,
  workingDaysByReason: z.record(z.string().max(64), workingDays),
  tiers: tiers(1000),
});

const CURRENCIES_MAX = 200;
const minorByCurrency = z
  .record(z.string().regex(/^[A-Z]{3}$/, 'a currency of ISO 4217 is expected'), minorUnits.min(0))
  .refine((limits) => Object.keys(limits).length <= CURRENCIES_MAX, 'fewer currencies are expected')
  // In one order, since policies are compared and the database keeps its own.
  .overwrite((limits) => Object.fromEntries(Object.entries(limits).sort(([one], [other]) => (one < other ? -1 : 1))));
const lookedAtDays = z.int().min(0).max(365);
const { cash } = POLICY_V1;

const { matching } = cash;
const matchingRules = z.strictObject({
  scoreMin: z.int().min(0).max(1000).default(matching.scoreMin).meta({
    description: 'A line is posted without a person from this score on, of 1000.',
  }),
  marginMin: z.int().min(0).max(1000).default(matching.marginMin).meta({
    description: 'Points that it is ahead of the second best answer.',
  }),
  toleranceMinorByCurrency: minorByCurrency.prefault({ ...matching.toleranceMinorByCurrency }),
  toleranceMinor: minorUnits.min(0).default(matching.toleranceMinor).meta({
    description: 'A difference that is written off: in minor units of a currency that is not listed, ...',
  }),
  toleranceBasisPoints: z.int().min(0).max(10_000).default(matching.toleranceBasisPoints).meta({
    description: '... and no more than this many hundredths of a percent of what was open.',
  }),
  discountGraceDays: z.int().min(0).max(60).default(matching.discountGraceDays),
  isLateDiscountGranted: z.boolean().default(matching.isLateDiscountGranted),
  chargesMinorByCurrency: minorByCurrency.prefault({ ...matching.chargesMinorByCurrency }),
  chargesMinor: minorUnits.min(0).default(matching.chargesMinor).meta({
    description: 'What banks may have kept without telling, in a currency that is not listed; 0: nothing.',
  }),
  isOldestFirst: z.boolean().default(matching.isOldestFirst).meta({
    description: 'Whether money without a reference pays the oldest items first.',
  }),
  isOnAccountAutomatic: z.boolean().default(matching.isOnAccountAutomatic).meta({
    description:
      "Whether a known payer's money that fits nothing, or is too much, goes on its account without a person.",
  }),
});

const cashRules = z.strictObject({
  matching: matchingRules.prefault({}),
  duplicateDays: lookedAtDays.default(cash.duplicateDays).meta({
    description: 'A payment like another of so many days before is looked at by a person; 0: never.',
  }),
  bankDetailsChangedDays: lookedAtDays.default(cash.bankDetailsChangedDays).meta({
    description: "So long after a change of a customer's bank details its payments are looked at; 0: never.",
  }),
  shortPaymentCaseMinor: minorUnits.min(1).default(cash.shortPaymentCaseMinor).meta({
    description: 'A payment that says why it is short opens a dispute from this amount on.',
  }),
  clearingOpenDays: z.int().min(1).max(365).default(cash.clearingOpenDays).meta({
    description: 'Days after which money that was told and never reached the bank is a task.',
  }),
});

export const policySchema: z.ZodType<Policy> = z
  .strictObject({
    ladder: z
      .array(
        z
          .strictObject({
            level: z.enum(LEVELS),
            days: z
              .int()
              .min(-LADDER_DAYS_MAX)
              .max(LADDER_DAYS_MAX)
              .meta({ description: 'From the due date; negative is before it.' }),
            unit: z.enum(['calendar', 'working']),
          })
          .refine(
            (step) => step.unit === 'calendar' || step.days >= 0,
            'working days are counted after the due date only',
          ),
      )
      .max(LEVELS.length)
      .refine(
        isRising,
        'levels in the order notice, reminder1, reminder2, reminder3, collector, each once, with rising days are expected',
      ),
    gapWorkingDays: z.int().min(1).max(60),
    sendWindow: z
      .strictObject({
        days: z.enum(['working', 'every']),
        opens: time,
        closes: z.union([time, z.literal('24:00')]),
        spreadMinutes: z.int().min(0).max(1440),
      })
      .refine((window) => window.opens < window.closes, 'a window that opens before it closes is expected'),
    credit: creditRules,
    contestedShipmentWorkingDays: z.int().min(0).max(60).default(POLICY_V1.contestedShipmentWorkingDays).meta({
      description:
        'After these, a shipment on a held, cancelled or over-delivered order is invoiced unless somebody decided.',
    }),
    disputes: disputeRules.default({
      ...POLICY_V1.disputes,
      workingDaysByReason: { ...POLICY_V1.disputes.workingDaysByReason },
      tiers: [...POLICY_V1.disputes.tiers],
    }),
    promiseToleranceDays: z.int().min(0).max(30).default(POLICY_V1.promiseToleranceDays).meta({
      description: 'Calendar days after a promised date, or an instalment, before it counts as broken.',
    }),
    blockDaysMax: z.int().min(1).max(3650).default(POLICY_V1.blockDaysMax).meta({
      description: 'Longest block, and the length of one without an end of its own.',
    }),
    smallDifference: z
      .strictObject({ fixedMinor: minorUnits.min(1), basisPoints: z.int().min(1).max(10_000) })
      .nullable()
      .default(POLICY_V1.smallDifference)
      .meta({ description: 'What is left of a paid item is written off up to the smaller of the two. `null`: never.' }),
    approvals: z
      .strictObject({
        workingDays: z.int().min(1).max(60),
        limits: z
          .partialRecord(
            z.enum(POWERS),
            z.partialRecord(z.enum(ROLES), z.record(z.string().regex(/^[A-Z]{3}$/), minorUnits.min(0))),
          )
          .meta({ description: 'Action, role, currency, minor units: in place of the built-in limits.' }),
      })
      .default({ workingDays: POLICY_V1.approvals.workingDays, limits: {} }),
    // What a body without these rules is completed by, as the schema reads it.
    cash: cashRules.prefault({}),
  })
  .meta({ id: 'Policy' });

function isRising(ladder: readonly { level: (typeof LEVELS)[number]; days: number }[]): boolean {
  return ladder.every((step, index) => {
    const before = ladder[index - 1];
    return (
      before === undefined || (LEVELS.indexOf(before.level) < LEVELS.indexOf(step.level) && before.days < step.days)
    );
  });
}
