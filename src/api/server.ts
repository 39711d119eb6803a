// The HTTP door: one express application made of the registry of routes, and the server around it.

import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import express from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Db } from '../database/client.ts';
import { deleteOldAnswers } from '../database/queries/idempotency-keys.ts';
import { authenticator } from './authenticate.ts';
import { documentRoutes } from './documents.ts';
import { healthRoutes } from './health.ts';
import { DECISION_WAIT_MS, FAILED_LOGINS_PER_MINUTE, REQUESTS_PER_MINUTE, TEMPORAL_DEADLINE_MS } from './limits.ts';
import { refuseUnknownPath, sendError } from './errors.ts';
import { Uploads } from './file-body.ts';
import { jsonBody } from './json-body.ts';
import { failedLoginLimit, requestLimit } from './rate-limit.ts';
import { identifyRequest } from './request-id.ts';
import { logRequests } from './request-log.ts';
import { routes } from './routes/index.ts';
import { identifyCaller, refuseMethod, serve } from './serve-route.ts';
import { FILE_WITHIN_MS, REQUEST_WITHIN_MS, requestInTime } from './slow-requests.ts';
import type { Engine } from './temporal/engine.ts';

export interface ApiOptions {
  readonly db: Db;
  readonly temporal: Client;
  readonly logger: Logger;
  /** Business time less the server's: zero in real life. */
  readonly businessOffsetMs?: number;
  readonly temporalDeadlineMs?: number;
  readonly decisionWaitMs?: number;
  /** How long a sender may take for a request that is no file. */
  readonly requestWithinMs?: number;
  readonly requestsPerMinute?: number;
  readonly failedLoginsPerMinute?: number;
  /** Whether `X-Forwarded-For` of the proxy in front is believed. */
  readonly isBehindProxy?: boolean;
  /** Whether answers are held against their schemas: for tests, since it costs time. */
  readonly isCheckingAnswers?: boolean;
}

/** Makes the application; it listens nowhere yet. */
function createApi(options: ApiOptions): express.Express {
  const { db, logger } = options;
  const engine: Engine = {
    client: options.temporal,
    deadlineMs: options.temporalDeadlineMs ?? TEMPORAL_DEADLINE_MS,
    decisionWaitMs: options.decisionWaitMs ?? DECISION_WAIT_MS,
  };
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('case sensitive routing', true);
  if (options.isBehindProxy === true) app.set('trust proxy', 1);

  app.use(requestInTime(options.requestWithinMs ?? REQUEST_WITHIN_MS));
  app.use(identifyRequest, logRequests(logger), helmet({ contentSecurityPolicy: { directives: CONTENT_POLICY } }));
  app.use(healthRoutes({ db, engine }), documentRoutes(routes));

  const authenticate = identifyCaller({
    authenticate: authenticator(db),
    failedLogins: failedLoginLimit(options.failedLoginsPerMinute ?? FAILED_LOGINS_PER_MINUTE),
  });
  const limit = requestLimit(options.requestsPerMinute ?? REQUESTS_PER_MINUTE);
  const context = {
    db,
    engine,
    logger,
    businessOffsetMs: options.businessOffsetMs ?? 0,
    isCheckingAnswers: options.isCheckingAnswers ?? false,
    uploads: new Uploads(),
  };
  for (const route of routes) {
    const path = expressPath(route.path);
    const body = route.method === 'get' || route.file !== null ? [] : jsonBody;
    app[route.method](path, authenticate, limit, ...body, serve(route, context));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method.toUpperCase());
    app.all(expressPath(path), refuseMethod(methods));
  }
  app.use(refuseUnknownPath, sendError(logger));
  return app;
}

/** Ours and nothing else: the pages of the documentation bring their own scripts, and styles in their markup. */
const CONTENT_POLICY = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  // Browsers would rewrite plain addresses of a server that has no certificate.
  upgradeInsecureRequests: null,
};

function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** How long requests that are being answered may hold up the end. */
const DRAIN_MS = 10_000;
const CLOSE_IDLE_EVERY_MS = 50;
const CLEANING_EVERY_MS = 10 * 60_000;

/**
 * Starts to listen.
 *
 * @param options.port 0 takes a free one
 * @returns the address, and `close`, which answers what is being answered and then ends
 * @throws when the port is taken
 */
export async function startApi(
  options: ApiOptions & { port: number; host: string },
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(
    { requestTimeout: FILE_WITHIN_MS, headersTimeout: REQUEST_WITHIN_MS },
    createApi(options),
  );
  await listen(server, options);
  const clean = (): void => {
    deleteOldAnswers(options.db).catch((error: unknown) => {
      options.logger.warn(
        { failure: error instanceof Error ? error.message : 'unknown' },
        'old idempotency keys could not be deleted',
      );
    });
  };
  clean();
  const cleaning = setInterval(clean, CLEANING_EVERY_MS).unref();
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${String(port)}`,
    close: async () => {
      clearInterval(cleaning);
      await drain(server);
    },
  };
}

async function listen(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function drain(server: Server): Promise<void> {
  // A connection that was answering becomes idle and would be kept alive: it is closed soon after.
  const closing = setInterval(() => {
    server.closeIdleConnections();
  }, CLOSE_IDLE_EVERY_MS);
  const end = setTimeout(() => {
    server.closeAllConnections();
  }, DRAIN_MS);
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });
  clearInterval(closing);
  clearTimeout(end);
}
