// The login of API and worker on this machine: a role that owns nothing, with a password kept in the data folder.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readPrivateJson, writePrivateJson } from './private-file.ts';

const APP_ROLE = 'quittance_app_login';
const PASSWORD_BYTES = 24;

const loginSchema = z.strictObject({ role: z.literal(APP_ROLE), password: z.string().min(16) });
export type AppLogin = z.infer<typeof loginSchema>;

/** Made at the first start, the same ever after. */
export async function ensureAppLogin(dataFolder: string): Promise<AppLogin> {
  const file = join(dataFolder, 'app-login.json');
  const kept = loginSchema.safeParse(readPrivateJson(file));
  if (kept.success) return kept.data;
  const made: AppLogin = { role: APP_ROLE, password: randomBytes(PASSWORD_BYTES).toString('base64url') };
  await writePrivateJson(file, made);
  return made;
}
