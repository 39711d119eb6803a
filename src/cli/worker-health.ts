// Lets a supervisor ask a worker, which has no door of its own, whether it works.

import { createServer } from 'node:http';

/** Answers GET /health with 200 for as long as it is open. @throws when the port is taken */
export async function startWorkerHealth(options: {
  host: string;
  port: number;
}): Promise<{ close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const isKnown = request.method === 'GET' && request.url === '/health';
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(isKnown ? '{"status":"ok"}' : '{"status":"unknown address"}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      resolve();
    });
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
