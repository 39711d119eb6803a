// The one place where business time may differ from the server's: `now` going into activities, instants coming out.

/** Keys of an activity's input and output that hold instants the workflow meets. */
interface Timed {
  readonly now?: number;
  readonly at?: number | null;
  readonly holdUntil?: number | null;
  readonly next?: Timed;
  readonly credit?: Timed;
}

type Activity = (input: never) => Promise<unknown>;

/**
 * Wraps activities so that they live in business time = server time + `offsetMs`. Zero in real life; the pilot replays
 * history by an offset of years.
 */
export function inBusinessTime<Activities extends object>(activities: Activities, offsetMs: number): Activities {
  if (offsetMs === 0) return activities;
  return Object.fromEntries(
    Object.entries(activities as Record<string, Activity>).map(([name, run]) => [
      name,
      async (input: Timed) => toServerTime(await run(toBusinessTime(input, offsetMs) as never), offsetMs),
    ]),
  ) as Activities;
}

function toBusinessTime(input: Timed, offsetMs: number): Timed {
  return typeof input.now === 'number' ? { ...input, now: input.now + offsetMs } : input;
}

function toServerTime(output: unknown, offsetMs: number): unknown {
  if (typeof output !== 'object' || output === null) return output;
  const timed = output as Timed;
  return {
    ...timed,
    ...(typeof timed.at === 'number' && { at: timed.at - offsetMs }),
    ...(typeof timed.holdUntil === 'number' && { holdUntil: timed.holdUntil - offsetMs }),
    ...(timed.next !== undefined && { next: toServerTime(timed.next, offsetMs) }),
    ...(timed.credit !== undefined && { credit: toServerTime(timed.credit, offsetMs) }),
  };
}
