// The last in line: what no route took, and whatever a route threw.

import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { BODY_BYTES_MAX } from './limits.ts';
import { Problem, sendProblem } from './problem.ts';
import { requestIdOf } from './request-id.ts';

/** Answers every path that no route has. */
export function refuseUnknownPath(_request: Request, _response: Response, next: NextFunction): void {
  next(
    new Problem({
      kind: 'not_found',
      code: 'route_not_found',
      text: 'There is nothing at this address.',
      hint: 'All addresses stand in /openapi.json and at /docs.',
    }),
  );
}

/** Turns what was thrown into a problem; what we did not foresee is logged in full and shown as a defect. */
export function sendError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const requestId = requestIdOf(response);
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = error instanceof Problem ? error : (ofHttp(error) ?? ofDatabase(error));
    if (problem === null) logger.error({ requestId, failure: loggable(error) }, 'defect');
    else if (problem.status >= 500)
      logger.warn({ requestId, code: problem.refusal.code, failure: loggable(error) }, 'unavailable');
    sendProblem(response, problem ?? defect(), requestId);
  };
}

function defect(): Problem {
  return new Problem({
    kind: 'defect',
    code: 'defect',
    text: 'Something went wrong on our side.',
    hint: 'Repeat the request with the same Idempotency-Key; if it stays, report the requestId.',
  });
}

/** Errors of the body parser and the router carry a status below 500 and a type. */
function ofHttp(error: unknown): Problem | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  switch (error.status) {
    case 400:
      return new Problem({
        kind: 'invalid_input',
        code: 'request_malformed',
        text: 'The request is not well-formed: its JSON or its address cannot be read.',
        hint: 'Check the JSON syntax and the percent-encoding.',
      });
    case 413:
      return new Problem({
        kind: 'invalid_input',
        status: 413,
        code: 'body_too_large',
        text: `The body is larger than ${String(BODY_BYTES_MAX)} bytes.`,
        hint: 'Split the request.',
      });
    case 415:
      return new Problem({
        kind: 'invalid_input',
        status: 415,
        code: 'media_type_unsupported',
        text: 'The body is compressed or in a character set that is not read here.',
        hint: 'Send plain UTF-8 JSON.',
      });
    default:
      return null;
  }
}

/** SQLSTATE classes of a server that is away or busy, and codes of a connection that failed. */
const DATABASE_AWAY = /^(?:08|53|57P0|40001|40P01|55P03|57014)|^ECONN|^ENOTFOUND|^EPIPE/;

function ofDatabase(error: unknown): Problem | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isAway =
    DATABASE_AWAY.test(code) || /timeout exceeded when trying to connect|Connection terminated/.test(error.message);
  if (!isAway) return null;
  return new Problem({
    kind: 'unavailable',
    code: 'database_unavailable',
    text: 'The database cannot answer now.',
    hint: 'Repeat the request with the same Idempotency-Key.',
  });
}

/** What the log may know of an error: not the rows and values that drivers add. */
function loggable(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const cause = error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {};
  const code = 'code' in error ? { code: error.code } : {};
  return { type: error.name, message: error.message, stack: error.stack, ...code, ...cause };
}
