// How commands find the instance that `quittance start` runs: its addresses in a file of the data folder.

import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Role } from '../../domain/roles.ts';
import { readKeys } from './keys.ts';
import { readPrivateJson, writePrivateJson } from './private-file.ts';

/** The data folder when none is named, in the current directory. */
export const DATA_FOLDER = '.quittance';

const connectionSchema = z.strictObject({
  DATABASE_URL: z.string(),
  DATABASE_OWNER_URL: z.string(),
  TEMPORAL_ADDRESS: z.string(),
  TEMPORAL_NAMESPACE: z.string(),
  SMTP_URL: z.string(),
  MAIL_FROM: z.string(),
  QUITTANCE_URL: z.string(),
});
export type LocalConnection = z.infer<typeof connectionSchema>;

/** Written when everything is up, removed when it stops. */
export async function writeConnectionFile(dataFolder: string, connection: LocalConnection): Promise<void> {
  await writePrivateJson(fileOf(dataFolder), connection);
}

export async function removeConnectionFile(dataFolder: string): Promise<void> {
  await rm(fileOf(dataFolder), { force: true });
}

/**
 * The environment, completed by the running local instance's addresses where it names no database, Temporal or API.
 * `QUITTANCE_DATA` names another data folder than `.quittance` in the current directory.
 *
 * @param role whose demo key a command asks with; one that only shows something takes the auditor's, which reads alone
 */
export function localEnvironment(environment: NodeJS.ProcessEnv, role: Role = 'auditor'): NodeJS.ProcessEnv {
  const { DATABASE_URL, DATABASE_OWNER_URL, TEMPORAL_ADDRESS, QUITTANCE_URL } = environment;
  const isConfigured = [DATABASE_URL, DATABASE_OWNER_URL, TEMPORAL_ADDRESS, QUITTANCE_URL].some(
    (value) => value !== undefined && value !== '',
  );
  if (isConfigured) return environment;
  const folder = resolve(environment.QUITTANCE_DATA ?? DATA_FOLDER);
  const read = connectionSchema.safeParse(readPrivateJson(fileOf(folder)));
  if (!read.success) return environment;
  const key = readKeys(folder)?.[role];
  return { ...(key !== undefined && { QUITTANCE_API_KEY: key }), ...environment, ...read.data };
}

function fileOf(dataFolder: string): string {
  return join(dataFolder, 'connection.json');
}
