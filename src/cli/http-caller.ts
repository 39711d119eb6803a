// Calls the REST API as any other client does: with a key, over HTTP, checking what it answers.

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { reasonOf } from '../local/start-problem.ts';
import { CommandProblem } from './command-problem.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';

const REQUEST_TIMEOUT_MS = 30_000;
/** A file of half a gigabyte takes its time. */
const UPLOAD_TIMEOUT_MS = 10 * 60_000;
/** A request that met a server which could not answer yet is sent again this often, under the same Idempotency-Key. */
const ATTEMPTS_MAX = 20;
const ATTEMPT_EVERY_MS = 250;

const problemSchema = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() });

export interface HttpCaller {
  get<T>(path: string, answer: z.ZodType<T>): Promise<T>;
  /** @param request.idempotencyKey the same for every repetition of the request */
  post<T>(path: string, request: { body: unknown; idempotencyKey: string }, answer: z.ZodType<T>): Promise<T>;
  /** Sends a file as it is. @param request.file read piece by piece, and again when the request is repeated */
  upload<T>(path: string, request: { file: Blob; idempotencyKey: string }, answer: z.ZodType<T>): Promise<T>;
}

interface Init {
  readonly method?: 'POST';
  readonly body?: string | Blob;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws CommandProblem from each call: what the API refused, or that it cannot be reached */
export function createHttpCaller(options: { url: string; key: string }): HttpCaller {
  const call = async <T>(path: string, init: Init, answer: z.ZodType<T>): Promise<T> => {
    const url = new URL(path, options.url);
    const request = { ...init, headers: { ...init.headers, authorization: `Bearer ${options.key}` } };
    for (let attempt = 1; ; attempt += 1) {
      const response = await send(url, request);
      const body: unknown = await response.json().catch(() => null);
      if (response.ok) return answer.parse(body);
      const problem = problemOf(`${init.method ?? 'GET'} ${path}`, response.status, body);
      if (!mayPass(response.status, body) || attempt >= ATTEMPTS_MAX) throw problem;
      await sleep(ATTEMPT_EVERY_MS);
    }
  };
  return {
    get: (path, answer) => call(path, {}, answer),
    post: (path, { body, idempotencyKey }, answer) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
      return call(path, { method: 'POST', body: JSON.stringify(body), headers }, answer);
    },
    upload: (path, { file, idempotencyKey }, answer) => {
      const headers = { 'content-type': 'application/octet-stream', 'idempotency-key': idempotencyKey };
      return call(path, { method: 'POST', body: file, headers }, answer);
    },
  };
}

async function send(url: URL, init: Init): Promise<Response> {
  try {
    const timeoutMs = init.body instanceof Blob ? UPLOAD_TIMEOUT_MS : REQUEST_TIMEOUT_MS;
    return await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? reasonOf(error.cause) : reasonOf(error);
    throw new CommandProblem(
      exitCodes.unavailable,
      `The API at ${url.origin} cannot be reached: ${cause}`,
      'Start it (quittance start, or quittance api), or name another in QUITTANCE_URL.',
    );
  }
}

function mayPass(status: number, body: unknown): boolean {
  return status === 503 || (status === 409 && problemSchema.safeParse(body).data?.code === 'request_in_flight');
}

function problemOf(what: string, status: number, body: unknown): CommandProblem {
  const read = problemSchema.safeParse(body);
  const text = read.success ? `${read.data.code}: ${read.data.detail}` : `it answered ${String(status)}`;
  const hint = read.success ? read.data.hint : undefined;
  return new CommandProblem(exitCodeOf(status), `${what}: ${text}`, hint ?? 'See the log of the API.');
}

function exitCodeOf(status: number): ExitCode {
  if (status === 404) return exitCodes.notFound;
  if (status === 400) return exitCodes.usage;
  return status >= 500 ? exitCodes.unavailable : exitCodes.refused;
}
