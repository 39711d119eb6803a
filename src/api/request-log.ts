// One line a request: its ID, the route (not the address, which may name people), the status and how long it took.

import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { requestIdOf } from './request-id.ts';

export function logRequests(logger: Logger): RequestHandler {
  // Looking for what must not be logged costs more than the line itself, and this line holds nothing of the kind.
  const lines = logger.child({}, { redact: [] });
  return (request, response, next) => {
    const startedAt = performance.now();
    response.once('finish', () => {
      const route: unknown = (request.route as { path?: unknown } | undefined)?.path;
      const line = {
        requestId: requestIdOf(response),
        method: request.method,
        route: typeof route === 'string' ? route : null,
        status: response.statusCode,
        durationMs: Math.round(performance.now() - startedAt),
      };
      if (response.statusCode >= 500) lines.warn(line, 'request');
      else lines.info(line, 'request');
    });
    next();
  };
}
