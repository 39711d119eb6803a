// Every call to Temporal goes through here: none without a deadline, and its failures become ours.

import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { z } from 'zod';
import type { Refusal } from '../../domain/refusal.ts';
import { Problem } from '../problem.ts';

export interface Engine {
  readonly client: Client;
  readonly deadlineMs: number;
  readonly decisionWaitMs: number;
}

/** An Update that a run took but could not finish before it closed; the next run answers it. */
const CLOSED_BEFORE_ANSWER = 'AcceptedUpdateCompletedWorkflow';
/** How often a request follows an order from a closing run to the next. */
const RUNS_TRIED_MAX = 3;
/** How often a request that Temporal could not take is repeated, and the first pause, which doubles: 0.75 s in all. */
const BUSY_TRIED_MAX = 5;
const BUSY_PAUSE_MS = 50;

/** The answer, or `late` when the deadline came first. */
export type InTime<T> = { readonly isLate: false; readonly value: T } | { readonly isLate: true };

/**
 * Calls Temporal under a deadline. What is called must be safe to repeat: an order that goes over to a new run, or has many
 * requests at once, refuses for a moment, and the caller need not know.
 *
 * @param waitMs how long the caller waits
 * @throws Problem: what the workflow refused, or 503 `engine_unavailable`
 */
export async function callEngine<T>(engine: Engine, waitMs: number, call: () => Promise<T>): Promise<InTime<T>> {
  const deadline = Date.now() + waitMs;
  let pauseMs = BUSY_PAUSE_MS;
  for (let tried = 1; ; tried += 1) {
    try {
      return { isLate: false, value: await engine.client.connection.withDeadline(deadline, call) };
    } catch (error) {
      if (isLate(error)) return { isLate: true };
      if (tried < RUNS_TRIED_MAX && failureIn(error)?.type === CLOSED_BEFORE_ANSWER) continue;
      if (tried >= BUSY_TRIED_MAX || !isBusy(error) || Date.now() + pauseMs >= deadline) throw problemOf(error);
    }
    await pause(pauseMs);
    pauseMs *= 2;
  }
}

/** The value of a call that had to come in time. @throws Problem 503 when it did not: the same request may be repeated. */
export function inTime<T>(outcome: InTime<T>): T {
  if (!outcome.isLate) return outcome.value;
  throw engineUnavailable('The engine did not answer in time; whether the request took effect is not known yet.');
}

/** A call about something that is stored already: whatever keeps the engine from answering, the sweep starts it later. */
export async function orLate<T>(call: Promise<InTime<T>>): Promise<InTime<T>> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Problem && error.refusal.code === ENGINE_UNAVAILABLE) return { isLate: true };
    throw error;
  }
}

const ENGINE_UNAVAILABLE = 'engine_unavailable';

function isLate(error: unknown): boolean {
  return error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error);
}

function failureIn(error: unknown): ApplicationFailure | null {
  let cause: unknown = error;
  // Update failed ← activity failed ← application failure: a short chain.
  for (let depth = 0; depth < 6 && cause instanceof Error; depth += 1) {
    if (cause instanceof ApplicationFailure) return cause;
    cause = cause.cause;
  }
  return null;
}

/** Whether the run stopped working on the answer, as when operations cancel it. */
function isGivenUp(error: Error): boolean {
  return error.cause instanceof CancelledFailure || (error.cause instanceof Error && isGivenUp(error.cause));
}

const refusalSchema: z.ZodType<Refusal> = z.object({
  kind: z.enum([
    'invalid_input',
    'not_authenticated',
    'not_allowed',
    'not_found',
    'conflict',
    'unprocessable',
    'limit_reached',
  ]),
  code: z.string(),
  text: z.string(),
  hint: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
}) as z.ZodType<Refusal>;

function problemOf(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) {
    if (isGivenUp(error)) return engineUnavailable('The run was cancelled while it answered.');
    const refusal = refusalSchema.safeParse(failureIn(error)?.details?.[0]);
    return refusal.success ? new Problem(refusal.data) : error;
  }
  const status = grpcStatus(error);
  return status !== null && PASSING_STATUS.has(status) ? engineUnavailable('The engine cannot be reached.') : error;
}

/**
 * gRPC's cancelled, resource exhausted, failed precondition, aborted and unavailable: states of the server, not faults of the
 * request. An Update fails a precondition while its run's tasks fail, because their workers died one after the other.
 */
const PASSING_STATUS: ReadonlySet<number> = new Set([1, 8, 9, 10, 14]);
/** Those that a run, and not the whole server, answers with: resource exhausted, failed precondition, aborted. */
const BUSY_STATUS: ReadonlySet<number> = new Set([8, 9, 10]);

/** Whether Temporal did not take the call and may take the same one in a moment. */
function isBusy(error: unknown): boolean {
  const status = grpcStatus(error);
  return status !== null && BUSY_STATUS.has(status);
}

function grpcStatus(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && isGrpcServiceError(error.cause) ? error.cause.code : null;
}

function engineUnavailable(text: string): Problem {
  return new Problem({
    kind: 'unavailable',
    code: ENGINE_UNAVAILABLE,
    text,
    hint: 'Repeat the request with the same Idempotency-Key: it takes effect once.',
  });
}

/** One name for a request and all its repetitions. */
export function requestKeyOf(request: { keyId: string; route: string; idempotencyKey: string }): string {
  return createHash('sha256').update(`${request.keyId}\n${request.route}\n${request.idempotencyKey}`).digest('hex');
}
