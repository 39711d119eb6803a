// A real SMTP server on the loopback address which keeps all mail and delivers none, with pages to look into it.

import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { MailBehaviours, type MailBehaviour } from './mail-behaviours.ts';
import { startMailPages, type MailPages } from './mail-pages.ts';
import { openMailStore, type CaughtMessage, type MailStore } from './mail-store.ts';
import { loopback, portIsFree } from './ports.ts';
import { StartProblem } from './start-problem.ts';

export interface MailCatcherOptions {
  /** Default: a free one. */
  readonly smtpPort?: number;
  /** Default: a free one. */
  readonly httpPort?: number;
  /** Where messages are kept between runs, as .eml files. Without it they are kept in memory. */
  readonly folder?: string;
  /** The oldest messages beyond this number are dropped. Default 2,000. */
  readonly messagesMax?: number;
}

export interface RunningMailCatcher {
  readonly host: string;
  readonly smtpPort: number;
  readonly httpPort: number;
  /** `smtp://…`, as the product's configuration wants it. */
  readonly smtpUrl: string;
  /** The pages for a browser. */
  readonly url: string;
  /** All kept messages, oldest first. */
  messages(): readonly CaughtMessage[];
  /** The message as it came, with the envelope in the first headers. */
  raw(id: number): Promise<Buffer | undefined>;
  /** Adds a rule for what comes; the first that fits and is not used up counts. */
  behave(behaviour: MailBehaviour): void;
  /** Forgets all rules. */
  behaveNormally(): void;
  /** Deletes all messages. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

const messagesMaxDefault = 2_000;
const messageBytesMax = 25 * 1024 * 1024;
const slowDelayMsDefault = 3_000;
const closeWithinMs = 1_000;

/** Starts the catcher. Throws a StartProblem when a port is taken. */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<RunningMailCatcher> {
  for (const port of [options.smtpPort, options.httpPort]) {
    if (port !== undefined && !(await portIsFree(port))) throw portTaken(port);
  }
  const store = await openMailStore({
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    messagesMax: options.messagesMax ?? messagesMaxDefault,
  });
  const behaviours = new MailBehaviours();
  const smtp = new CatchingSmtpServer(store, behaviours);
  const smtpPort = await smtp.listen(options.smtpPort ?? 0);
  let pages: MailPages;
  try {
    pages = await startMailPages(store, options.httpPort ?? 0);
  } catch (error) {
    await smtp.stop();
    throw error;
  }
  return {
    host: loopback,
    smtpPort,
    httpPort: pages.port,
    smtpUrl: `smtp://${loopback}:${smtpPort}`,
    url: `http://${loopback}:${pages.port}`,
    messages: () => store.messages(),
    raw: (id) => store.raw(id),
    behave: (behaviour) => {
      behaviours.add(behaviour);
    },
    behaveNormally: () => {
      behaviours.clear();
    },
    clear: () => store.clear(),
    stop: async () => {
      await Promise.all([smtp.stop(), pages.stop()]);
    },
  };
}

class CatchingSmtpServer {
  readonly #store: MailStore;
  readonly #behaviours: MailBehaviours;
  readonly #server: SMTPServer;
  /** Open connections by the client's port, which the session names too. */
  readonly #sockets = new Map<number, Socket>();
  #stopping: Promise<void> | undefined;

  constructor(store: MailStore, behaviours: MailBehaviours) {
    this.#store = store;
    this.#behaviours = behaviours;
    this.#server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      banner: 'Quittance mail catcher: keeps everything, delivers nothing',
      size: messageBytesMax,
      closeTimeout: closeWithinMs,
      onRcptTo: (address, _session, callback) => {
        callback(this.#refusalFor(address.address));
      },
      onData: (stream, session, callback) => {
        this.#receive(stream, session).then(
          (answer) => {
            if (answer !== undefined) callback(null, answer);
          },
          (error: unknown) => {
            callback(error instanceof Error ? error : new Error(String(error)));
          },
        );
      },
    });
    this.#server.server.on('connection', (socket: Socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.once('close', () => this.#sockets.delete(port));
    });
    // Clients that vanish are what some tests are about; the conversation ends, the server goes on.
    this.#server.on('error', () => undefined);
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.server.once('error', reject);
      this.#server.listen(port, loopback, () => {
        const address = this.#server.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  stop(): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      this.#server.close(resolve);
      for (const socket of this.#sockets.values()) socket.destroy();
    });
    return this.#stopping;
  }

  #refusalFor(recipient: string): Error | null {
    const { kind } = this.#behaviours.use('recipient', [recipient]);
    if (kind === 'reject_recipient') return smtpError(550, `5.1.1 <${recipient}>: no such mailbox (scripted)`);
    if (kind === 'defer') return smtpError(451, `4.3.0 <${recipient}>: try again later (scripted)`);
    return null;
  }

  /** Stores the message, then answers; or destroys the connection where the script says so, and answers nothing. */
  async #receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string | undefined> {
    const parts: Buffer[] = [];
    for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
    if (stream.sizeExceeded) throw smtpError(552, `5.3.4 Messages may have ${messageBytesMax} bytes`);
    const { mailFrom, rcptTo } = session.envelope;
    const to = rcptTo.map((recipient) => recipient.address);
    const behaviour = this.#behaviours.use('message', to);
    const from = mailFrom === false ? '' : mailFrom.address;
    const message = await this.#store.add({ from, to }, Buffer.concat(parts));
    if (behaviour.kind === 'drop_after_data') {
      this.#sockets.get(session.remotePort)?.destroy();
      return undefined;
    }
    if (behaviour.kind === 'slow') await this.#pause(behaviour.delayMs ?? slowDelayMsDefault);
    return `2.0.0 Kept as message ${message.id}`;
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, delayMs).unref();
    });
  }
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function portTaken(port: number): StartProblem {
  return new StartProblem(
    `Port ${port} for the mail catcher is taken.`,
    `Stop what listens there (see: ss -ltnp 'sport = :${port}'), or choose another port.`,
  );
}
