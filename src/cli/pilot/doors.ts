// The replay's hands: the public API over HTTP, with a key, like any sales system.

export interface Doors {
  get(path: string): Promise<Answer>;
  /** @param key the idempotency key */
  post(path: string, body: unknown, key: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Times an answer is waited for again where the engine says "later". */
const TRIES_MAX = 5;

/** @returns the doors of an API. Every answer that is no success is thrown with what the API said. */
export function openDoors(url: string, apiKey: string): Doors {
  const authorization = `Bearer ${apiKey}`;
  return {
    get: async (path) => answerOf(path, await fetch(`${url}${path}`, { headers: { authorization } })),
    async post(path, body, key) {
      const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key.padEnd(8, '.') };
      for (let tried = 1; ; tried += 1) {
        const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
        const isLater = response.status === 202 || response.status === 503;
        if (!isLater || tried === TRIES_MAX) return answerOf(path, response);
        await response.arrayBuffer();
      }
    },
  };
}

async function answerOf(path: string, response: Response): Promise<Answer> {
  const body = (await response.json()) as Record<string, unknown>;
  if (response.status === 200 || response.status === 201) return { status: response.status, body };
  throw new Error(`${path} answered ${String(response.status)}: ${JSON.stringify(body)}`);
}
