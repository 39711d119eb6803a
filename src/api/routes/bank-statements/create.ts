// POST /v1/bank-statements: a bank's file as it is; a workflow reads, matches and posts it.

import { z } from 'zod';
import type { Db } from '../../../database/client.ts';
import { receiveFile, type ReceivedFile } from '../../../database/queries/bank-uploads.ts';
import { bankFileById, type BankFileRow } from '../../../database/queries/bank-files.ts';
import { listCsvMappings } from '../../../database/queries/csv-mappings.ts';
import { DETECT_BYTES, detectFormat } from '../../../domain/bank-files/detect.ts';
import { BANK_FILE_FORMATS, BANK_FILE_LIMITS, type BankFileFormat } from '../../../domain/bank-files/types.ts';
import { statementStart, type StatementInput, type StatementReport } from '../../../workflows/messages.ts';
import { Problem } from '../../problem.ts';
import { defineRoute, type Answer, type Subject, type Surroundings } from '../../route.ts';
import { legalEntityId, text } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { entityNamed } from '../find-entity.ts';
import { mappingName } from '../csv-mappings/schema.ts';
import { bankFileDetailSchema, detailOf } from './present.ts';

const asked = z.strictObject({
  legalEntity: legalEntityId,
  name: text.optional().meta({ description: 'The name of the file, for people.', examples: ['2026-11-21.xml'] }),
  format: z.enum(BANK_FILE_FORMATS).optional().meta({ description: 'Told by the content when not given.' }),
  mapping: mappingName.optional().meta({
    description: 'How a CSV file is read; the only one saved for the legal entity when not given.',
  }),
});

/** What banks' files are sent as; curl and browsers name them all kinds of things. */
const MEDIA_TYPES = ['application/octet-stream', 'application/xml', 'application/ofx', 'application/x-ofx', 'text/'];

export const createBankStatement = defineRoute<undefined, z.infer<typeof asked>, ReceivedFile, Subject>({
  method: 'post',
  path: '/v1/bank-statements',
  summary: 'Send a file of a bank: camt.053 and camt.054, MT940, MT942, BAI2, lockbox, OFX or CSV',
  tag: 'Bank statements',
  action: 'statement.upload',
  query: asked,
  about: ({ db, query }) => entityNamed(db, query.legalEntity),
  file: {
    mediaTypes: MEDIA_TYPES,
    bytesMax: BANK_FILE_LIMITS.bytesMax,
    async receive({ db }, _entity, bytes) {
      const body = await receiveFile(db, bytes, { headBytes: DETECT_BYTES });
      return { body, hash: body.sha256, discard: () => body.discard() };
    },
  },
  answers: { 200: bankFileDetailSchema, 201: bankFileDetailSchema, 202: bankFileDetailSchema },
  async handle(request, entity) {
    const { db, query, body, caller, requestId, now } = request;
    const format = formatOf(body, query);
    const mapping = format === 'csv' ? await requireMapping(db, { ...entity, name: query.mapping }) : null;
    const name = query.name ?? 'bank-file';
    const file = { ...entity, name, format, mappingName: mapping, actor: caller.actor, requestId, now };
    const { id, isNew } = await body.keep(file);
    return answerFile(request, id, isNew ? 201 : 200);
  },
});

/** @throws Problem 422 when the file is empty, or nothing tells what it is */
function formatOf(file: ReceivedFile, query: z.infer<typeof asked>): BankFileFormat {
  if (file.byteCount === 0) {
    throw new Problem({
      kind: 'unprocessable',
      code: 'bank_file_empty',
      text: 'The file is empty.',
      hint: 'Send the bytes of the file as the body of the request.',
    });
  }
  const format = query.format ?? detectFormat(file.head, query.name ?? null);
  if (format !== null) return format;
  throw new Problem({
    kind: 'unprocessable',
    code: 'bank_file_format_unknown',
    text: `Nothing at the beginning of the file tells which kind it is; ${BANK_FILE_FORMATS.join(', ')} are read.`,
    hint: 'Send one of these kinds, and name it with ?format= when you know that it is one.',
  });
}

/** @returns the name of the mapping. @throws Problem 422 when it does not exist, or several do and none is named */
async function requireMapping(
  db: Db,
  { legalEntityId: entity, name }: { legalEntityId: string; name: string | undefined },
): Promise<string> {
  const saved = await listCsvMappings(db, { scope: [entity] }, { after: null, fetch: MAPPINGS_LOOKED_AT });
  const [only, ...others] = saved;
  const found = name === undefined ? (others.length === 0 ? only : undefined) : saved.find((one) => one.name === name);
  if (found !== undefined) return found.name;
  const which = name === undefined ? 'Name the mapping by which it is read' : `${entity} has no mapping "${name}"`;
  throw new Problem({
    kind: 'unprocessable',
    code: 'csv_mapping_unknown',
    text: `The file is CSV, which every bank writes its own way. ${which}: ${saved.map((one) => one.name).join(', ') || 'none is saved'}.`,
    hint: 'POST /v1/csv-mappings/proposals with the file proposes one; save it with POST /v1/csv-mappings, then send the file with ?mapping=NAME.',
  });
}

/** Mappings that one legal entity is expected to have; more are found by their name all the same, once they are saved again. */
const MAPPINGS_LOOKED_AT = 1_000;

/** Starts the file's run, or joins the one there is, and answers with the file as far as it is by then. */
async function answerFile(
  { db, engine }: Pick<Surroundings, 'db' | 'engine'>,
  fileId: string,
  status: 200 | 201,
): Promise<Answer> {
  const location = `/v1/bank-statements/${fileId}`;
  const file = await bankFileById(db, fileId);
  if (file === null) throw new Error('defect: a bank file that was kept cannot be read');
  const isOver = file.state === 'done' || file.state === 'refused';
  const isLate = isOver ? false : await isRunLate(engine, file);
  return { status: isLate ? 202 : status, body: await detailOf(db, fileId), location };
}

async function isRunLate(engine: Surroundings['engine'], file: BankFileRow): Promise<boolean> {
  const start = statementStart(file);
  const outcome = await runShort<StatementInput, StatementReport>(engine, {
    workflowType: 'applyStatement',
    workflowId: start.workflowId,
    isStored: true,
    summary: start.staticSummary,
    input: { fileId: file.id },
  });
  return outcome.isLate;
}
