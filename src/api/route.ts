// What a route is: one description from which the router and the OpenAPI document are made.

import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Db } from '../database/client.ts';
import type { Scope } from '../database/queries/scope.ts';
import type { Action, RoleGrant } from '../domain/roles.ts';
import { Problem, notFound } from './problem.ts';
import type { Engine } from './temporal/engine.ts';

/** Who asks: an API key with its roles. */
export interface Caller {
  readonly keyId: string;
  readonly name: string;
  /** `key:NAME`, as audit entries and workflows know the caller. */
  readonly actor: string;
  readonly grants: readonly RoleGrant[];
}

/** What every handler gets besides the parsed request. */
export interface Surroundings {
  readonly db: Db;
  readonly engine: Engine;
  readonly logger: Logger;
  readonly caller: Caller;
  readonly requestId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
  readonly scope: Scope;
  /** One name for this request and its repetitions: a hash of caller, route, object and idempotency key. Empty but for POST. */
  readonly requestKey: string;
}

export interface Asked<P, Q, B> extends Surroundings {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The address of what was made, or where to look for what is not decided yet. */
  readonly location?: string;
}

/** What a request is about, as far as authorisation goes. */
export interface Subject {
  readonly legalEntityId: string;
}

/** What became of the bytes of a request, before it is known whether the request is a repetition. */
export interface Received<B> {
  readonly body: B;
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string;
  /** Called at the end, whatever became of the request; what was kept stays. */
  readonly discard: () => Promise<void>;
}

/** A body that is a file: taken piece by piece as it comes, when the caller is known to be allowed, and never whole in memory. */
export interface FileBody<P, Q, B, S> extends FileKind {
  readonly receive: (
    asked: Asked<P, Q, undefined>,
    subject: S,
    bytes: AsyncIterable<Uint8Array>,
  ) => Promise<Received<B>>;
}
export interface FileKind {
  /** Lower case; one that ends with a slash is all of its kind. */
  readonly mediaTypes: readonly string[];
  readonly bytesMax: number;
}

interface Spec<P, Q, B, S> {
  readonly method: 'get' | 'post' | 'patch';
  /** With parameters in braces: `/v1/orders/{orderId}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly action: Action;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Instead of a body of JSON. */
  readonly file?: FileBody<P, Q, B, S>;
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /**
   * `caller`: any key. `installation`: a role that reaches every legal entity. `scope`: a list, cut in SQL to where the action is
   * allowed. A function: finds the object; `null` answers 404, as does an object of a legal entity the caller has no role in.
   * A file has not come yet when it is asked.
   */
  readonly about: 'caller' | 'installation' | 'scope' | ((asked: Asked<P, Q, B>) => Promise<(S & Subject) | null>);
  readonly handle: (asked: Asked<P, Q, B>, subject: S) => Promise<Answer>;
}

/** A request as it came, before its schemas saw it. */
export interface Raw {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** A parsed request of one route, ready to be authorised and handled. */
export interface Bound {
  /**
   * SHA-256 of the parsed body in the schema's order, so that spelling does not make another request; of a file, once it is
   * received, with the query, which says what the file is.
   */
  readonly bodyHash: () => string;
  /** Finds what the request is about. */
  readonly find: (surroundings: Surroundings) => Promise<Subject | null>;
  /** Takes the file of a route that has one. @returns what ends it */
  readonly receive: (surroundings: Surroundings, bytes: AsyncIterable<Uint8Array>) => Promise<() => Promise<void>>;
  readonly handle: (surroundings: Surroundings) => Promise<Answer>;
}

export interface Route {
  readonly method: 'get' | 'post' | 'patch';
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly action: Action;
  readonly about: 'caller' | 'installation' | 'scope' | 'object';
  readonly file: FileKind | null;
  readonly schemas: {
    readonly params: z.ZodType | null;
    readonly query: z.ZodType | null;
    readonly body: z.ZodType | null;
    readonly answers: Readonly<Record<number, z.ZodType>>;
  };
  /** @throws Problem 400 or 404 when the request does not fit the schemas. */
  readonly parse: (raw: Raw) => Bound;
}

/** Describes a route; types of parameters, query, body and subject follow from its schemas. */
export function defineRoute<P = undefined, Q = undefined, B = undefined, S = undefined>(spec: Spec<P, Q, B, S>): Route {
  const { method, path, summary, tag, action, params, query, body, file, answers, about } = spec;
  return {
    method,
    path,
    summary,
    tag,
    action,
    about: typeof about === 'string' ? about : 'object',
    file: file === undefined ? null : { mediaTypes: file.mediaTypes, bytesMax: file.bytesMax },
    schemas: { params: params ?? null, query: query ?? null, body: body ?? null, answers },
    parse: (raw) => bind(spec, raw),
  };
}

function bind<P, Q, B, S>(spec: Spec<P, Q, B, S>, raw: Raw): Bound {
  const parsed = {
    params: parsePart(spec.params, raw.params, 'path'),
    query: parsePart(spec.query, raw.query, 'query'),
    body: parsePart(spec.body, raw.body ?? {}, 'body'),
  };
  // Without a schema a part is `undefined`, and its type says so.
  let subject: S | undefined;
  let received: Received<B> | undefined;
  return {
    bodyHash: () => {
      const asked = received === undefined ? parsed.body : [received.hash, parsed.query];
      return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
    },
    async receive(surroundings, bytes) {
      if (spec.file === undefined) throw new Error(`defect: ${spec.path} takes no file`);
      received = await spec.file.receive({ ...surroundings, ...parsed, body: undefined }, subject as S, bytes);
      return received.discard;
    },
    async find(surroundings) {
      if (typeof spec.about === 'string') return null;
      const found = await spec.about({ ...surroundings, ...parsed });
      subject = found ?? undefined;
      return found;
    },
    handle: (surroundings) => {
      const body = received === undefined ? parsed.body : received.body;
      return spec.handle({ ...surroundings, ...parsed, body }, subject as S);
    },
  };
}

function parsePart<T>(schema: z.ZodType<T> | undefined, value: unknown, part: 'path' | 'query' | 'body'): T {
  if (schema === undefined) return undefined as T;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // An address that cannot exist is an address of nothing.
  if (part === 'path') throw notFound('object');
  throw invalidInput(result.error, part);
}

const ISSUES_SHOWN_MAX = 20;

function invalidInput(error: z.ZodError, part: 'query' | 'body'): Problem {
  // Messages name fields and rules; the values themselves may be personal and are not repeated.
  const issues = error.issues.slice(0, ISSUES_SHOWN_MAX).map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  const [first] = issues;
  const where = first === undefined || first.path === '' ? `The ${part}` : `"${first.path}" in the ${part}`;
  return new Problem({
    kind: 'invalid_input',
    code: 'invalid_input',
    text: `${where} is not valid: ${first?.message ?? 'unknown'}.`,
    hint: 'Every field and its form stand in /openapi.json and at /docs.',
    details: { part, issues },
  });
}
