// How much the Temporal SDK says at each of our log levels.

import type { Configuration } from './configuration.ts';
import type { RuntimeLog } from '../worker/install-runtime.ts';

const LEVELS = {
  silent: 'ERROR',
  error: 'ERROR',
  warn: 'WARN',
  // What the SDK tells of its own life at INFO is noise to everybody but its authors.
  info: 'WARN',
  debug: 'INFO',
} as const satisfies Record<Configuration['LOG_LEVEL'], RuntimeLog['level']>;

export function runtimeLevel(level: Configuration['LOG_LEVEL']): RuntimeLog['level'] {
  return LEVELS[level];
}
