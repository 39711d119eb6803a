// The mail catcher in a process of its own: a sink for what the worker sends.

import { startMailCatcher, type RunningMailCatcher } from '../../src/local/mail-catcher.ts';
import { serveParent } from './serve-parent.ts';

let catcher: RunningMailCatcher | null = null;

serveParent({
  async start({ messagesMax }: { messagesMax: number }) {
    catcher = await startMailCatcher({ messagesMax });
    return { smtpUrl: catcher.smtpUrl };
  },
  count: () => Promise.resolve(catcher?.messages().length ?? 0),
  stop: async () => catcher?.stop(),
});
