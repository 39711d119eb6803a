// Request bodies: JSON only, of bounded size and depth.

import express, { type NextFunction, type Request, type Response } from 'express';
import { BODY_BYTES_MAX, isShallow, JSON_DEPTH_MAX } from './limits.ts';
import { Problem } from './problem.ts';

const parseJson = express.json({ limit: BODY_BYTES_MAX, inflate: false, strict: true, type: 'application/json' });

/** Parses the body; a request without one is left as it is. */
export function jsonBody(request: Request, response: Response, next: NextFunction): void {
  const type = request.headers['content-type'];
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !/^application\/json\s*(?:;|$)/i.test(type ?? '')) {
    next(
      new Problem({
        kind: 'invalid_input',
        status: 415,
        code: 'media_type_unsupported',
        text: 'The body is not sent as application/json.',
        hint: 'Send JSON with "Content-Type: application/json".',
      }),
    );
    return;
  }
  parseJson(request, response, (error?: unknown) => {
    if (error !== undefined) next(error);
    else if (isShallow(request.body)) next();
    else next(tooDeep());
  });
}

function tooDeep(): Problem {
  return new Problem({
    kind: 'invalid_input',
    code: 'body_too_deep',
    text: `The body is nested deeper than ${String(JSON_DEPTH_MAX)} levels.`,
    hint: 'Every field and its form stand in /openapi.json and at /docs.',
  });
}
