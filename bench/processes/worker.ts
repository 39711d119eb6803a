// Our worker in a process of its own, put together as `quittance worker` does.

import { createMailer } from '../../src/activities/mail/smtp.ts';
import { openDatabase } from '../../src/database/client.ts';
import { installRuntime } from '../../src/worker/install-runtime.ts';
import { startWorker } from '../../src/worker/start-worker.ts';
import { serveParent } from './serve-parent.ts';

let stop: () => Promise<void> = () => Promise.resolve();

interface Settings {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  /** Null: documents and letters are written down as sent and never leave. */
  readonly smtpUrl: string | null;
}

serveParent({
  async start(settings: Settings) {
    installRuntime({ level: 'WARN', write: (line) => console.error(line) });
    const db = openDatabase(settings.databaseUrl);
    const { smtpUrl } = settings;
    const mailer = smtpUrl === null ? null : createMailer({ url: smtpUrl, from: 'billing@bench.example' });
    const worker = await startWorker({
      temporalAddress: settings.temporalAddress,
      namespace: settings.namespace,
      db,
      delivery: mailer === null ? { kind: 'record' } : { kind: 'smtp', mailer },
      businessOffsetMs: 0,
    });
    stop = async () => {
      await worker.stop();
      await mailer?.close();
      await db.destroy();
    };
    return null;
  },
  stop: () => stop(),
});
