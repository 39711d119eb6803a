// Every answer that says no: one shape (RFC 9457), a stable code, a hint, and nothing of our insides.

import type { Response } from 'express';
import { z } from 'zod';
import type { Refusal, RefusalKind, Result } from '../domain/refusal.ts';

/** What a door may refuse besides what the domain refuses: an outage, which a retry may find healed. */
export type ProblemKind = RefusalKind | 'unavailable' | 'defect';

const STATUS: Record<ProblemKind, number> = {
  invalid_input: 400,
  not_authenticated: 401,
  not_allowed: 403,
  not_found: 404,
  conflict: 409,
  unprocessable: 422,
  limit_reached: 429,
  defect: 500,
  unavailable: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Invalid request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Refused by a rule',
  429: 'Too many requests',
  500: 'Defect',
  503: 'Unavailable',
};

/** Seconds after which a caller whom we tell to come back should try again. */
export const RETRY_AFTER_S = 2;

export interface ProblemOptions extends Omit<Refusal, 'kind'> {
  readonly kind: ProblemKind;
  /** Where HTTP knows a closer status than the kind's own (405, 413, 415). */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by routes and middleware alike; carries all that the caller may see. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal: Omit<Refusal, 'kind'>;

  constructor({ kind, status, headers, ...refusal }: ProblemOptions) {
    super(`${refusal.code}: ${refusal.text}`);
    this.name = 'Problem';
    this.status = status ?? STATUS[kind];
    const retry = kind === 'unavailable' ? { 'Retry-After': String(RETRY_AFTER_S) } : {};
    this.headers = { ...retry, ...headers };
    this.refusal = refusal;
  }
}

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'A name of the problem, `urn:quittance:problem:CODE`.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, for the person who reads it.' }),
    code: z.string().meta({ description: 'Stable; programs may branch on it.', examples: ['customer_not_found'] }),
    hint: z.string().meta({ description: 'What to do next.' }),
    requestId: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457).' });

/** The body of a problem. */
function problemBody(problem: Problem, requestId: string): z.infer<typeof problemSchema> {
  const { code, text, hint, details } = problem.refusal;
  return {
    type: `urn:quittance:problem:${code}`,
    title: TITLES[problem.status] ?? 'Problem',
    status: problem.status,
    detail: text,
    code,
    hint,
    requestId,
    ...(details === undefined ? {} : { details }),
  };
}

/** Writes the problem as the response. */
export function sendProblem(response: Response, problem: Problem, requestId: string): void {
  response
    .status(problem.status)
    .set(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, requestId)));
}

/** @returns the half of a domain's `Result` that succeeded. @throws the refusal as a `Problem`. */
export function accepted<T>(result: Result<T>): { readonly ok: true } & T {
  if (!result.ok) throw new Problem(result.refusal);
  return result;
}

/** The one answer to everything that is not there or that the caller may not know of. */
export function notFound(what: string): Problem {
  return new Problem({
    kind: 'not_found',
    code: 'not_found',
    text: `There is no such ${what}, or your key does not reach it.`,
    hint: 'Check the address, and the legal entities of your key with GET /v1/key.',
  });
}
