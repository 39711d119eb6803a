// Pages and JSON to look into a mail catcher with. Plain HTML, no script, everything escaped.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mailStyle, renderList, renderMessage, renderNotFound } from './mail-html.ts';
import type { MailStore } from './mail-store.ts';
import { loopback } from './ports.ts';

export interface MailPages {
  readonly port: number;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** Given: the browser saves it under this name instead of showing it. */
  readonly saveAs?: string;
}

const messagesPerPage = 100;
const messagesPerAnswerMax = 1_000;
const html = 'text/html; charset=utf-8';
const json = 'application/json; charset=utf-8';

/** Serves the store's messages on a port of the loopback address; 0 takes a free one. */
export function startMailPages(store: MailStore, port: number): Promise<MailPages> {
  const server = createServer((request, response) => {
    answerRequest(store, request).then(
      (answer) => {
        send(response, answer);
      },
      () => {
        send(response, { status: 500, type: 'text/plain; charset=utf-8', body: 'The message could not be read.\n' });
      },
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        stop: () =>
          new Promise((done) => {
            server.close(() => {
              done();
            });
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function answerRequest(store: MailStore, request: IncomingMessage): Promise<Answer> {
  // Only names of this machine are answered, so that a page of the web cannot read the mail through its own name.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    return { status: 421, type: 'text/plain; charset=utf-8', body: 'Ask for 127.0.0.1 or localhost.\n' };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, type: 'text/plain; charset=utf-8', body: 'Only GET.\n' };
  }
  const url = new URL(request.url ?? '/', `http://${loopback}`);
  const [first = '', id = '', part = '', index = ''] = url.pathname.split('/').slice(1);
  if (first === '' && id === '') return listPage(store, url);
  if (first === 'style.css') return { status: 200, type: 'text/css; charset=utf-8', body: mailStyle };
  if (first === 'messages' && id === '') return listJson(store, url);
  if (first === 'messages' && part === '') return messageJson(store, Number(id));
  if (first === 'mail' && part === '') return messagePage(store, Number(id));
  if (first === 'mail' && part === 'raw') return rawMessage(store, Number(id));
  if (first === 'mail' && part === 'attachments') return attachment(store, Number(id), Number(index));
  return notFound();
}

function listPage(store: MailStore, url: URL): Answer {
  const newestFirst = store.messages().toReversed();
  const from = Math.max(0, Math.trunc(Number(url.searchParams.get('from') ?? 0)) || 0);
  const shown = newestFirst.slice(from, from + messagesPerPage);
  const older = from + messagesPerPage < newestFirst.length ? from + messagesPerPage : undefined;
  return { status: 200, type: html, body: renderList({ shown, total: newestFirst.length, from, older }) };
}

function listJson(store: MailStore, url: URL): Answer {
  const to = url.searchParams.get('to')?.toLowerCase();
  const wanted = store
    .messages()
    .filter((message) => to === undefined || message.envelopeTo.some((address) => address.toLowerCase() === to));
  const body = JSON.stringify({ messages: wanted.toReversed().slice(0, messagesPerAnswerMax), total: wanted.length });
  return { status: 200, type: json, body };
}

function messageJson(store: MailStore, id: number): Answer {
  const message = store.find(id);
  if (message === undefined)
    return { status: 404, type: json, body: JSON.stringify({ error: 'There is no such message.' }) };
  return { status: 200, type: json, body: JSON.stringify(message) };
}

function messagePage(store: MailStore, id: number): Answer {
  const message = store.find(id);
  return message === undefined ? notFound() : { status: 200, type: html, body: renderMessage(message) };
}

async function rawMessage(store: MailStore, id: number): Promise<Answer> {
  const raw = await store.raw(id);
  return raw === undefined
    ? notFound()
    : { status: 200, type: 'message/rfc822', body: raw, saveAs: `message-${id}.eml` };
}

async function attachment(store: MailStore, id: number, index: number): Promise<Answer> {
  const found = await store.attachment(id, index);
  if (found === undefined) return notFound();
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(found.about.mediaType) ? found.about.mediaType : 'application/octet-stream';
  return { status: 200, type, body: found.content, saveAs: found.about.fileName };
}

function notFound(): Answer {
  return { status: 404, type: html, body: renderNotFound() };
}

function send(response: ServerResponse, { status, type, body, saveAs }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'content-security-policy':
      "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    ...(saveAs === undefined
      ? {}
      : { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(saveAs).replaceAll("'", '%27')}` }),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
