// The mail that tells the owner of a task: plain English, without links and without personal data.

import { Temporal } from 'temporal-polyfill';
import type { Escalation } from './escalation.ts';
import { isTaskKind, TASK_KINDS } from './task.ts';

export interface TaskMail {
  readonly kind: string;
  readonly ownerRole: string;
  readonly legalEntityId: string;
  /** The legal entity's zone: the clock by which the deadline is shown. */
  readonly zone: string;
  /** `null`: the task is about no order. */
  readonly orderNumber: string | null;
  readonly reason: string;
  /** The request that ends it, such as `POST /v1/tasks/…/completion`. */
  readonly endsWith: string;
  readonly deadlineAt: number;
  /** 0: its first owner; each escalation adds one. */
  readonly tier: number;
  /** Whom it goes on to and when; `null`: to nobody. */
  readonly next: Escalation | null;
}

const LABEL_WIDTH = 11;

/** Subject and text of the mail. Whatever came from outside stays on its own line and becomes no link. */
export function taskMailText(task: TaskMail): { subject: string; text: string } {
  const what = isTaskKind(task.kind) ? TASK_KINDS[task.kind].label : task.kind;
  const role = roleText(task.ownerRole);
  const about = task.orderNumber === null ? '' : ` (${plain(task.orderNumber)})`;
  const rows: readonly (readonly [string, string])[] = [
    ['Task', what],
    ['Because', plain(task.reason)],
    ...(task.orderNumber === null ? [] : [['Order', plain(task.orderNumber)] as const]),
    ['Deadline', timeText(task.deadlineAt, task.zone)],
    ['Ends with', plain(task.endsWith)],
  ];
  const lines = rows.map(([label, value]) => `${`${label}:`.padEnd(LABEL_WIDTH)}${value}`);
  const text = [`A task waits for the role ${role} of ${task.legalEntityId}.`, '', ...lines, '', ...sequel(task)];
  return { subject: `${what}${about}: for ${role} of ${task.legalEntityId}`, text: `${text.join('\n').trimEnd()}\n` };
}

/** How it came to its owner, and where it goes when nobody acts. */
function sequel({ tier, next, zone }: TaskMail): string[] {
  return [
    ...(tier === 0 ? [] : ['It came to you because nobody before you ended it in time.']),
    ...(next === null
      ? []
      : [`It goes on to ${roleText(next.role)} on ${timeText(next.at, zone)} unless it ends before.`]),
  ];
}

function roleText(role: string): string {
  return plain(role).replaceAll('_', ' ');
}

function timeText(at: number, zone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime();
  return `${local.toString({ smallestUnit: 'minute' }).replace('T', ' ')} (${zone})`;
}

/** One line, and nothing that a mail program would take for an address to open. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/:\/\//g, ': //')
    .replace(/\bwww\./gi, 'www .')
    .trim();
}
