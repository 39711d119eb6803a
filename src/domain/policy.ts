// The policy of a legal entity: when letters go, how far apart, in which hours, and what credit does above the limit.

/** Steps of dunning in their order. `collector` is a person's task, the others are letters. */
export const LEVELS = ['notice', 'reminder1', 'reminder2', 'reminder3', 'collector'] as const;
export type Level = (typeof LEVELS)[number];
export type LetterLevel = Exclude<Level, 'collector'>;

export interface LadderStep {
  readonly level: Level;
  /** Days from the due date; negative is before it. */
  readonly days: number;
  readonly unit: 'calendar' | 'working';
}

export interface SendWindow {
  /** `working`: the customer's working days only. `every`: every day. */
  readonly days: 'working' | 'every';
  /** Local times `HH:MM`, the customer's; `24:00` is the end of the day. */
  readonly opens: string;
  readonly closes: string;
  /** Letters are spread over this many minutes after the window opens, so that they do not leave in one second. */
  readonly spreadMinutes: number;
}

export interface CreditRules {
  /** Above this share of the limit an order is rejected at once, up to it it is held. `null`: always held. */
  readonly rejectAbovePercent: number | null;
  /** Working days of the legal entity after which a hold that nobody decided is rejected. */
  readonly holdWorkingDays: number;
}

export interface Policy {
  readonly ladder: readonly LadderStep[];
  /** Working days that lie at least between two steps of one item. */
  readonly gapWorkingDays: number;
  readonly sendWindow: SendWindow;
  readonly credit: CreditRules;
}

/** Policy v1: levels with days from the due date and least days since the step before, as dunning procedures in the field have them. */
export const POLICY_V1: Policy = {
  ladder: [
    { level: 'notice', days: -3, unit: 'calendar' },
    { level: 'reminder1', days: 3, unit: 'working' },
    { level: 'reminder2', days: 10, unit: 'working' },
    { level: 'reminder3', days: 20, unit: 'working' },
    { level: 'collector', days: 25, unit: 'working' },
  ],
  gapWorkingDays: 5,
  sendWindow: { days: 'working', opens: '08:00', closes: '18:00', spreadMinutes: 240 },
  credit: { rejectAbovePercent: 200, holdWorkingDays: 5 },
};
