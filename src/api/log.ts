// The log: JSON lines of what happened, without keys, bodies, names or addresses.

import { pino, type DestinationStream, type Logger } from 'pino';

/** Whatever an object that is logged by accident may carry, these never reach the log. */
const REDACTED = [
  'authorization',
  'key',
  'body',
  'email',
  'name',
  'address',
  'iban',
  'bic',
  'taxNumber',
  'password',
  'text',
  'note',
];

/** @param options.level `silent`, `error`, `warn`, `info` or `debug` */
export function createLogger(options: { level: string; stream?: DestinationStream }): Logger {
  const paths = REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino({ level: options.level, redact: { paths, censor: '[redacted]' } }, options.stream);
}
