// Proves the books: every proof on one state of the database, without any other server.

import { sql } from 'kysely';
import type { Db } from '../client.ts';
import { allocationsFitEntries, allocationsMatchPostings } from './allocations-match-postings.ts';
import { approvalsByTwo } from './approvals.ts';
import { auditChain } from './audit-chain.ts';
import { bankLinesAndPayments, clearedLines, payoutsAddUp } from './bank-lines.ts';
import { clearingOfBank, clearingOfDoors } from './clearing-accounts.ts';
import { entriesBalance } from './entries-balance.ts';
import { baseOfItems, baseOfPayments, exchangeIsEven, ordersHaveRates } from './foreign-currency.ts';
import { invoiceDatesRunWithNumbers, invoiceNumbersWithoutGaps } from './invoice-numbers.ts';
import { creditNotesWithinInvoices, invoiceTotals, oneInvoicePerShipment, ordersBilled } from './invoices-add-up.ts';
import { itemsMatchPostings } from './items-match-postings.ts';
import { paymentsAddUp } from './payments-add-up.ts';
import { postingsHaveCause, postingsHaveRows } from './postings-and-rows.ts';
import { prove, type BooksProof, type ProofResult, type WalkedProof } from './proof.ts';
import { monthEnds, receivableControl, type MonthEnd } from './receivable-control.ts';
import { unappliedControl } from './unapplied-control.ts';

/** All that is claimed about the books, in the order of the report. */
export const BOOKS_PROOFS: readonly (BooksProof | WalkedProof)[] = [
  entriesBalance,
  receivableControl,
  unappliedControl,
  itemsMatchPostings,
  paymentsAddUp,
  baseOfItems,
  baseOfPayments,
  exchangeIsEven,
  ordersHaveRates,
  clearingOfBank,
  clearingOfDoors,
  bankLinesAndPayments,
  clearedLines,
  payoutsAddUp,
  allocationsMatchPostings,
  allocationsFitEntries,
  invoiceNumbersWithoutGaps,
  invoiceDatesRunWithNumbers,
  invoiceTotals,
  oneInvoicePerShipment,
  ordersBilled,
  creditNotesWithinInvoices,
  approvalsByTwo,
  postingsHaveCause,
  postingsHaveRows,
  auditChain,
];

/** A proof reads whole tables: on large books it may take longer than any other statement of ours. */
const PROOF_WITHIN = '10min';

export interface BooksReport {
  readonly ok: boolean;
  readonly proofs: readonly ProofResult[];
  /** Receivables by ledger and by items, per legal entity and currency, at every past month end and today. */
  readonly monthEnds: readonly MonthEnd[];
}

/** Proves the books on one snapshot, so that an engine at work beside it disturbs nothing. */
export async function verifyBooks(db: Db): Promise<BooksReport> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${PROOF_WITHIN}, true)`.execute(tx);
      const proofs: ProofResult[] = [];
      for (const proof of BOOKS_PROOFS) {
        proofs.push('walk' in proof ? await proof.walk(tx) : await prove(tx, proof));
      }
      const { rows } = await monthEnds.execute(tx);
      return { ok: proofs.every((proof) => proof.ok), proofs, monthEnds: rows };
    });
}
