// The Temporal runtime of this process: where its log lines go, and that it leaves the signals to us.

import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';

export interface RuntimeLog {
  readonly level: LogLevel;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
}

/** Call it once, before the first connection of a worker. */
export function installRuntime(log: RuntimeLog): void {
  Runtime.install({
    logger: new DefaultLogger(log.level, ({ level, message, meta }) => {
      log.write(JSON.stringify({ time: Date.now(), level: level.toLowerCase(), message, ...readable(meta) }));
    }),
    telemetryOptions: { logging: { forward: {}, filter: { core: log.level, other: 'ERROR' } } },
    // Left alone it would end all workers at Ctrl-C, before the API that still waits for their answers.
    shutdownSignals: [],
  });
}

/** Errors have no fields of their own that JSON would show. */
function readable(meta: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta ?? {})
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Error)
      .map(([key, value]) => [key, value instanceof Error ? (value.stack ?? value.message) : value]),
  );
}
