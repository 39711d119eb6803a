// A policy as it is posted and shown: the same fields as the domain's, with the bounds that keep it sane.

import { z } from 'zod';
import { LEVELS, type Policy } from '../../domain/policy.ts';

const LADDER_DAYS_MAX = 730;
const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time such as 08:00 is expected');

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
    credit: z.strictObject({
      rejectAbovePercent: z
        .int()
        .min(100)
        .max(100_000)
        .nullable()
        .meta({ description: 'Share of the limit above which an order is rejected at once; `null`: always held.' }),
      holdWorkingDays: z.int().min(1).max(60),
    }),
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
