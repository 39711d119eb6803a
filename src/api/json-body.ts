// Request bodies: JSON only, of bounded size and depth, in whole characters.

import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { BODY_BYTES_MAX, isShallow, JSON_DEPTH_MAX } from './limits.ts';
import { Problem } from './problem.ts';

/** The steps that read a body; a request without one is left as it is. */
export const jsonBody: readonly RequestHandler[] = [
  requireJson,
  express.json({ limit: BODY_BYTES_MAX, inflate: false, strict: true, type: 'application/json' }),
  requireShallow,
  requireUnicode,
];

function requireJson(request: Request, _response: Response, next: NextFunction): void {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const hasBody = encoding !== undefined || Number(length ?? 0) > 0;
  if (!hasBody || /^application\/json\s*(?:;|$)/i.test(type ?? '')) next();
  else next(notJson());
}

function requireShallow(request: Request, _response: Response, next: NextFunction): void {
  if (isShallow(request.body)) next();
  else next(tooDeep());
}

function requireUnicode(request: Request, _response: Response, next: NextFunction): void {
  if (isUnicode(request.body)) next();
  else next(notUnicode());
}

/** Whether no text holds half a character, which JSON can spell and Postgres does not keep. The value is shallow. */
function isUnicode(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, inner]) => name.isWellFormed() && isUnicode(inner));
}

function notJson(): Problem {
  return new Problem({
    kind: 'invalid_input',
    status: 415,
    code: 'media_type_unsupported',
    text: 'The body is not sent as application/json.',
    hint: 'Send JSON with "Content-Type: application/json".',
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

function notUnicode(): Problem {
  return new Problem({
    kind: 'invalid_input',
    code: 'text_not_unicode',
    text: 'A text in the body holds half of a surrogate pair, which is no character.',
    hint: 'Send whole characters: a pair of \\uD800 to \\uDBFF and \\uDC00 to \\uDFFF, or the character itself.',
  });
}
