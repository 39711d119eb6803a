// Whether an error says that the database is away or busy, rather than that something is wrong with what was asked of it.

/** SQLSTATE classes of a server that is away or busy, of conflicts that pass, and codes of a connection that failed. */
const PASSING = /^(?:08|53|57|40|55P03)|^ECONN|^ENOTFOUND|^EPIPE|^ETIMEDOUT/;
const AWAY = /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/;

export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A worker that is being stopped.
  if (error.name === 'CancelledFailure' || error.name === 'AbortError') return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return PASSING.test(code) || AWAY.test(error.message);
}
