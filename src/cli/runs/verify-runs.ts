// Compares what Postgres says should run with what Temporal runs, both ways.

import { setTimeout as pause } from 'node:timers/promises';
import { stagesByName } from '../../database/queries/leftovers.ts';
import { OFFENDERS_SHOWN_MAX, resultOf, type Offender, type ProofResult } from '../../database/verify/proof.ts';
import { FINAL_STAGES } from '../../domain/agenda.ts';
import {
  letterWorkflowId,
  orderWorkflowId,
  paymentWorkflowId,
  returnWorkflowId,
  statementWorkflowId,
} from '../../workflows/messages.ts';
import {
  casesWithoutRun,
  filesWithoutRun,
  lettersWithoutRun,
  ordersWithoutRun,
  paymentsWithoutRun,
  returnsWithoutRun,
  type Looked,
  type Servers,
} from './missing-runs.ts';
import { isRunning, openRuns } from './open-runs.ts';

const RUNS_PER_PAGE = 1_000;
/** A run ends a moment after its order closed: looked at again so often, and so far apart, before it counts. */
const LOOKS_MAX = 3;
const BETWEEN_LOOKS_MS = 1_000;

const REPAIR = 'Run "quittance repair": it starts what is missing.';

/** Proves that everything that should run does, and that nothing else does. */
export async function verifyRuns(servers: Servers): Promise<ProofResult[]> {
  return [
    await proveRuns(
      { name: 'orders_have_runs', claim: 'Every unclosed order has its run.', remedy: REPAIR },
      ordersWithoutRun(servers),
      (order) => ({ id: orderWorkflowId(order), text: `order ${order.id} has no open run` }),
    ),
    await proveOrdersOfRuns(servers),
    await proveRuns(
      {
        name: 'payments_have_runs',
        claim: 'Every payment that is received and not posted has its run.',
        remedy: REPAIR,
      },
      paymentsWithoutRun(servers),
      (payment) => ({ id: paymentWorkflowId(payment), text: `payment ${payment.id} has no open run` }),
    ),
    await proveRuns(
      {
        name: 'returns_have_runs',
        claim:
          'Every returned payment that is received and not posted has its run, unless a person was asked about it.',
        remedy: REPAIR,
      },
      returnsWithoutRun(servers),
      (one) => ({
        id: returnWorkflowId({ legalEntityId: one.legalEntityId, returnId: one.id }),
        text: `return ${one.id} has no open run`,
      }),
    ),
    await proveRuns(
      {
        name: 'bank_files_have_runs',
        claim: 'Every bank file that is neither refused nor done has its run.',
        remedy: REPAIR,
      },
      filesWithoutRun(servers),
      (file) => ({
        id: statementWorkflowId({ legalEntityId: file.legalEntityId, fileId: file.id }),
        text: `bank file ${file.id} has no open run`,
      }),
    ),
    await proveRuns(
      { name: 'letters_have_runs', claim: 'Every letter that is not yet sent has its run.', remedy: REPAIR },
      lettersWithoutRun(servers),
      (letter) => ({ id: letterWorkflowId(letter), text: `letter ${letter.letterId} has no open run` }),
    ),
    await proveRuns(
      {
        name: 'approvals_have_runs',
        claim: 'Every refund and credit limit that waits for a second person has its run.',
        remedy: REPAIR,
      },
      casesWithoutRun(servers),
      (one) => ({ id: one.workflowId, text: `${one.kind} ${one.id} has no open run` }),
    ),
  ];
}

async function proveRuns<Row>(
  proof: { name: string; claim: string; remedy: string },
  pages: AsyncGenerator<Looked<Row>>,
  offenderOf: (row: Row) => Offender,
): Promise<ProofResult> {
  const found = { looked: 0, failures: 0, offenders: [] as Offender[] };
  for await (const { looked, missing } of pages) {
    found.looked += looked;
    found.failures += missing.length;
    const room = OFFENDERS_SHOWN_MAX - found.offenders.length;
    found.offenders.push(...missing.slice(0, Math.max(room, 0)).map(offenderOf));
  }
  return resultOf(proof, found);
}

/** The other way: every open run of an order is the run of an order that is not closed. */
async function proveOrdersOfRuns(servers: Servers): Promise<ProofResult> {
  const proof = {
    name: 'runs_have_orders',
    claim: 'Every open run of an order has its order, and the order is not closed.',
    remedy:
      'A run without a row means that the database was restored to an older state: "quittance repair --after-restore" begins its runs anew.',
  };
  const listed = [...(await openRuns(servers.temporal, 'orderToCash'))];
  const offenders: Offender[] = [];
  for (let index = 0; index < listed.length; index += RUNS_PER_PAGE) {
    offenders.push(...(await withoutOrder(servers, listed.slice(index, index + RUNS_PER_PAGE))));
  }
  return resultOf(proof, { looked: listed.length, offenders });
}

async function withoutOrder({ db, temporal }: Servers, workflowIds: readonly string[]): Promise<Offender[]> {
  let doubtful = workflowIds;
  for (let look = 1; ; look += 1) {
    const stages = await stagesByName(db, doubtful.map(nameOf));
    const odd = doubtful
      .map((id) => ({ id, text: stages.get(id) }))
      .filter(({ text }) => text === undefined || FINAL_STAGES.some((stage) => stage === text))
      .map(({ id, text }) => ({ id, text: text === undefined ? 'there is no such order' : `the order is ${text}` }));
    const isOpen = await Promise.all(odd.map(({ id }) => isRunning(temporal, id)));
    const offenders = odd.filter((_, position) => isOpen[position] === true);
    if (offenders.length === 0 || look === LOOKS_MAX) return offenders;
    doubtful = offenders.map(({ id }) => id);
    await pause(BETWEEN_LOOKS_MS);
  }
}

/** `order/ACME-DE/SO-10045` in its parts; an order's number may hold slashes itself. */
function nameOf(workflowId: string): { kind: string; legalEntityId: string; number: string } {
  const [kind = '', legalEntityId = '', ...number] = workflowId.split('/');
  return { kind, legalEntityId, number: number.join('/') };
}
