// Where we keep what was downloaded once and may be deleted at any time.

import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** `QUITTANCE_CACHE`, else `quittance` in the user's cache folder by the XDG rules. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.QUITTANCE_CACHE) return resolve(environment.QUITTANCE_CACHE);
  const xdg = environment.XDG_CACHE_HOME;
  // The XDG rules say that a relative path is to be ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'quittance');
}
