// Runs a service until a signal comes or it ends by itself, and then stops its parts in reverse order.

import { reasonOf } from '../local/start-problem.ts';
import { exitCodes } from './exit-codes.ts';
import { talk } from './talk.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Service {
  /** Resolves or rejects when the service ends by itself, which it should not. `null`: it has no such end. */
  readonly ended: Promise<void> | null;
  /** Stops, in this order. */
  readonly stops: readonly (() => Promise<void>)[];
}

/** Sets exit code 0 after a signal, 5 when the service ended by itself. */
export async function runUntilStopped(name: string, service: Service): Promise<void> {
  const signal = new Promise<'asked'>((resolve) => {
    for (const each of SIGNALS) {
      process.on(each, () => {
        talk(`${name}: stopping (${each}) …`);
        resolve('asked');
      });
    }
  });
  const cause = await Promise.race([signal, ...(service.ended === null ? [] : [unexpectedEnd(service.ended)])]);
  if (cause !== 'asked') talk(`${name} ended unexpectedly: ${cause}`);
  process.exitCode = cause === 'asked' ? exitCodes.ok : exitCodes.unavailable;
  for (const stop of service.stops) await stop();
  talk(`${name}: stopped.`);
}

/** @returns words about how a thing ended that should have gone on */
export async function unexpectedEnd(ended: Promise<void>): Promise<string> {
  try {
    await ended;
    return 'it came to an end without being asked.';
  } catch (error) {
    return reasonOf(error);
  }
}
