// A worker as a process of its own, which a test may kill: settings by environment, one line on stdout when it works.

import { createMailer } from '../../src/activities/mail/smtp.ts';
import { openDatabase } from '../../src/database/client.ts';
import { startWorker } from '../../src/worker/start-worker.ts';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

const worker = await startWorker({
  temporalAddress: setting('TEMPORAL_ADDRESS'),
  namespace: 'default',
  db: openDatabase(setting('DATABASE_URL')),
  delivery: { kind: 'smtp', mailer: createMailer({ url: setting('SMTP_URL'), from: 'billing@acme.example' }) },
  businessOffsetMs: 0,
});
process.stdout.write('working\n');
await worker.ended;
