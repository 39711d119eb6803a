// Every request has an ID: the caller's own when it is well-formed, else a new one; it stands in answers, logs and audit.

import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;

export function identifyRequest(request: Request, response: Response, next: NextFunction): void {
  const given = request.get('x-request-id');
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  response.locals['requestId'] = requestId;
  response.setHeader('X-Request-Id', requestId);
  next();
}

/** The ID that `identifyRequest` gave. */
export function requestIdOf(response: Response): string {
  const requestId: unknown = response.locals['requestId'];
  return typeof requestId === 'string' ? requestId : '';
}
