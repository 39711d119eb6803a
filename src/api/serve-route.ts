// The steps every route takes: who asks, is the request well-formed, may they, was it asked before, act, answer.

import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Db } from '../database/client.ts';
import type { Authenticate } from './authenticate.ts';
import { authoriseObject, scopeOf } from './authorise.ts';
import { idempotencyKeyOf, once, type Replayable } from './idempotency.ts';
import { fileBytes, type Uploads } from './file-body.ts';
import { Problem } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import type { Answer, Bound, Caller, Route, Surroundings } from './route.ts';
import { requestKeyOf, type Engine } from './temporal/engine.ts';

export interface ServeContext {
  readonly db: Db;
  readonly engine: Engine;
  readonly logger: Logger;
  /** Business time less the server's. */
  readonly businessOffsetMs: number;
  readonly isCheckingAnswers: boolean;
  readonly uploads: Uploads;
}

/** Puts the caller where the next steps find it; who fails too often is told to wait. */
export function identifyCaller(options: { authenticate: Authenticate; failedLogins: RequestHandler }): RequestHandler {
  return async (request, response, next) => {
    try {
      response.locals['caller'] = await options.authenticate(request.headers.authorization);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await options.failedLogins(request, response, () => {
        next(error);
      });
      return;
    }
    next();
  };
}

/** The caller that `identifyCaller` found. @throws a defect on a route without it. */
export function callerOf(response: Response): Caller {
  const caller = response.locals['caller'] as Caller | undefined;
  if (caller === undefined) throw new Error('defect: the route does not authenticate');
  return caller;
}

/** Answers requests of one route. */
export function serve(route: Route, context: ServeContext): RequestHandler {
  return async (request, response) => {
    const { answer, isReplayed } = await answerTo(route, context, { request, response });
    if (context.isCheckingAnswers) checkAnswer(route, answer);
    if (isReplayed) response.setHeader('Idempotent-Replayed', 'true');
    if (answer.location !== undefined) response.setHeader('Location', answer.location);
    response.statusCode = answer.status;
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.end(JSON.stringify(answer.body));
  };
}

async function answerTo(
  route: Route,
  context: ServeContext,
  { request, response }: { request: Request; response: Response },
): Promise<Replayable> {
  const { db, engine, logger } = context;
  const caller = callerOf(response);
  const scope = scopeOf(caller, route);
  const isPost = route.method === 'post';
  const key = isPost ? idempotencyKeyOf(request.get('idempotency-key')) : '';
  const bound = route.parse({ params: request.params, query: request.query, body: request.body as unknown });

  const use = { apiKeyId: caller.keyId, route: `POST ${request.path}`, key };
  const surroundings = {
    db,
    engine,
    logger,
    caller,
    scope,
    requestId: requestIdOf(response),
    // The offset is applied here and nowhere else in this process.
    now: Date.now() + context.businessOffsetMs,
    requestKey: isPost ? requestKeyOf({ keyId: caller.keyId, route: use.route, idempotencyKey: key }) : '',
  };
  if (route.about === 'object') authoriseObject(caller, route.action, await bound.find(surroundings));
  if (!isPost) return { answer: await bound.handle(surroundings), isReplayed: false };
  const act = (): Promise<Replayable> =>
    once(db, { ...use, bodyHash: bound.bodyHash() }, () => bound.handle(surroundings));
  return route.file === null ? act() : withFile(context.uploads, { route, request, bound, surroundings }, act);
}

/** Takes the file that the request brings, acts, and lets go of what was not kept. */
async function withFile(
  uploads: Uploads,
  asked: { route: Route; request: Request; bound: Bound; surroundings: Surroundings },
  act: () => Promise<Replayable>,
): Promise<Replayable> {
  const { route, request, bound, surroundings } = asked;
  if (route.file === null) throw new Error(`defect: ${route.path} takes no file`);
  const bytes = fileBytes(request, route.file);
  return uploads.inTurn(async () => {
    const discard = await bound.receive(surroundings, bytes);
    try {
      return await act();
    } finally {
      await discard();
    }
  });
}

function checkAnswer(route: Route, answer: Answer): void {
  const schema = route.schemas.answers[answer.status];
  if (schema === undefined) throw new Error(`defect: ${route.path} does not promise ${String(answer.status)}`);
  const result = schema.safeParse(answer.body);
  if (!result.success) throw new Error(`defect: ${route.path} breaks its own schema: ${result.error.message}`);
}

/** Answers a known path that was asked with a method it does not have. */
export function refuseMethod(methods: readonly string[]): RequestHandler {
  const allow = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  return (_request: Request, _response: Response, next: NextFunction) => {
    next(
      new Problem({
        kind: 'invalid_input',
        status: 405,
        code: 'method_not_allowed',
        text: `This address answers ${allow.join(', ')}.`,
        hint: 'All addresses and methods stand in /openapi.json and at /docs.',
        headers: { Allow: allow.join(', ') },
      }),
    );
  };
}
