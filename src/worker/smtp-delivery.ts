// How letters and invoices leave this process: over SMTP.

import type { Dependencies } from '../activities/dependencies.ts';
import { createMailer, type MailerOptions } from '../activities/mail/smtp.ts';

export interface SmtpDelivery {
  readonly delivery: Dependencies['delivery'];
  /** Lets what is on the wire end, and closes the connections. */
  close(): Promise<void>;
}

/** Opens no connection before the first message. @throws Error on a malformed URL or sender */
export function openSmtpDelivery(options: Pick<MailerOptions, 'url' | 'from'>): SmtpDelivery {
  const mailer = createMailer(options);
  return { delivery: { kind: 'smtp', mailer }, close: () => mailer.close() };
}
