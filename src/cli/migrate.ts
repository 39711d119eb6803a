// `quittance migrate`: brings the database to this version's schema, and makes the application's role.

import type { Command } from 'commander';
import { migrate } from '../database/migrate.ts';
import { reasonOf } from '../local/start-problem.ts';
import { CommandProblem } from './command-problem.ts';
import { readConfiguration } from './configuration.ts';
import { exitCodes } from './exit-codes.ts';
import { printJson, printLine, talk } from './talk.ts';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description(
      'Bring the database to the newest schema (DATABASE_OWNER_URL), and let the role of DATABASE_URL use it.',
    )
    .option('--json', 'print the names of the migrations as JSON')
    .addHelpText(
      'after',
      `
The role named in DATABASE_URL is made when it is missing, with the password that stands there. It owns nothing:
postings can be read and added by it, never changed.

Example:
  $ DATABASE_OWNER_URL=postgres://owner:…@db/quittance DATABASE_URL=postgres://app:…@db/quittance npx quittance migrate`,
    )
    .action(async ({ json }: { json?: true }) => {
      const ran = await migrateByConfiguration();
      if (json === true) printJson({ migrations: ran });
      else for (const name of ran) printLine(name);
      talk(ran.length === 0 ? 'The schema is up to date.' : `${String(ran.length)} migrations ran.`);
    });
}

async function migrateByConfiguration(): Promise<string[]> {
  const { DATABASE_OWNER_URL, DATABASE_URL } = readConfiguration(['DATABASE_OWNER_URL', 'DATABASE_URL']);
  const app = new URL(DATABASE_URL);
  const appRole = decodeURIComponent(app.username);
  if (appRole === '' || appRole === decodeURIComponent(new URL(DATABASE_OWNER_URL).username)) {
    throw new CommandProblem(
      exitCodes.usage,
      'DATABASE_URL names no user, or the same as DATABASE_OWNER_URL.',
      'Give API and worker a role of their own, which owns nothing: postgres://quittance_app_login:PASSWORD@…',
    );
  }
  try {
    const appPassword = app.password === '' ? null : decodeURIComponent(app.password);
    return await migrate({ ownerUrl: DATABASE_OWNER_URL, appRole, appPassword });
  } catch (error) {
    throw new CommandProblem(
      exitCodes.unavailable,
      reasonOf(error),
      'Check DATABASE_OWNER_URL, that Postgres 18 is running, and that its user may create roles.',
    );
  }
}
