// A small HTTP client for one API: JSON over kept-alive connections, no more.

import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 30_000;
const NOT_YET: readonly number[] = [202, 503];
const ATTEMPTS_MAX = 10;
const PAUSE_MS = 1_000;

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface ApiClient {
  /**
   * Sends a POST under an idempotency key, and again while the answer is "not yet" (202, 503), as a system would that
   * means it. @throws when the answer is not a success
   */
  post(path: string, body: unknown, idempotencyKey: string): Promise<Reply>;
  close(): void;
}

export function apiClient(options: { url: string; key: string; connectionsMax: number }): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connectionsMax });
  const authorization = `Bearer ${options.key}`;
  return {
    async post(path, body, idempotencyKey) {
      const text = JSON.stringify(body);
      const headers = {
        authorization,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        'idempotency-key': idempotencyKey,
      };
      for (let attempt = 1; ; attempt += 1) {
        const reply = await send(new URL(path, options.url), { agent, headers }, text);
        if (NOT_YET.includes(reply.status) && attempt < ATTEMPTS_MAX) {
          await sleep(PAUSE_MS);
          continue;
        }
        if (reply.status === 200 || reply.status === 201) return reply;
        throw new Error(`POST ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
      }
    },
    close: () => agent.destroy(),
  };
}

function send(
  url: URL,
  options: { agent: Agent; headers: Record<string, string | number> },
  text: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, method: 'POST', timeout: TIMEOUT_MS }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (answer += part));
      response.on('error', reject);
      response.on('end', () => {
        const body = answer.startsWith('{') ? (JSON.parse(answer) as unknown) : answer;
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`POST ${url.pathname} took more than ${TIMEOUT_MS} ms`)));
    sent.on('error', reject);
    sent.end(text);
  });
}
