// Free TCP ports on the loopback address.

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export const loopback = '127.0.0.1';

/**
 * Below what Linux (from 32768), macOS and Windows (from 49152) give to connections on their own: a port from there may be taken by
 * any connection that is opened in the meantime.
 */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
const TRIED_MAX = 50;

/** A port that was free a moment ago. Somebody else may take it before you listen: be ready to ask again. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < TRIED_MAX; tried += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await portIsFree(port)) return port;
  }
  const port = await listenOnce(0);
  if (port === undefined) throw new Error('The system gave no free port on the loopback address.');
  return port;
}

/** Whether one could listen on this port of the loopback address now. */
export async function portIsFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

/** The port listened on, or nothing when it is taken or forbidden. */
function listenOnce(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port: wanted, host: loopback, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' ? address?.port : undefined);
      });
    });
  });
}
