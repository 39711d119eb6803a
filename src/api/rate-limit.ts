// How often one key may ask, and one address may fail to log in, within a minute.

import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { MINUTE_MS } from './limits.ts';
import { Problem, sendProblem } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { callerOf } from './serve-route.ts';

/** Counts the requests of each key. */
export function requestLimit(perMinute: number): RequestHandler {
  return limiter(perMinute, (_request, response) => callerOf(response).keyId);
}

/** Counts failed log-ins of each address. */
export function failedLoginLimit(perMinute: number): RequestHandler {
  return limiter(perMinute, (request) => ipKeyGenerator(request.ip ?? ''));
}

function limiter(limit: number, keyGenerator: (request: Request, response: Response) => string): RequestHandler {
  return rateLimit({
    windowMs: MINUTE_MS,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator,
    handler: (_request, response) => {
      sendProblem(response, tooMany(limit), requestIdOf(response));
    },
  });
}

function tooMany(limit: number): Problem {
  return new Problem({
    kind: 'limit_reached',
    code: 'rate_limit_reached',
    text: `More than ${String(limit)} requests came within a minute.`,
    hint: 'Wait as long as Retry-After says.',
  });
}
