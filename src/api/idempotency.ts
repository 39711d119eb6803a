// Idempotency keys: the same request is answered once, however often it is sent.

import type { Db } from '../database/client.ts';
import { claimIdempotencyKey, keepAnswer, releaseClaim, type KeyUse } from '../database/queries/idempotency-keys.ts';
import { Problem, RETRY_AFTER_S } from './problem.ts';
import type { Answer } from './route.ts';

const KEY_FORM = /^[\x21-\x7e]{8,200}$/;

/** Refusals that stand whatever comes: a rule or a conflict. The others may pass, so their request may be sent again. */
const FINAL_PROBLEMS: ReadonlySet<number> = new Set([409, 422]);
const ACCEPTED = 202;

/** An answer that was stored: an ordinary one, or a problem to be sent anew under the request's own ID. */
export type Replayable = { readonly answer: Answer; readonly isReplayed: boolean };

/** How a refusal is stored beside its status. */
interface StoredRefusal {
  readonly refusal: Problem['refusal'];
}

/** @returns the header's value. @throws Problem 400 when it is missing or malformed. */
export function idempotencyKeyOf(header: string | undefined): string {
  if (header === undefined || header === '') {
    throw new Problem({
      kind: 'invalid_input',
      code: 'idempotency_key_missing',
      text: 'A POST needs the header Idempotency-Key.',
      hint: 'Send a value of your own that is unique for this request, such as a UUID, and the same one when you repeat it.',
    });
  }
  if (KEY_FORM.test(header)) return header;
  throw new Problem({
    kind: 'invalid_input',
    code: 'idempotency_key_invalid',
    text: 'The header Idempotency-Key has 8 to 200 printable ASCII characters without blanks.',
    hint: 'Send a UUID, for instance.',
  });
}

/**
 * Runs `act` once for a key: a repetition gets the stored answer, another body is refused, and so is a request that is
 * still being answered. Outages and answers that are not final give the key back.
 *
 * @throws Problem 409 `request_in_flight`, 422 `idempotency_key_reused`, and whatever `act` throws
 */
export async function once(
  db: Db,
  use: KeyUse & { bodyHash: string },
  act: () => Promise<Answer>,
): Promise<Replayable> {
  const claim = await claimIdempotencyKey(db, use);
  if (claim.state === 'answered') return replay(claim.status, claim.response, claim.location);
  if (claim.state !== 'claimed') throw claim.state === 'reused' ? reused() : inFlight();

  const mine = { ...use, since: claim.since };
  try {
    const answer = await act();
    if (answer.status === ACCEPTED) await releaseClaim(db, mine);
    else {
      const location = answer.location ?? null;
      await keepAnswer(db, mine, { status: answer.status, response: JSON.stringify(answer.body), location });
    }
    return { answer, isReplayed: false };
  } catch (error) {
    if (error instanceof Problem && FINAL_PROBLEMS.has(error.status)) {
      const stored: StoredRefusal = { refusal: error.refusal };
      await keepAnswer(db, mine, { status: error.status, response: JSON.stringify(stored), location: null });
    } else {
      await releaseClaim(db, mine);
    }
    throw error;
  }
}

function replay(status: number, response: unknown, location: string | null): Replayable {
  if (status < 400) {
    const answer = location === null ? { status, body: response } : { status, body: response, location };
    return { answer, isReplayed: true };
  }
  const { refusal } = response as StoredRefusal;
  const kind = status === 409 ? 'conflict' : 'unprocessable';
  throw new Problem({ kind, ...refusal, headers: { 'Idempotent-Replayed': 'true' } });
}

function reused(): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'idempotency_key_reused',
    text: 'This Idempotency-Key came with another body before.',
    hint: 'Use a new key for a new request; repeat the old body to get its answer again.',
  });
}

function inFlight(): Problem {
  return new Problem({
    kind: 'conflict',
    code: 'request_in_flight',
    text: 'The first request with this Idempotency-Key is still being answered.',
    hint: 'Send it again in a moment.',
    headers: { 'Retry-After': String(RETRY_AFTER_S) },
  });
}
