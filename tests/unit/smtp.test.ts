// The mailer against a real SMTP server on loopback: what each way to fail is called, and that nothing leaves twice.

import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import {
  createMailer,
  createRecorder,
  type MailMessage,
  type Mailer,
  type MailerLimits,
} from '../../src/activities/mail/smtp.ts';
import { isMailAddress } from '../../src/domain/mail-address.ts';

const MESSAGE: MailMessage = {
  key: 'letter/ACME-DE/C-1001/2026-11-21',
  to: 'ap@customer.example',
  subject: 'Payment reminder',
  text: 'Dear Sir or Madam,\n.\nplease pay.\n',
};

/** Short enough for a test of hanging servers, long enough for a busy machine to answer within them. */
const PATIENCE: Partial<MailerLimits> = { greetingTimeoutMs: 1_500, silenceTimeoutMs: 1_500, messageTimeoutMs: 20_000 };

interface Catcher {
  readonly url: string;
  readonly received: Buffer[];
  /** Cuts every open connection, as a dying server does. */
  cut(): void;
}

async function startCatcher(t: TestContext, script: SMTPServerOptions = {}): Promise<Catcher> {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push(Buffer.concat(chunks));
        done();
      });
    },
    ...script,
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const port = await listening(server.server);
  t.after(async () => {
    cut();
    await new Promise<void>((resolve) => {
      server.close(resolve);
    });
  });
  return { url: `smtp://127.0.0.1:${String(port)}`, received, cut };
}

/** Reads a whole message into `received`, then hands over what to answer. */
function storing(received: () => Buffer[], answer: (done: (error?: Error | null) => void) => void): SMTPServerOptions {
  return {
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received().push(Buffer.concat(chunks));
        answer(done);
      });
    },
  };
}

/** A server that says what a function of the line tells it, for conversations that no well-behaved server holds. */
async function startScripted(
  t: TestContext,
  greeting: string,
  reply: (line: string, socket: Socket) => string | null,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(`${greeting}\r\n`);
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const answer = reply(line, socket);
        if (answer !== null && !socket.destroyed) socket.write(`${answer}\r\n`);
      }
    });
  });
  const port = await listening(server);
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `smtp://127.0.0.1:${String(port)}`;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function openMailer(t: TestContext, url: string, limits: Partial<MailerLimits> = PATIENCE): Mailer {
  const mailer = createMailer({ url, from: 'billing@acme.example', limits });
  t.after(() => mailer.close());
  return mailer;
}

function smtpError(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

async function parsed(raw: Buffer | undefined): Promise<Email> {
  assert.ok(raw, 'a message was received');
  return PostalMime.parse(raw);
}

function headerOf(mail: Email, name: string): string | undefined {
  return mail.headers.find((header) => header.key === name)?.value;
}

describe('a message that the server takes', () => {
  it('is sent with the same Message-ID for the same key, the key as a header, text and attachment intact', async (t) => {
    const catcher = await startCatcher(t);
    const mailer = openMailer(t, catcher.url);
    const attachments = [
      { filename: 'Rechnung Łódź.pdf', content: Buffer.from('%PDF-1.4 …'), contentType: 'application/pdf' },
    ];
    const message = { ...MESSAGE, subject: 'Überfällig: Łódź', attachments, fromName: 'ACME "Teile" GmbH' };
    const first = await mailer.send(message);
    const second = await mailer.send(message);
    const other = await mailer.send({ ...message, key: 'another' });
    assert.equal(first.kind, 'sent');
    assert.deepEqual(second, first);
    assert.notDeepEqual(other, first);
    const mail = await parsed(catcher.received[0]);
    assert.equal(mail.messageId, first.kind === 'sent' ? first.messageId : '');
    assert.match(mail.messageId ?? '', /^<[0-9a-f]{64}@acme\.example>$/);
    assert.equal(headerOf(mail, 'x-quittance-key'), MESSAGE.key);
    assert.equal(headerOf(mail, 'auto-submitted'), 'auto-generated');
    assert.equal(mail.subject, 'Überfällig: Łódź');
    assert.deepEqual(mail.from, { name: 'ACME "Teile" GmbH', address: 'billing@acme.example' });
    assert.deepEqual(mail.to, [{ name: '', address: 'ap@customer.example' }]);
    assert.equal(mail.text?.trimEnd(), MESSAGE.text.trimEnd());
    assert.equal(mail.attachments[0]?.filename, 'Rechnung Łódź.pdf');
    const content = mail.attachments[0]?.content;
    assert.ok(content instanceof ArrayBuffer);
    assert.equal(Buffer.from(content).toString(), '%PDF-1.4 …');
  });

  it('carries a long key and a foreign one unbroken', async (t) => {
    const catcher = await startCatcher(t);
    const mailer = openMailer(t, catcher.url);
    const long = 'k'.repeat(300);
    await mailer.send({ ...MESSAGE, key: long });
    await mailer.send({ ...MESSAGE, key: 'letter/Łódź 1\r\nBcc: eve@evil.example' });
    assert.equal(headerOf(await parsed(catcher.received[0]), 'x-quittance-key'), long);
    const mail = await parsed(catcher.received[1]);
    assert.equal(headerOf(mail, 'x-quittance-key'), 'letter/%C5%81%C3%B3d%C5%BA%201%0D%0ABcc:%20eve@evil.example');
    assert.equal(mail.bcc, undefined);
  });

  it('gains no header and no recipient from line breaks in any text', async (t) => {
    const recipients: string[] = [];
    const catcher = await startCatcher(t, {
      onRcptTo(address, _session, done) {
        recipients.push(address.address);
        done();
      },
    });
    const attack = 'x\r\nBcc: eve@evil.example\r\n\r\ninjected';
    const outcome = await openMailer(t, catcher.url).send({
      ...MESSAGE,
      subject: attack,
      fromName: attack,
      headers: { 'X-Note': attack },
      attachments: [
        { filename: attack, content: Buffer.from('a'), contentType: `text/plain\r\nBcc: eve@evil.example` },
      ],
    });
    assert.equal(outcome.kind, 'sent');
    assert.deepEqual(recipients, ['ap@customer.example']);
    const mail = await parsed(catcher.received[0]);
    assert.equal(mail.bcc, undefined);
    assert.equal(mail.text?.trimEnd(), MESSAGE.text.trimEnd());
    assert.equal(mail.subject, 'x Bcc: eve@evil.example injected');
    const raw = catcher.received[0]?.toString('latin1') ?? '';
    assert.ok(!/^bcc:/im.test(raw));
  });

  it('goes out once each when many are sent at the same time', async (t) => {
    const catcher = await startCatcher(t);
    const mailer = openMailer(t, catcher.url, { ...PATIENCE, connectionsMax: 3, messagesPerConnectionMax: 4 });
    const keys = Array.from({ length: 40 }, (_, index) => `k${String(index)}`);
    const outcomes = await Promise.all(keys.map((key) => mailer.send({ ...MESSAGE, key })));
    assert.ok(outcomes.every((outcome) => outcome.kind === 'sent'));
    const mails = await Promise.all(catcher.received.map((raw) => PostalMime.parse(raw)));
    const seen = mails.map((mail) => headerOf(mail, 'x-quittance-key') ?? '');
    assert.deepEqual(seen.sort(), keys.sort());
  });
});

describe('a message that the server refuses', () => {
  const AT_RCPT = [
    { reply: 550, kind: 'refused' },
    { reply: 553, kind: 'refused' },
    { reply: 450, kind: 'not_sent' },
    { reply: 451, kind: 'not_sent' },
    { reply: 530, kind: 'not_sent' },
  ] as const;
  for (const { reply, kind } of AT_RCPT) {
    for (const hidePIPELINING of [false, true]) {
      it(`is ${kind} on ${String(reply)} at RCPT, ${hidePIPELINING ? 'without' : 'with'} pipelining`, async (t) => {
        const catcher = await startCatcher(t, {
          hidePIPELINING,
          onRcptTo(_address, _session, done) {
            done(smtpError(reply, 'no'));
          },
        });
        const outcome = await openMailer(t, catcher.url).send(MESSAGE);
        assert.equal(outcome.kind, kind);
        assert.equal('code' in outcome ? outcome.code : '', String(reply));
        assert.equal(catcher.received.length, 0);
      });
    }
  }

  it('is not sent when the server wants another sender, because that is ours to mend', async (t) => {
    const catcher = await startCatcher(t, {
      onMailFrom(_address, _session, done) {
        done(smtpError(550, 'sender not allowed'));
      },
    });
    const outcome = await openMailer(t, catcher.url).send(MESSAGE);
    assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], ['not_sent', '550']);
  });

  for (const { reply, kind } of [
    { reply: 554, kind: 'refused' },
    { reply: 552, kind: 'refused' },
    { reply: 451, kind: 'not_sent' },
    { reply: 421, kind: 'not_sent' },
  ] as const) {
    it(`is ${kind} on ${String(reply)} after DATA, and the next message goes`, async (t) => {
      let answers = 0;
      const catcher: Catcher = await startCatcher(
        t,
        storing(
          () => catcher.received,
          (done) => {
            answers += 1;
            done(answers === 1 ? smtpError(reply, 'rejected') : null);
          },
        ),
      );
      const mailer = openMailer(t, catcher.url);
      const outcome = await mailer.send(MESSAGE);
      assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], [kind, String(reply)]);
      assert.equal((await mailer.send(MESSAGE)).kind, 'sent');
      assert.equal(catcher.received.length, 2);
    });
  }

  it('is refused without a connection when the address is malformed', async (t) => {
    const mailer = openMailer(t, 'smtp://127.0.0.1:1');
    for (const to of [
      '',
      'nobody',
      'a@b',
      'a@b.example, eve@evil.example',
      'a@b.example\r\nRCPT TO:<eve@evil.example>',
    ]) {
      const outcome = await mailer.send({ ...MESSAGE, to });
      assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], ['refused', 'address_malformed'], to);
    }
  });
});

describe('a message that surely did not leave', { concurrency: true }, () => {
  it('is not sent when nobody listens', async (t) => {
    const free = createServer();
    const port = await listening(free);
    await new Promise((resolve) => free.close(resolve));
    const outcome = await openMailer(t, `smtp://127.0.0.1:${String(port)}`).send(MESSAGE);
    assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], ['not_sent', 'ESOCKET']);
  });

  it('is not sent when the server hangs before its greeting', async (t) => {
    const catcher = await startCatcher(t, { onConnect: () => undefined });
    const outcome = await openMailer(t, catcher.url).send(MESSAGE);
    assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], ['not_sent', 'ETIMEDOUT']);
  });

  it('is not sent when the server greets with a refusal or hangs up', async (t) => {
    const refusing = await startScripted(t, '554 go away', () => null);
    assert.equal((await openMailer(t, refusing).send(MESSAGE)).kind, 'not_sent');
    const busy = await startScripted(t, '421 too busy', () => null);
    assert.equal((await openMailer(t, busy).send(MESSAGE)).kind, 'not_sent');
    const rude = await startCatcher(t, {
      onConnect() {
        rude.cut();
      },
    });
    assert.equal((await openMailer(t, rude.url).send(MESSAGE)).kind, 'not_sent');
  });

  it('is not sent when the connection breaks between DATA and 354', async (t) => {
    const url = await startScripted(t, '220 hello', (line, socket) => {
      if (line === 'DATA') socket.destroy();
      return '250 ok';
    });
    const outcome = await openMailer(t, url).send(MESSAGE);
    assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], ['not_sent', 'ECONNECTION']);
  });

  it('is not sent when the server hangs at DATA', async (t) => {
    const url = await startScripted(t, '220 hello', (line) => (line === 'DATA' ? null : '250 ok'));
    const outcome = await openMailer(t, url).send(MESSAGE);
    assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], ['not_sent', 'ETIMEDOUT']);
  });

  it('is not sent when login is refused', async (t) => {
    const catcher = await startCatcher(t, {
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth(_auth, _session, done) {
        done(smtpError(535, 'bad password'));
      },
    });
    const outcome = await openMailer(t, catcher.url.replace('smtp://', 'smtp://user:secret@')).send(MESSAGE);
    assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], ['not_sent', '535']);
  });

  it('is not sent when the time of a message runs out while it waits for a connection', async (t) => {
    const catcher = await startCatcher(t, { onConnect: () => undefined });
    const limits = { greetingTimeoutMs: 60_000, messageTimeoutMs: 700, connectionsMax: 1 };
    const mailer = openMailer(t, catcher.url, limits);
    const outcomes = await Promise.all([mailer.send(MESSAGE), mailer.send({ ...MESSAGE, key: 'second' })]);
    for (const outcome of outcomes) {
      assert.deepEqual([outcome.kind, 'code' in outcome ? outcome.code : ''], ['not_sent', 'message_timeout']);
    }
  });

  it('is not sent when too many wait, or after closing', async (t) => {
    const catcher = await startCatcher(t);
    const mailer = openMailer(t, catcher.url, { ...PATIENCE, messagesWaitingMax: 1 });
    const [first, second] = await Promise.all([mailer.send(MESSAGE), mailer.send(MESSAGE)]);
    assert.equal(first.kind, 'sent');
    assert.deepEqual([second.kind, 'code' in second ? second.code : ''], ['not_sent', 'queue_full']);
    await mailer.close();
    const late = await mailer.send(MESSAGE);
    assert.deepEqual([late.kind, 'code' in late ? late.code : ''], ['not_sent', 'mailer_closed']);
  });
});

describe('a message of which nobody knows whether it arrived', { concurrency: true }, () => {
  it('is unknown when the connection breaks after the server stored it, and it is received exactly once', async (t) => {
    const catcher: Catcher = await startCatcher(
      t,
      storing(
        () => catcher.received,
        () => {
          catcher.cut();
        },
      ),
    );
    const mailer = openMailer(t, catcher.url);
    const outcome = await mailer.send(MESSAGE);
    assert.equal(outcome.kind, 'unknown');
    await mailer.close();
    assert.equal(catcher.received.length, 1);
  });

  it('is unknown when that happens on a connection that has carried messages before', async (t) => {
    const catcher: Catcher = await startCatcher(
      t,
      storing(
        () => catcher.received,
        (done) => {
          if (catcher.received.length < 3) done();
          else catcher.cut();
        },
      ),
    );
    const mailer = openMailer(t, catcher.url, { ...PATIENCE, connectionsMax: 1 });
    assert.equal((await mailer.send({ ...MESSAGE, key: 'a' })).kind, 'sent');
    assert.equal((await mailer.send({ ...MESSAGE, key: 'b' })).kind, 'sent');
    assert.equal((await mailer.send({ ...MESSAGE, key: 'c' })).kind, 'unknown');
    await mailer.close();
    assert.equal(catcher.received.length, 3);
  });

  it('is unknown when the server never answers after DATA', async (t) => {
    const catcher: Catcher = await startCatcher(
      t,
      storing(
        () => catcher.received,
        () => undefined,
      ),
    );
    const mailer = openMailer(t, catcher.url);
    assert.equal((await mailer.send(MESSAGE)).kind, 'unknown');
    await mailer.close();
    assert.equal(catcher.received.length, 1);
  });

  it('is unknown when the time of the message runs out after DATA', async (t) => {
    const catcher: Catcher = await startCatcher(
      t,
      storing(
        () => catcher.received,
        () => undefined,
      ),
    );
    const mailer = openMailer(t, catcher.url, { silenceTimeoutMs: 60_000, messageTimeoutMs: 2_000 });
    assert.equal((await mailer.send(MESSAGE)).kind, 'unknown');
    assert.equal(catcher.received.length, 1);
  });

  it('is unknown when the connection breaks in the middle of the content', async (t) => {
    const url = await startScripted(t, '220 hello', (line, socket) => {
      if (line === 'DATA') return '354 go on';
      if (line.startsWith('Subject:')) socket.destroy();
      return /^(EHLO|HELO|MAIL|RCPT)/.test(line) ? '250 ok' : null;
    });
    assert.equal((await openMailer(t, url).send(MESSAGE)).kind, 'unknown');
  });

  it('is unknown when the last answer is cut in the middle of its line', async (t) => {
    const url = await startScripted(t, '220 hello', (line, socket) => {
      if (line === 'DATA') return '354 go on';
      if (line === '.') socket.end('554 rej');
      return /^(EHLO|HELO|MAIL|RCPT)/.test(line) ? '250 ok' : null;
    });
    assert.equal((await openMailer(t, url).send(MESSAGE)).kind, 'unknown');
  });
});

it('a pooled connection that the server dropped while idle neither loses nor doubles the next message', async (t) => {
  const catcher = await startCatcher(t);
  const mailer = openMailer(t, catcher.url, { ...PATIENCE, connectionsMax: 1 });
  assert.equal((await mailer.send({ ...MESSAGE, key: 'a' })).kind, 'sent');
  catcher.cut();
  const outcome = await mailer.send({ ...MESSAGE, key: 'b' });
  assert.ok(outcome.kind === 'sent' || outcome.kind === 'not_sent', outcome.kind);
  if (outcome.kind === 'not_sent') assert.equal((await mailer.send({ ...MESSAGE, key: 'b' })).kind, 'sent');
  assert.equal(catcher.received.length, 2);
});

it('a mailer refuses a malformed URL without showing it, and a malformed sender', () => {
  const from = 'billing@acme.example';
  for (const url of ['http://user:secret@x', 'smtp://', 'nonsense', 'smtp://user:secret@host?pool=false']) {
    assert.throws(
      () => createMailer({ url, from }),
      (error: Error) => /smtp:\/\/HOST:PORT/.test(error.message) && !error.message.includes('secret'),
    );
  }
  assert.throws(() => createMailer({ url: 'smtp://127.0.0.1', from: 'nobody' }), /not an e-mail address/);
});

it('a recorder keeps messages, answers sent, and refuses what a mailer would refuse', async () => {
  const recorder = createRecorder();
  assert.equal((await recorder.send(MESSAGE)).kind, 'sent');
  assert.equal((await recorder.send({ ...MESSAGE, to: 'nobody' })).kind, 'refused');
  assert.deepEqual(recorder.messages, [MESSAGE]);
  assert.equal(recorder.count(), 1);
  await recorder.close();
});

it('an address is one ASCII address with a domain, and nothing else', () => {
  const good = ['a@b.example', 'first.last+tag@sub.example.org', "o'neil@x-y.example", 'a@xn--d-yga.example'];
  const bad = [
    'a@b',
    '@b.example',
    'a@',
    'a b@c.example',
    'a@b..example',
    '.a@b.example',
    'a@-b.example',
    'ä@b.example',
  ];
  const forged = ['a@b.example>', 'a@b.example\n', '"a"@b.example', 'A <a@b.example>', `${'a'.repeat(65)}@b.example`];
  for (const text of good) assert.ok(isMailAddress(text), text);
  for (const text of [...bad, ...forged, '']) assert.ok(!isMailAddress(text), text);
});
