// Sends mail over SMTP and tells for each message whether it left, was refused, surely did not leave, or nobody knows.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import nodemailer, { type SendMailOptions } from 'nodemailer';
import { isMailAddress } from '../../domain/mail-address.ts';

export interface MailAttachment {
  readonly filename: string;
  readonly content: Buffer;
  readonly contentType: string;
}

export interface MailMessage {
  /** Names the message for good: the Message-ID is made of it. */
  readonly key: string;
  /** One address, without a display name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Display name of the sender, usually the legal entity. */
  readonly fromName?: string;
  readonly replyTo?: string;
  readonly attachments?: readonly MailAttachment[];
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What became of a message. SMTP does not deduplicate, so only `not_sent` may be tried again.
 * - `sent`: the server answered that it has the message.
 * - `refused`: for good; the address is malformed, or the server refused recipient or message with 5xx.
 * - `not_sent`: surely not delivered; no connection, a temporary refusal, or a failure before the first byte of the content.
 * - `unknown`: the connection broke or went silent after the content began to leave and before the server's answer.
 *
 * `text` may quote the server, and servers quote addresses: it belongs in Postgres, not in a workflow's history.
 */
export type MailOutcome =
  | { readonly kind: 'sent'; readonly messageId: string }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | { readonly kind: 'not_sent'; readonly code: string; readonly text: string }
  | { readonly kind: 'unknown'; readonly text: string };

export interface Mailer {
  /** Sends one message. Every end is an outcome; rejects only on a defect, such as an empty key. */
  send(message: MailMessage): Promise<MailOutcome>;
  /** Takes no more messages, lets those on the wire end, and closes the connections. */
  close(): Promise<void>;
}

export interface MailerLimits {
  readonly connectionsMax: number;
  readonly messagesPerConnectionMax: number;
  /** Messages waiting or on the wire; more are `not_sent` with code `queue_full`. */
  readonly messagesWaitingMax: number;
  /** Name lookup and TCP connect. */
  readonly connectTimeoutMs: number;
  /** From the connection to the server's greeting. */
  readonly greetingTimeoutMs: number;
  /** Longest silence of the server in a conversation. */
  readonly silenceTimeoutMs: number;
  /** One message in all, waiting for a connection included. */
  readonly messageTimeoutMs: number;
  /** An unused connection is closed after this, before the server does it. */
  readonly idleTimeoutMs: number;
}

export interface MailerOptions {
  /** `smtp://` (STARTTLS where offered) or `smtps://`, with `user:password@` where the server wants it. */
  readonly url: string;
  /** The sender's address; its domain stands in the Message-IDs. */
  readonly from: string;
  readonly limits?: Partial<MailerLimits>;
}

const LIMITS: MailerLimits = {
  connectionsMax: 4,
  messagesPerConnectionMax: 100,
  messagesWaitingMax: 1_000,
  connectTimeoutMs: 10_000,
  greetingTimeoutMs: 15_000,
  silenceTimeoutMs: 60_000,
  messageTimeoutMs: 120_000,
  idleTimeoutMs: 30_000,
};

const OUTCOME_TEXT_MAX = 500;
const KEY_LENGTH_MAX = 500;

/** What nodemailer tells about a failure, read defensively: any of it may be missing. */
interface Failure {
  readonly code: string;
  /** The server's reply code, 0 when it did not reply. */
  readonly reply: number;
  readonly command: string;
  readonly text: string;
}

/**
 * Opens a pool of SMTP connections (none before the first message).
 * @throws Error on a malformed URL or sender: that is a configuration to mend, not an outcome.
 */
export function createMailer(options: MailerOptions): Mailer {
  if (!isMailAddress(options.from)) throw new Error(`The sender "${options.from}" is not an e-mail address.`);
  const limits = { ...LIMITS, ...options.limits };
  const bodies = new WeakMap<AbortSignal, Readable>();
  const transport = openTransport(options.url, limits, bodies);
  const sending = new Set<Promise<MailOutcome>>();
  let isClosed = false;

  const deliver = async (message: MailMessage): Promise<MailOutcome> => {
    const mail = mailOf(message, options.from);
    const deadline = new AbortController();
    const timer = setTimeout(() => {
      deadline.abort();
    }, limits.messageTimeoutMs);
    try {
      await transport.sendMail({ ...mail, signal: deadline.signal });
      return { kind: 'sent', messageId: messageIdOf(message.key, options.from) };
    } catch (error) {
      return outcomeOf(failureOf(error), bodies.get(deadline.signal)?.readableDidRead ?? false);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async send(message) {
      const fault = faultOf(message);
      if (fault !== null) return fault;
      if (isClosed) return { kind: 'not_sent', code: 'mailer_closed', text: 'The mailer is shutting down.' };
      if (sending.size >= limits.messagesWaitingMax) {
        return { kind: 'not_sent', code: 'queue_full', text: `${String(sending.size)} messages are waiting already.` };
      }
      const delivery = deliver(message);
      sending.add(delivery);
      try {
        return await delivery;
      } finally {
        sending.delete(delivery);
      }
    },
    async close() {
      isClosed = true;
      transport.close();
      await Promise.allSettled(sending);
    },
  };
}

/** Opens the pool and has it note in `bodies`, by the signal of each send, the stream that carries the content. */
function openTransport(url: string, limits: MailerLimits, bodies: WeakMap<AbortSignal, Readable>) {
  const transport = nodemailer.createTransport({
    ...serverOf(url),
    pool: true,
    maxConnections: limits.connectionsMax,
    maxMessages: limits.messagesPerConnectionMax,
    // The pool must never send a message again on its own: whoever calls us decides that by the outcome.
    maxRequeues: 0,
    connectionTimeout: limits.connectTimeoutMs,
    dnsTimeout: limits.connectTimeoutMs,
    greetingTimeout: limits.greetingTimeoutMs,
    socketTimeout: limits.silenceTimeoutMs,
    idleTimeout: limits.idleTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // nodemailer reads this stream only after the server's 354, so it is the witness of whether any content left.
  transport.use('stream', (mail, done) => {
    mail.message.processFunc((body) => {
      const { signal } = mail.data;
      if (signal) bodies.set(signal, body);
      return body;
    });
    done();
  });
  return transport;
}

/**
 * Decides what a failure means. Once content left, only the server's own negative answer to it proves that it has no
 * copy; before that, nothing can have been delivered.
 */
function outcomeOf(failure: Failure, hasContentLeft: boolean): MailOutcome {
  const { code, reply, command, text } = failure;
  const isPermanent = reply >= 500 && reply < 600 && reply !== 503;
  const shownCode = reply === 0 ? code : String(reply);
  if (hasContentLeft) {
    if (code !== 'EMESSAGE' || reply < 400 || reply >= 600) return { kind: 'unknown', text };
    return { kind: isPermanent ? 'refused' : 'not_sent', code: shownCode, text };
  }
  return { kind: isAboutMessage(code, command, reply) ? 'refused' : 'not_sent', code: shownCode, text };
}

/**
 * Whether a failure before the content is the recipient's or the message's own and final. Everything else (greeting,
 * login, TLS, a sender the server does not want) is ours or the server's to mend, and the message may go later.
 */
function isAboutMessage(code: string, command: string, reply: number): boolean {
  if (code !== 'EENVELOPE') return false;
  if (command === 'API') return true;
  if (command === 'MAIL FROM') return false;
  // 503 and 530 are about the session (sequence, login), not about the recipient.
  return reply >= 500 && reply < 600 && reply !== 503 && reply !== 530;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'error', reply: 0, command: '', text: 'unknown failure' };
  const read = (name: string): unknown => Reflect.get(error, name);
  const [code, reply, command] = [read('code'), read('responseCode'), read('command')];
  return {
    code: code === 'EABORT' ? 'message_timeout' : typeof code === 'string' ? code : 'error',
    reply: typeof reply === 'number' ? reply : 0,
    command: typeof command === 'string' ? command : '',
    text: oneLine(error.message).slice(0, OUTCOME_TEXT_MAX),
  };
}

function faultOf(message: MailMessage): MailOutcome | null {
  const addresses = [message.to, ...(message.replyTo === undefined ? [] : [message.replyTo])];
  const malformed = addresses.find((address) => !isMailAddress(address));
  if (malformed !== undefined) {
    return { kind: 'refused', code: 'address_malformed', text: 'The address is not one e-mail address.' };
  }
  if (message.key === '' || message.key.length > KEY_LENGTH_MAX) {
    throw new Error(`defect: the key of a message has 1 to ${String(KEY_LENGTH_MAX)} characters`);
  }
  return null;
}

function mailOf(message: MailMessage, from: string): SendMailOptions {
  const headers: Record<string, string | { prepared: true; value: string }> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name))
      throw new Error('defect: a header name is made of letters, digits and -');
    headers[name] = oneLine(value);
  }
  return {
    // Said apart from the headers, so that nothing written into a name can add a recipient.
    envelope: { from, to: [message.to] },
    from: { name: oneLine(message.fromName ?? ''), address: from },
    to: { name: '', address: message.to },
    ...(message.replyTo === undefined ? {} : { replyTo: { name: '', address: message.replyTo } }),
    subject: oneLine(message.subject),
    text: message.text,
    messageId: messageIdOf(message.key, from),
    headers: {
      ...headers,
      'Auto-Submitted': 'auto-generated',
      // Prepared, because folding would put a blank into a long key.
      'X-Quittance-Key': { prepared: true, value: printable(message.key) },
    },
    attachments: (message.attachments ?? []).map(({ filename, content, contentType }) => ({
      filename: oneLine(filename),
      content,
      contentType: oneLine(contentType),
    })),
  };
}

/** The same key gives the same Message-ID, so that a receiver or a person can recognise a message seen twice. */
function messageIdOf(key: string, from: string): string {
  const hash = createHash('sha256').update(key).digest('hex');
  return `<${hash}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

function serverOf(text: string): {
  host: string;
  port: number;
  secure: boolean;
  auth?: { user: string; pass: string };
} {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSmtp = url !== null && (url.protocol === 'smtp:' || url.protocol === 'smtps:');
  // Nothing of the text is quoted: it may hold a password.
  if (!isSmtp || url.hostname === '' || url.search !== '' || !['', '/'].includes(url.pathname)) {
    throw new Error('The mail server must be given as smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT.');
  }
  const secure = url.protocol === 'smtps:';
  const server = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
  };
  if (url.username === '') return server;
  return { ...server, auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } };
}

/** Control characters and line breaks become blanks, so that no text from outside can start a header of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Writes what is not visible ASCII as %XX. */
function printable(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
}

/** Messages a recorder keeps; it counts all of them. */
const MESSAGES_RECORDED_MAX = 10_000;

export interface Recorder extends Mailer {
  /** The latest messages, oldest first, at most 10,000. */
  readonly messages: readonly MailMessage[];
  /** How many messages were given to it in all. */
  count(): number;
}

/** A mailer without a network: it answers `sent` and keeps the message, so that history can be replayed without a letter. */
export function createRecorder(): Recorder {
  const messages: MailMessage[] = [];
  let recordedCount = 0;
  return {
    messages,
    count: () => recordedCount,
    send(message) {
      const fault = faultOf(message);
      if (fault !== null) return Promise.resolve(fault);
      recordedCount += 1;
      if (messages.length >= MESSAGES_RECORDED_MAX) messages.shift();
      messages.push(message);
      return Promise.resolve({ kind: 'sent', messageId: messageIdOf(message.key, 'recorder@quittance.invalid') });
    },
    close: () => Promise.resolve(),
  };
}
