// What activities need from outside, handed in by the worker that runs them.

import type { Client } from '@temporalio/client';
import type { Db } from '../database/client.ts';
import type { Mailer } from './mail/smtp.ts';

export interface Dependencies {
  readonly db: Db;
  /** Starts and signals workflows: orders that are poked, letters of the day. */
  readonly temporal: Client;
  /** `record`: documents and letters are written down as sent and never leave, as in the pilot. */
  readonly delivery: { readonly kind: 'smtp'; readonly mailer: Mailer } | { readonly kind: 'record' };
}
