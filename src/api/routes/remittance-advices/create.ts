// POST /v1/remittance-advices: what payers say that they pay, before or after their money; each advice looks for it.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { legalEntityById } from '../../../database/queries/legal-entities.ts';
import { adviceById, storeAdvices, type AdviceRow } from '../../../database/queries/remittance-advices.ts';
import type { RemittanceAdvice } from '../../../domain/bank-files/remittance-types.ts';
import { adviceStart, type AdviceInput, type AdviceReport } from '../../../workflows/messages.ts';
import { contentHash } from '../../content-hash.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import type { Engine, InTime } from '../../temporal/engine.ts';
import { runShort } from '../../temporal/run-short.ts';
import { adviceSchema, showAdvice } from './present.ts';
import { readFile, readTold, toldAdvice, toldFile } from './read-advices.ts';

/** Advices that look for their money at once. */
const STARTED_AT_ONCE = 10;

const newAdvices = z
  .strictObject({
    legalEntity: legalEntityId,
    advice: toldAdvice.optional(),
    file: toldFile.optional(),
  })
  .refine((body) => (body.advice === undefined) !== (body.file === undefined), 'either advice or file is expected')
  .meta({ id: 'NewRemittanceAdvices' });
type NewAdvices = z.infer<typeof newAdvices>;

const storedAdvices = z.strictObject({ data: z.array(adviceSchema) }).meta({ id: 'RemittanceAdvices' });

export const createAdvices = defineRoute({
  method: 'post',
  path: '/v1/remittance-advices',
  summary: 'Tell a remittance advice, or send a file of them (CSV, EDI 820)',
  tag: 'Cash application',
  action: 'advice.write',
  body: newAdvices,
  answers: { 200: storedAdvices, 201: storedAdvices, 202: storedAdvices },
  async about({ db, body }) {
    const entity = await legalEntityById(db, body.legalEntity);
    return entity === null ? null : { legalEntityId: entity.id, currency: entity.currency, zone: entity.zone };
  },
  async handle({ db, engine, body, caller, requestId, now }, entity) {
    const advices = await advicesOf(body, { ...entity, now });
    const document = { legalEntityId: entity.legalEntityId, sha256: documentHash(body), advices };
    const { rows, isNew } = await storeAdvices(db, document, { actor: caller.actor, requestId, now });
    const isLate = await startAll(
      engine,
      rows.filter(({ state }) => state === 'parked'),
    );
    const after = await Promise.all(rows.map(async (row) => (await adviceById(db, row.id)) ?? row));
    const [first] = rows;
    return {
      status: isLate ? 202 : isNew ? 201 : 200,
      body: { data: after.map((row) => showAdvice(row, now)) },
      ...(first === undefined ? {} : { location: `/v1/remittance-advices/${first.id}` }),
    };
  },
});

function advicesOf(
  body: NewAdvices,
  entity: { currency: string; zone: string; now: number },
): Promise<RemittanceAdvice[]> {
  if (body.advice !== undefined) return Promise.resolve([readTold(body.advice)]);
  return body.file === undefined ? Promise.resolve([]) : readFile(body.file, entity);
}

/** Of a file its text, so that it is the same document under any mapping; of a told advice all that it says. */
function documentHash({ advice, file }: NewAdvices): string {
  return file === undefined ? contentHash(advice) : createHash('sha256').update(file.content).digest('hex');
}

/** @returns whether one of them was not looked after in time: it stays parked, and its line finds it when it comes */
async function startAll(engine: Engine, rows: readonly AdviceRow[]): Promise<boolean> {
  let isLate = false;
  for (let from = 0; from < rows.length && !isLate; from += STARTED_AT_ONCE) {
    const some = rows.slice(from, from + STARTED_AT_ONCE);
    const runs = await Promise.all(some.map((row) => startOne(engine, row)));
    isLate = runs.some((run) => run.isLate);
  }
  return isLate;
}

function startOne(engine: Engine, row: AdviceRow): Promise<InTime<AdviceReport>> {
  const { workflowId, staticSummary: summary } = adviceStart(row);
  return runShort<AdviceInput, AdviceReport>(engine, {
    ...{ workflowType: 'joinAdvice', workflowId, isStored: true, summary },
    input: { adviceId: row.id },
  });
}
