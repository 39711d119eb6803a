// The OpenAPI 3.1 document, made of the registry of routes.

import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { z } from 'zod';
import { ACTIONS } from '../domain/roles.ts';
import { problemSchema } from './problem.ts';
import type { FileKind, Route } from './route.ts';

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: 'The answer',
  201: 'Made',
  202: 'Stored; the decision takes longer: look at the address in Location',
  400: 'The request is not well-formed',
  401: 'The key is missing or not known',
  403: 'The key lacks the role',
  404: 'Nothing there, or out of reach of the key',
  409: 'Another content, or a request in flight',
  422: 'A rule says no',
  429: 'Too many requests',
  503: 'The engine or the database cannot answer now',
};

const idempotencyHeader = z
  .string()
  .regex(/^[\x21-\x7e]{8,200}$/)
  .meta({ description: 'Unique for the request, the same when it is repeated: it takes effect once.' });

/** @param routes the registry */
export function openApiDocument(routes: readonly Route[]): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Quittance',
      version: '1.0.0',
      description:
        'A durable order-to-cash engine. Amounts are decimal strings with a currency, dates are ISO dates, instants are UTC. Every POST carries an Idempotency-Key; every refusal is an RFC 9457 problem with a stable code and a hint.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ apiKey: [] }],
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `qk_…`.' } },
    },
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths: paths,
  });
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { params, query, body, answers } = route.schemas;
  const isPost = route.method === 'post';
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: `Roles: ${ACTIONS[route.action].join(', ')}.`,
    tags: [route.tag],
    requestParams: {
      ...(params instanceof z.ZodObject ? { path: params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(isPost ? { header: z.object({ 'Idempotency-Key': idempotencyHeader }) } : {}),
    },
    ...(body === null
      ? {}
      : { requestBody: { required: !body.safeParse({}).success, content: { 'application/json': { schema: body } } } }),
    ...(route.file === null ? {} : { requestBody: fileOf(route.file) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          {
            description: DESCRIPTIONS[Number(status)] ?? 'The answer',
            content: { 'application/json': { schema } },
          },
        ]),
      ),
      ...Object.fromEntries(problemsOf(route).map((status) => [String(status), problemAnswer(status)])),
    },
  };
}

/** A file as it is, whatever its kind. */
function fileOf({ bytesMax }: FileKind): NonNullable<ZodOpenApiOperationObject['requestBody']> {
  const description = `The file as it is, ${String(bytesMax)} bytes at most.`;
  return {
    required: true,
    description,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  };
}

function problemsOf(route: Route): number[] {
  const ofObject = route.about === 'object' ? [404] : [];
  const ofPost = route.method === 'post' ? [409, 422] : [];
  const ofPatch = route.method === 'patch' ? [422] : [];
  return [400, 401, 403, ...ofObject, ...ofPost, ...ofPatch, 429, 503];
}

function problemAnswer(status: number): { description: string; content: Record<string, { schema: z.ZodType }> } {
  return {
    description: DESCRIPTIONS[status] ?? 'Refused',
    content: { 'application/problem+json': { schema: problemSchema } },
  };
}

/** `POST /v1/orders/{orderId}/blocks` → `postOrdersBlocks`. */
function operationId(route: Route): string {
  const words = route.path
    .split('/')
    .filter((part) => part !== '' && part !== 'v1')
    .map((part) => (part.startsWith('{') ? 'by-id' : part))
    .flatMap((part) => part.split('-'));
  return route.method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
