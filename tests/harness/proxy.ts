// A TCP proxy on the loopback address that delays, holds and cuts what passes, so that a test breaks a connection at the byte it wants.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What becomes of bytes of a client.
 * - `pass`: they go on.
 * - `cut_before`: both ends are reset; the server never sees them.
 * - `cut_after`: the server sees them and answers; both ends are reset instead of the answer.
 * - `hold`: the server sees them and answers; the client waits for that answer for ever.
 * - `garble`: the server sees them and answers; the client gets nonsense of one line instead.
 */
export type Verdict = 'pass' | 'cut_before' | 'cut_after' | 'hold' | 'garble';

const NONSENSE = Buffer.from('\u0007{"ok":maybe}\r\n');

export interface ProxyRules {
  /** Asked for each piece of a client's bytes, and for none at all when it connects. Default: everything passes. */
  judge?: (bytes: Buffer) => Verdict;
  /** How late each answer of the server is. Default: not at all. */
  answerDelayMs?: number;
}

export interface Proxy {
  readonly port: number;
  /** May be changed at any time; counts for what comes from then on. */
  readonly rules: ProxyRules;
  /** The address with the proxy in the server's place. */
  urlOf(url: string): string;
  /** Resets all connections that are open. */
  resetAll(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of the server of a URL such as `postgres://…`. */
export async function startProxy(url: string, rules: ProxyRules = {}): Promise<Proxy> {
  const target = new URL(url);
  const pairs = new Set<() => void>();
  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const reset = () => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    pairs.add(reset);
    client.once('close', () => pairs.delete(reset));
    passOn({ client, server, reset }, rules);
  });
  await new Promise<void>((resolve) => listener.listen(0, target.hostname, resolve));
  const { port } = listener.address() as AddressInfo;
  const resetAll = () => {
    for (const reset of pairs) reset();
  };
  return {
    ...{ port, rules, resetAll },
    urlOf(of) {
      const through = new URL(of);
      through.port = String(port);
      return through.href;
    },
    async close() {
      const closed = new Promise((resolve) => listener.close(resolve));
      resetAll();
      await closed;
    },
  };
}

function passOn(pair: { client: Socket; server: Socket; reset: () => void }, rules: ProxyRules): void {
  const { client, server, reset } = pair;
  let verdict = rules.judge?.(Buffer.alloc(0)) ?? 'pass';
  let answers = Promise.resolve();
  if (verdict === 'cut_before') reset();
  client.on('data', (bytes) => {
    verdict = rules.judge?.(bytes) ?? 'pass';
    if (verdict === 'cut_before') reset();
    else server.write(bytes);
  });
  server.on('data', (bytes) => {
    if (verdict === 'cut_after') reset();
    else if (verdict === 'garble') client.write(NONSENSE);
    if (verdict !== 'pass') return;
    const at = Date.now() + (rules.answerDelayMs ?? 0);
    answers = answers.then(async () => {
      if (at > Date.now()) await pause(at - Date.now());
      if (client.writable) client.write(bytes);
    });
  });
  // A broken connection tells so by its end as well, which is enough.
  client.on('error', () => undefined).once('close', () => server.destroy());
  server.on('error', () => undefined).once('close', () => void answers.then(() => client.destroy()));
}
