// How long a sender may take: a request a short time, a file a long one as long as it keeps coming.

import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** A client has this long to send a whole request that is no file. */
export const REQUEST_WITHIN_MS = 30_000;
/** A file may take this long, over a slow line. */
export const FILE_WITHIN_MS = 30 * 60_000;
/** And nothing of it may come for no longer than this. */
const FILE_SILENT_MS = 30_000;

const TOO_SLOW = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/** Requests that may take their time: their sender was let in, and sends a file. */
const files = new WeakSet<Request>();

/** Ends the connection of a sender who is not done in time. */
export function requestInTime(withinMs: number): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const timer = setTimeout(() => {
      if (!request.complete && !files.has(request)) request.socket.end(TOO_SLOW, () => request.socket.destroy());
    }, withinMs).unref();
    request.once('close', () => {
      clearTimeout(timer);
    });
    next();
  };
}

/** From now on the request has the time of a file. */
export function allowSlowFile(request: Request): void {
  files.add(request);
  request.setTimeout(FILE_SILENT_MS, () => request.destroy());
}
