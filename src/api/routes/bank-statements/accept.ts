// POST /v1/bank-statements/{fileId}/acceptance: a second person takes a file on whose totals do not hold, and says why.

import { z } from 'zod';
import { isTakenElsewhere, type BankFileRow } from '../../../database/queries/bank-files.ts';
import type { Db } from '../../../database/client.ts';
import { statementStart, type StatementInput, type StatementReport } from '../../../workflows/messages.ts';
import { Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute, type Caller } from '../../route.ts';
import { noteText } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { keepNote } from '../keep-note.ts';
import { fileParams, findFile } from './find-file.ts';
import { bankFileDetailSchema, detailOf } from './present.ts';

/** The only problem that can be accepted: everything was read, and the figures differ. */
const TOTALS = 'bank_file.totals';

export const acceptBankStatement = defineRoute({
  method: 'post',
  path: '/v1/bank-statements/{fileId}/acceptance',
  summary: 'Accept a bank file although its totals do not hold',
  tag: 'Bank statements',
  action: 'statement.accept',
  params: fileParams,
  body: z.strictObject({ reason: noteText }).meta({ id: 'BankFileAcceptance' }),
  answers: { 200: bankFileDetailSchema, 202: bankFileDetailSchema },
  about: findFile,
  async handle(asked, file) {
    const { db, engine, body, caller } = asked;
    await requireAcceptable(db, file, caller);
    const noteId = await keepNote(asked, file, body.reason);
    if (noteId === null) throw new Error('defect: a reason was not kept');
    const start = statementStart(file);
    const outcome = await runShort<StatementInput, StatementReport>(engine, {
      workflowType: 'applyStatement',
      workflowId: start.workflowId,
      // Should it not start, the file stays refused, and the caller is told to ask again.
      isStored: false,
      isRepeatable: true,
      summary: start.staticSummary,
      input: { fileId: file.id, acceptance: { ...requestOf(asked, file), noteId } },
    });
    const detail = await detailOf(db, file.id);
    if (detail.state === 'refused' && !outcome.isLate) throw stillRefused(detail.problem?.text ?? '');
    const location = `/v1/bank-statements/${file.id}`;
    return { status: outcome.isLate ? 202 : 200, body: detail, location };
  },
});

/** @throws Problem 403 to whoever sent it, 409 when it is not refused, is refused for more than its totals, or came again since */
async function requireAcceptable(db: Db, file: BankFileRow, caller: Caller): Promise<void> {
  if (file.state !== 'refused' || file.problem?.code !== TOTALS) throw notAcceptable(file);
  if (file.createdBy === caller.actor) {
    throw new Problem({
      kind: 'not_allowed',
      code: 'maker_is_checker',
      text: 'Whoever sent a bank file does not accept it.',
      hint: 'Ask a second person with the role to look at the figures.',
    });
  }
  if (!(await isTakenElsewhere(db, file))) return;
  throw new Problem({
    kind: 'conflict',
    code: 'bank_file_taken',
    text: 'The same file was sent again and taken.',
    hint: 'Look for it in GET /v1/bank-statements; nothing is left to accept.',
  });
}

function notAcceptable({ state, problem }: BankFileRow): Problem {
  const text =
    state === 'refused'
      ? `The file was refused because it cannot be read as ours (${problem?.code ?? 'unknown'}), not for its totals.`
      : `The file is ${state}, not refused.`;
  const hint = 'Only a file that was read to its end and whose totals do not hold can be accepted.';
  return new Problem({ kind: 'conflict', code: 'bank_file_not_acceptable', text, hint });
}

function stillRefused(text: string): Problem {
  return new Problem({
    kind: 'conflict',
    code: 'bank_file_still_refused',
    text: `The file is refused all the same: ${text}`,
    hint: 'Its problem stands in GET /v1/bank-statements/{fileId}.',
  });
}
