// The messages a mail catcher keeps: bounded, oldest dropped, as .eml files when it has a folder.

import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime, { type Address, type Email } from 'postal-mime';

export interface CaughtAttachment {
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

export interface CaughtMessage {
  /** Counts up from 1 in the order of arrival, also over restarts with the same folder. */
  readonly id: number;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** As told by the envelope, not by the headers. */
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly CaughtAttachment[];
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

export interface MailStore {
  add(envelope: Envelope, raw: Buffer): Promise<CaughtMessage>;
  /** Oldest first. */
  messages(): readonly CaughtMessage[];
  find(id: number): CaughtMessage | undefined;
  /** The message as it came. */
  raw(id: number): Promise<Buffer | undefined>;
  attachment(id: number, index: number): Promise<{ about: CaughtAttachment; content: Buffer } | undefined>;
  clear(): Promise<void>;
}

interface Kept {
  readonly message: CaughtMessage;
  /** Without a folder, the message itself. */
  readonly raw: Buffer | undefined;
}

/** The envelope is kept as headers before the message, as mail servers do on delivery. */
const receivedHeader = 'X-Caught-At';
const envelopeFromHeader = 'Return-Path';
const envelopeToHeader = 'X-Original-To';

export async function openMailStore(options: { folder?: string; messagesMax: number }): Promise<MailStore> {
  const store = new FolderMailStore(options);
  await store.load();
  return store;
}

class FolderMailStore implements MailStore {
  readonly #folder: string | undefined;
  readonly #messagesMax: number;
  readonly #kept = new Map<number, Kept>();
  #lastId = 0;

  constructor({ folder, messagesMax }: { folder?: string; messagesMax: number }) {
    this.#folder = folder;
    this.#messagesMax = messagesMax;
  }

  async load(): Promise<void> {
    if (this.#folder === undefined) return;
    await mkdir(this.#folder, { recursive: true });
    const names = (await readdir(this.#folder)).filter((name) => /^\d+\.eml$/.test(name)).sort();
    for (const name of names) {
      const id = Number.parseInt(name, 10);
      this.#kept.set(id, { message: await parseMessage(id, await readFile(join(this.#folder, name))), raw: undefined });
      this.#lastId = Math.max(this.#lastId, id);
    }
    await this.#dropOldest();
  }

  async add(envelope: Envelope, raw: Buffer): Promise<CaughtMessage> {
    this.#lastId += 1;
    const id = this.#lastId;
    const whole = Buffer.concat([envelopeHeaders(envelope), raw]);
    const message = await parseMessage(id, whole);
    if (this.#folder !== undefined) {
      const draft = `${this.#file(this.#folder, id)}.draft`;
      await writeFile(draft, whole, { mode: 0o600 });
      await rename(draft, this.#file(this.#folder, id));
    }
    this.#kept.set(id, { message, raw: this.#folder === undefined ? whole : undefined });
    await this.#dropOldest();
    return message;
  }

  messages(): readonly CaughtMessage[] {
    // Two messages that came together may have been written in another order than they were numbered.
    return [...this.#kept.values()].map((kept) => kept.message).sort((one, other) => one.id - other.id);
  }

  find(id: number): CaughtMessage | undefined {
    return this.#kept.get(id)?.message;
  }

  async raw(id: number): Promise<Buffer | undefined> {
    const kept = this.#kept.get(id);
    if (kept === undefined || this.#folder === undefined) return kept?.raw;
    return readFile(this.#file(this.#folder, id)).catch(() => undefined);
  }

  async attachment(id: number, index: number): Promise<{ about: CaughtAttachment; content: Buffer } | undefined> {
    const raw = await this.raw(id);
    if (raw === undefined) return undefined;
    const found = (await parseMail(raw)).attachments[index];
    return found === undefined ? undefined : { about: aboutAttachment(found), content: contentOf(found) };
  }

  async clear(): Promise<void> {
    for (const id of [...this.#kept.keys()]) await this.#drop(id);
  }

  async #dropOldest(): Promise<void> {
    const ids = [...this.#kept.keys()].sort((one, other) => one - other);
    for (const id of ids.slice(0, Math.max(0, ids.length - this.#messagesMax))) await this.#drop(id);
  }

  async #drop(id: number): Promise<void> {
    this.#kept.delete(id);
    if (this.#folder !== undefined) await rm(this.#file(this.#folder, id), { force: true });
  }

  #file(folder: string, id: number): string {
    return join(folder, `${String(id).padStart(8, '0')}.eml`);
  }
}

function envelopeHeaders(envelope: Envelope): Buffer {
  const lines = [
    `${receivedHeader}: ${new Date().toISOString()}`,
    `${envelopeFromHeader}: <${oneLine(envelope.from)}>`,
    ...envelope.to.map((address) => `${envelopeToHeader}: ${oneLine(address)}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

async function parseMessage(id: number, raw: Buffer): Promise<CaughtMessage> {
  const mail = await parseMail(raw);
  const values = (key: string) => mail.headers.filter((header) => header.key === key).map((header) => header.value);
  const receivedAt = Date.parse(values(receivedHeader.toLowerCase()).at(0) ?? '');
  const envelopeNames = [receivedHeader, envelopeFromHeader, envelopeToHeader].map((name) => name.toLowerCase());
  return {
    id,
    receivedAt: Number.isNaN(receivedAt) ? 0 : receivedAt,
    envelopeFrom: (values('return-path').at(0) ?? '').replace(/^<|>$/g, ''),
    envelopeTo: values('x-original-to'),
    messageId: mail.messageId ?? '',
    from: mail.from === undefined ? '' : writeAddress(mail.from),
    to: (mail.to ?? []).map(writeAddress),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: mail.headers
      .filter((header) => !envelopeNames.includes(header.key))
      .map((header) => ({ name: header.originalKey, value: header.value })),
    attachments: mail.attachments.map(aboutAttachment),
  };
}

function parseMail(raw: Buffer): Promise<Email> {
  return PostalMime.parse(raw, { attachmentEncoding: 'arraybuffer' });
}

function writeAddress(address: Address): string {
  const plain = address.address ?? address.group.map((member) => member.address).join(', ');
  return address.name ? `${address.name} <${plain}>` : plain;
}

function aboutAttachment(attachment: Email['attachments'][number]): CaughtAttachment {
  return {
    fileName: attachment.filename ?? 'unnamed',
    mediaType: attachment.mimeType,
    sizeBytes: contentOf(attachment).length,
  };
}

function contentOf(attachment: Email['attachments'][number]): Buffer {
  const { content } = attachment;
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
}
