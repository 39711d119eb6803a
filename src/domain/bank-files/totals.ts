// What a file says about itself held against what was read: running sums that cannot overflow, and the checks made of them.

import { BANK_FILE_LIMITS, BankFileError, type Balance, type Place, type TotalCheck } from './types.ts';

/** A count and a sum of minor units that grow line by line; the sum is a bigint, so that a million lines cannot overflow it. */
export class RunningTotal {
  #count = 0;
  #sumMinor = 0n;

  add(minor: number | bigint): void {
    this.#count += 1;
    this.#sumMinor += BigInt(minor);
  }

  get count(): number {
    return this.#count;
  }

  get sumMinor(): bigint {
    return this.#sumMinor;
  }
}

/** An amount the file declares, against what was found. */
export interface SumToCheck {
  readonly what: string;
  readonly declared: number | bigint;
  readonly found: number | bigint;
  readonly currency: string | null;
  readonly place: Place;
}

/** @throws {BankFileError} `bank_file.total_too_large` when a figure is beyond the safe integers. */
export function checkSum(sum: SumToCheck): TotalCheck {
  const { what, currency, place } = sum;
  return {
    what,
    declared: safe(sum.declared, place),
    found: safe(sum.found, place),
    unit: 'minor',
    currency,
    place,
  };
}

/** A number of things the file declares, against how many were found. */
export function checkCount(count: Pick<TotalCheck, 'what' | 'declared' | 'found' | 'place'>): TotalCheck {
  const { what, declared, found, place } = count;
  return { what, declared, found, unit: 'count', currency: null, place };
}

/**
 * `opening + booked = closing`, and that both balances are in one currency where they are not.
 * @throws {BankFileError} `bank_file.total_too_large`.
 */
export function checkBalances(report: {
  readonly opening: Balance;
  readonly closing: Balance;
  readonly bookedMinor: bigint;
  readonly place: Place;
}): TotalCheck[] {
  const { opening, closing, bookedMinor, place } = report;
  const sum = checkSum({
    what: 'opening + booked = closing',
    declared: closing.amountMinor,
    found: BigInt(opening.amountMinor) + bookedMinor,
    currency: closing.currency,
    place,
  });
  if (opening.currency === closing.currency) return [sum];
  const what = `currencies of the balances (${opening.currency}, ${closing.currency})`;
  return [sum, checkCount({ what, declared: 1, found: 2, place })];
}

/** @returns whether what was found is what the file declares. */
export function isHeld(check: TotalCheck): boolean {
  return check.declared === check.found;
}

/** Counts reports and lines of one file against the limits. */
export class FileBudget {
  #statements = 0;
  #lines = 0;

  /** @throws {BankFileError} `bank_file.too_many_statements`. */
  addStatement(place: Place): void {
    this.#statements += 1;
    if (this.#statements > BANK_FILE_LIMITS.statementsMax) {
      const most = String(BANK_FILE_LIMITS.statementsMax);
      throw new BankFileError(
        'bank_file.too_many_statements',
        place,
        `The file has more than ${most} statements (statementsMax).`,
      );
    }
  }

  /** @throws {BankFileError} `bank_file.too_many_lines`. */
  addLine(place: Place): void {
    this.#lines += 1;
    if (this.#lines > BANK_FILE_LIMITS.linesMax) {
      const most = String(BANK_FILE_LIMITS.linesMax);
      throw new BankFileError('bank_file.too_many_lines', place, `The file has more than ${most} lines (linesMax).`);
    }
  }

  get statements(): number {
    return this.#statements;
  }
}

function safe(value: number | bigint, place: Place): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  throw new BankFileError(
    'bank_file.total_too_large',
    place,
    `The total of ${String(value)} minor units is too large; amounts end at 2^53.`,
  );
}
