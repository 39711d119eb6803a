// Makes a Temporal namespace ready for us: the namespace itself, its search attributes, the sweep's schedule. Idempotent.

import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { searchAttributes } from '../workflows/messages.ts';
import { ensureSweepSchedule } from './sweep-schedule.ts';

/** How long closed runs are kept in a namespace that we make. */
const RETENTION_MS = 30 * 86_400_000;
/** A server's caches know a new namespace or attribute only after some seconds. */
const SETTLE_TIMEOUT_MS = 60_000;
const SETTLE_POLL_MS = 500;
const DEADLINE_MS = 10_000;
const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;

export interface NamespaceSetUp {
  readonly isNamespaceNew: boolean;
  readonly attributesAdded: readonly string[];
  /** Whether the server keeps its attributes to itself, as Temporal Cloud does: then people make them in its UI. */
  readonly areAttributesRefused: boolean;
  readonly isScheduleNew: boolean;
}

/**
 * Sets up the client's namespace.
 *
 * @throws Error when an attribute exists with another type, or the server cannot be reached
 */
export async function setUpNamespace(client: Client): Promise<NamespaceSetUp> {
  const isNamespaceNew = await ensureNamespace(client);
  const attributesAdded = await ensureSearchAttributes(client).catch((error: unknown) => {
    if (isPermissionRefused(error)) return null;
    throw error;
  });
  const isScheduleNew = await settled(() => ensureSweepSchedule(client));
  const areAttributesRefused = attributesAdded === null;
  return { isNamespaceNew, attributesAdded: attributesAdded ?? [], areAttributesRefused, isScheduleNew };
}

async function ensureNamespace(client: Client): Promise<boolean> {
  const { connection } = client;
  const namespace = client.options.namespace;
  const describe = () => inTime(client, () => connection.workflowService.describeNamespace({ namespace }));
  try {
    await describe();
    return false;
  } catch (error) {
    if (codeOf(error) !== GRPC_NOT_FOUND) throw error;
  }
  try {
    const workflowExecutionRetentionPeriod = msToTs(RETENTION_MS);
    await inTime(client, () =>
      connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod }),
    );
  } catch (error) {
    // Another process that set it up at the same moment was quicker.
    if (codeOf(error) !== GRPC_ALREADY_EXISTS) throw error;
  }
  await settled(describe);
  return true;
}

async function ensureSearchAttributes(client: Client): Promise<string[]> {
  const before = await settled(() => listAttributes(client));
  const missing = Object.values(searchAttributes).filter(({ name, type }) => {
    const found = before[name];
    if (found === undefined) return true;
    if (found !== kindOf(type)) {
      throw new Error(`The search attribute ${name} exists in this namespace with another type than ${type}.`);
    }
    return false;
  });
  if (missing.length === 0) return [];
  const wanted = Object.fromEntries(missing.map(({ name, type }) => [name, kindOf(type)]));
  await settled(() =>
    inTime(client, () =>
      client.connection.operatorService.addSearchAttributes({
        namespace: client.options.namespace,
        searchAttributes: wanted,
      }),
    ).catch((error: unknown) => {
      if (codeOf(error) !== GRPC_ALREADY_EXISTS) throw error;
    }),
  );
  await settled(async () => {
    const now = await listAttributes(client);
    if (missing.some(({ name }) => now[name] === undefined)) throw new Error('The search attributes do not appear.');
  });
  return missing.map(({ name }) => name);
}

/** The type as the server's protocol numbers it. */
function kindOf(type: SearchAttributeType): number {
  const kind = encodeSearchAttributeIndexedValueType(type);
  if (kind === undefined) throw new Error(`defect: ${type} is no type of search attributes`);
  return kind;
}

async function listAttributes(client: Client): Promise<Record<string, number>> {
  const { namespace } = client.options;
  const listed = await inTime(client, () => client.connection.operatorService.listSearchAttributes({ namespace }));
  return listed.customAttributes;
}

function inTime<T>(client: Client, call: () => Promise<T>): Promise<T> {
  return client.connection.withDeadline(Date.now() + DEADLINE_MS, call);
}

/** Tries again while the server has not yet heard of what was made a moment ago. */
async function settled<T>(attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const isLasting = isPermissionRefused(error) || Date.now() > giveUpAt;
      if (isLasting) throw error;
      await sleep(SETTLE_POLL_MS);
    }
  }
}

/** Permission denied, not implemented, not authenticated. */
const GRPC_REFUSALS: readonly number[] = [7, 12, 16];

function isPermissionRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && GRPC_REFUSALS.includes(code);
}

function codeOf(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && isGrpcServiceError(error.cause) ? error.cause.code : null;
}
