// A bank file on its way in: its bytes are written as they come, in one transaction that its row ends; nothing is kept without it.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { BankFileFormat } from '../../domain/bank-files/types.ts';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';

/** Bytes of one piece as it is kept, and the most of a file in memory. */
const PIECE_BYTES = 256 * 1024;

export interface NewBankFile {
  readonly legalEntityId: string;
  readonly name: string;
  readonly format: BankFileFormat;
  readonly mappingName: string | null;
  readonly actor: string;
  readonly requestId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** A file whose bytes are all there. */
export interface ReceivedFile {
  readonly sha256: string;
  readonly byteCount: number;
  /** Its beginning, enough to tell its format by. */
  readonly head: Uint8Array;
  /** Keeps the file. The same bytes are kept once, unless they were refused: then it is the earlier file's ID. */
  keep(file: NewBankFile): Promise<{ id: string; isNew: boolean }>;
  /** Lets go of what was not kept. */
  discard(): Promise<void>;
}

/** Takes a file's bytes. @param options.headBytes how much of its beginning is remembered */
export async function receiveFile(
  db: Db,
  bytes: AsyncIterable<Uint8Array>,
  options: { headBytes: number },
): Promise<ReceivedFile> {
  const tx = await db.startTransaction().execute();
  let isOpen = true;
  const discard = async (): Promise<void> => {
    if (isOpen) await tx.rollback().execute();
    isOpen = false;
  };
  try {
    const id = await newId(tx);
    const hash = createHash('sha256');
    let [byteCount, head] = [0, new Uint8Array()];
    let position = 0;
    for await (const piece of inPieces(bytes)) {
      hash.update(piece);
      byteCount += piece.length;
      if (position === 0) head = Uint8Array.from(piece.subarray(0, options.headBytes));
      await sql`insert into bank_file_chunk (file_id, position, content) values (${id}, ${position}, ${piece})`.execute(
        tx,
      );
      position += 1;
    }
    const sha256 = hash.digest('hex');
    return {
      ...{ sha256, byteCount, head, discard },
      async keep(file) {
        const isNew = await insertFile(tx, { ...file, id, sha256, byteCount });
        if (!isNew) {
          const earlier = await fileOfBytes(tx, file.legalEntityId, sha256);
          await discard();
          return { id: earlier, isNew: false };
        }
        await tx.commit().execute();
        isOpen = false;
        return { id, isNew: true };
      },
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** The bytes in pieces of one size, however they come. */
async function* inPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let [parts, length]: [Uint8Array[], number] = [[], 0];
  for await (const part of bytes) {
    parts.push(part);
    length += part.length;
    if (length < PIECE_BYTES) continue;
    const whole = Buffer.concat(parts, length);
    let from = 0;
    for (; whole.length - from >= PIECE_BYTES; from += PIECE_BYTES) yield whole.subarray(from, from + PIECE_BYTES);
    [parts, length] = [[whole.subarray(from)], whole.length - from];
  }
  if (length > 0) yield Buffer.concat(parts, length);
}

/** IDs grow with time, so that the newest file is the last. */
async function newId(tx: Tx): Promise<string> {
  const { rows } = await sql<{ id: string }>`select uuidv7() as id`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a select without a table gave no row');
  return row.id;
}

/** @returns false when the same bytes are there and were not refused */
async function insertFile(
  tx: Tx,
  file: NewBankFile & { id: string; sha256: string; byteCount: number },
): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    insert into bank_file (id, legal_entity_id, name, format, mapping_name, byte_count, sha256, created_by)
    values (${file.id}, ${file.legalEntityId}, ${file.name}, ${file.format}, ${file.mappingName}, ${file.byteCount}, ${file.sha256}, ${file.actor})
    on conflict (legal_entity_id, sha256) where state <> 'refused' do nothing returning id`.execute(tx);
  if (rows.length === 0) return false;
  await writeAudit(tx, {
    legalEntityId: file.legalEntityId,
    actor: file.actor,
    action: 'statement.received',
    subject: file.id,
    details: { format: file.format, byteCount: file.byteCount, sha256: file.sha256 },
    businessAt: file.now,
    requestId: file.requestId,
  });
  return true;
}

async function fileOfBytes(tx: Tx, legalEntityId: string, sha256: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id from bank_file
    where legal_entity_id = ${legalEntityId} and sha256 = ${sha256} and state <> 'refused'`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a file that exists cannot be read');
  return row.id;
}
