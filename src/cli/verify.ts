// `quittance verify`: proves the books, that work goes on, and that everything that should run does.

import type { Command } from 'commander';
import type { Db } from '../database/client.ts';
import type { ProofResult } from '../database/verify/proof.ts';
import type { MonthEnd } from '../database/verify/receivable-control.ts';
import { verifyBooks } from '../database/verify/verify-books.ts';
import { verifyWork } from '../database/verify/verify-work.ts';
import { reasonOf } from '../local/start-problem.ts';
import { CommandProblem } from './command-problem.ts';
import { withDatabase, withTemporal } from './connect.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { isUnavailable } from './runs/open-runs.ts';
import { verifyRuns } from './runs/verify-runs.ts';
import { printJson, printLine, talk } from './talk.ts';

interface Report {
  readonly ok: boolean;
  readonly proofs: readonly ProofResult[];
  readonly monthEnds: readonly MonthEnd[];
  /** Why the runs were not compared; `null`: they were, or nobody asked. */
  readonly unavailable: { readonly text: string; readonly hint: string } | null;
}

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('Prove the books and compare every unclosed order with its run. Changes nothing.')
    .option('--books-only', 'the books alone: needs no Temporal')
    .option('--json', 'one JSON document instead of lines')
    .addHelpText(
      'after',
      `
Exit codes: 0 every proof holds, 4 a proof failed, 5 a server is unavailable (the books are verified without Temporal).

Examples:
  $ npx quittance verify
  $ npx quittance verify --books-only --json`,
    )
    .action(async (options: { booksOnly?: boolean; json?: boolean }) => {
      const { report, problem } = await withDatabase((db) => verify(db, { booksOnly: options.booksOnly === true }));
      if (options.json === true) printJson(report);
      else print(report);
      process.exitCode = exitCodeOf(report, problem);
    });
}

async function verify(
  db: Db,
  { booksOnly }: { booksOnly: boolean },
): Promise<{ report: Report; problem: CommandProblem | null }> {
  const books = await verifyBooks(db);
  const work = booksOnly ? [] : await verifyWork(db, Date.now());
  const runs = booksOnly ? { proofs: [], problem: null } : await compareRuns(db);
  const proofs = [...books.proofs, ...work, ...runs.proofs];
  const { problem } = runs;
  const unavailable = problem === null ? null : { text: problem.message, hint: problem.hint };
  const ok = problem === null && proofs.every((proof) => proof.ok);
  return { report: { ok, proofs, monthEnds: books.monthEnds, unavailable }, problem };
}

/** What can be said without Temporal is said all the same, so its absence is a finding and no end. */
async function compareRuns(db: Db): Promise<{ proofs: ProofResult[]; problem: CommandProblem | null }> {
  try {
    return { proofs: await withTemporal((temporal) => verifyRuns({ db, temporal })), problem: null };
  } catch (error) {
    if (error instanceof CommandProblem) return { proofs: [], problem: error };
    if (!isUnavailable(error)) throw error;
    const text = `Temporal stopped answering: ${reasonOf(error)}`;
    const hint = 'Check that the server is running, then verify again.';
    return { proofs: [], problem: new CommandProblem(exitCodes.unavailable, text, hint) };
  }
}

function exitCodeOf(report: Report, problem: CommandProblem | null): ExitCode {
  if (report.proofs.some((proof) => !proof.ok)) return exitCodes.refused;
  return problem?.exitCode ?? exitCodes.ok;
}

function print({ ok, proofs, monthEnds, unavailable }: Report): void {
  for (const proof of proofs) printProof(proof);
  const places = new Set(monthEnds.map((one) => `${one.legalEntityId} ${one.currency}`));
  for (const place of places) {
    const ends = monthEnds.filter((one) => `${one.legalEntityId} ${one.currency}` === place);
    const today = ends.at(-1);
    printLine(
      `  ${place}: receivable ${today?.ledger ?? '0'} (minor units) today, compared at ${String(ends.length - 1)} month ends before`,
    );
  }
  const failed = proofs.filter((proof) => !proof.ok).length;
  printLine('');
  if (ok) printLine(`All ${String(proofs.length)} proofs hold.`);
  else if (failed > 0) printLine(`${String(failed)} of ${String(proofs.length)} proofs failed.`);
  else printLine(`${String(proofs.length)} proofs hold; the runs were not compared.`);
  if (unavailable === null) return;
  talk(unavailable.text);
  talk(`→ ${unavailable.hint}`);
}

function printProof({ ok, name, claim, looked, failures, offenders, remedy }: ProofResult): void {
  printLine(`${ok ? '✓' : '✗'} ${name}: ${claim} (${String(looked)} looked at)`);
  if (ok) return;
  for (const { id, text } of offenders) printLine(`    ${id}: ${text}`);
  if (failures > offenders.length) printLine(`    … and ${String(failures - offenders.length)} more`);
  printLine(`    → ${remedy}`);
}
