// The mail catcher is a real SMTP server that keeps everything and misbehaves on demand.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { z } from 'zod';
import { startMailCatcher, type RunningMailCatcher } from '../../src/local/mail-catcher.ts';
import { StartProblem } from '../../src/local/start-problem.ts';

const mail: SendMailOptions = {
  from: '"Acme Receivables" <billing@acme.example>',
  to: 'Ada <ada@buyer.example>',
  subject: 'Reminder for INV-7 & <b>more</b>',
  text: 'Please pay.\n<script>alert(1)</script>',
  messageId: '<order-7/reminder-1@acme.example>',
};

function send(catcher: RunningMailCatcher, changes: SendMailOptions = {}) {
  const transport = createTransport({ host: catcher.host, port: catcher.smtpPort, secure: false });
  return transport.sendMail({ ...mail, ...changes });
}

describe('the mail catcher', () => {
  let catcher: RunningMailCatcher;
  before(async () => {
    catcher = await startMailCatcher();
  });
  afterEach(async () => {
    catcher.behaveNormally();
    await catcher.clear();
  });
  after(() => catcher.stop());

  it('keeps a message with its envelope, headers, text and attachments', async () => {
    const attachment = { filename: 'INV-7 ü.pdf', content: Buffer.from('%PDF-1.7 ü'), contentType: 'application/pdf' };
    await send(catcher, { bcc: 'archive@acme.example', attachments: [attachment] });
    const [message, ...others] = catcher.messages();
    assert.equal(others.length, 0);
    assert.ok(message !== undefined);
    assert.deepEqual(message.envelopeTo, ['ada@buyer.example', 'archive@acme.example']);
    assert.equal(message.envelopeFrom, 'billing@acme.example');
    assert.equal(message.from, 'Acme Receivables <billing@acme.example>');
    assert.equal(message.subject, mail.subject);
    assert.equal(message.messageId, mail.messageId);
    assert.match(message.text, /^Please pay\./);
    assert.deepEqual(message.attachments, [
      { fileName: 'INV-7 ü.pdf', mediaType: 'application/pdf', sizeBytes: Buffer.byteLength('%PDF-1.7 ü') },
    ]);
  });

  it('refuses a recipient for good with 550 when told so, and only that one', async () => {
    catcher.behave({ kind: 'reject_recipient', forRecipient: /^gone@/ });
    await assert.rejects(send(catcher, { to: 'gone@buyer.example' }), { responseCode: 550 });
    await send(catcher);
    assert.deepEqual(
      catcher.messages().map((message) => message.envelopeTo),
      [['ada@buyer.example']],
    );
  });

  it('defers with 451 as often as told, then accepts', async () => {
    catcher.behave({ kind: 'defer', times: 2 });
    await assert.rejects(send(catcher), { responseCode: 451 });
    await assert.rejects(send(catcher), { responseCode: 451 });
    await send(catcher);
    assert.equal(catcher.messages().length, 1);
  });

  it('keeps the message and drops the connection without an answer when told so', async () => {
    catcher.behave({ kind: 'drop_after_data', times: 1 });
    await assert.rejects(send(catcher), (error) => {
      assert.ok(error instanceof Error);
      assert.ok(!('responseCode' in error) || error.responseCode === undefined, 'no answer may have come');
      return true;
    });
    assert.equal(catcher.messages().length, 1);
    await send(catcher);
    assert.equal(catcher.messages().length, 2);
  });

  it('answers late when told so: a client that does not wait sees no answer, and the message is kept', async () => {
    catcher.behave({ kind: 'slow', delayMs: 60_000, times: 1 });
    const hasty = createTransport({ host: catcher.host, port: catcher.smtpPort, secure: false, socketTimeout: 300 });
    await assert.rejects(hasty.sendMail(mail), { code: 'ETIMEDOUT' });
    assert.equal(catcher.messages().length, 1);
  });

  it('uses rules in the order they were given', async () => {
    catcher.behave({ kind: 'accept', times: 1 });
    catcher.behave({ kind: 'drop_after_data' });
    await send(catcher);
    await assert.rejects(send(catcher));
    assert.equal(catcher.messages().length, 2);
  });

  it('shows messages on pages that escape everything and run no script', async () => {
    await send(catcher, { attachments: [{ filename: 'a.pdf', content: 'PDF' }] });
    const [message] = catcher.messages();
    assert.ok(message !== undefined);
    const list = await fetch(catcher.url);
    assert.match(list.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.match(await list.text(), /Reminder for INV-7 &amp; &lt;b&gt;more&lt;\/b&gt;/);
    const page = await (await fetch(`${catcher.url}/mail/${message.id}`)).text();
    assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
    assert.doesNotMatch(page, /<script/);
    const attachment = await fetch(`${catcher.url}/mail/${message.id}/attachments/0`);
    assert.match(attachment.headers.get('content-disposition') ?? '', /^attachment; filename\*=UTF-8''a\.pdf$/);
    assert.equal(await attachment.text(), 'PDF');
    assert.match(await (await fetch(`${catcher.url}/mail/${message.id}/raw`)).text(), /^Message-ID: /m);
    assert.equal((await fetch(`${catcher.url}/mail/999`)).status, 404);
    assert.equal((await fetch(`${catcher.url}/mail/${message.id}/attachments/5`)).status, 404);
  });

  it('gives messages as JSON, newest first', async () => {
    await send(catcher, { subject: 'first' });
    await send(catcher, { subject: 'second', to: 'bob@buyer.example' });
    const shape = z.object({ total: z.number(), messages: z.array(z.object({ id: z.number(), subject: z.string() })) });
    const all = shape.parse(await (await fetch(`${catcher.url}/messages`)).json());
    assert.deepEqual(
      all.messages.map((message) => message.subject),
      ['second', 'first'],
    );
    const bobs = shape.parse(await (await fetch(`${catcher.url}/messages?to=BOB@buyer.example`)).json());
    assert.equal(bobs.total, 1);
    const one: unknown = await (await fetch(`${catcher.url}/messages/${all.messages[0]?.id ?? 0}`)).json();
    assert.equal(z.object({ subject: z.string() }).parse(one).subject, 'second');
  });

  it('refuses to start on a port that is taken, and says so', async () => {
    await assert.rejects(startMailCatcher({ smtpPort: catcher.smtpPort }), StartProblem);
    await assert.rejects(startMailCatcher({ httpPort: catcher.httpPort }), StartProblem);
  });
});

describe('the mail catcher with a folder', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quittance-mail-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('has its messages again after a restart, goes on counting, and drops the oldest beyond its limit', async () => {
    const first = await startMailCatcher({ folder, messagesMax: 3 });
    for (const subject of ['one', 'two', 'three', 'four']) await send(first, { subject });
    const before = first.messages();
    assert.deepEqual(
      before.map((message) => [message.id, message.subject]),
      [
        [2, 'two'],
        [3, 'three'],
        [4, 'four'],
      ],
    );
    await first.stop();
    assert.equal((await readdir(folder)).length, 3);

    const second = await startMailCatcher({ folder, messagesMax: 3 });
    assert.deepEqual(second.messages(), before);
    await send(second, { subject: 'five' });
    assert.deepEqual(
      second.messages().map((message) => message.id),
      [3, 4, 5],
    );
    await second.stop();
  });
});
