// `quittance key create`: makes an API key with its roles, shown once.

import { InvalidArgumentError, type Command } from 'commander';
import { createApiKey } from '../database/queries/api-keys.ts';
import { legalEntityById } from '../database/queries/legal-entities.ts';
import { EVERYWHERE, isRole, ROLES, type Role } from '../domain/roles.ts';
import { CommandProblem } from './command-problem.ts';
import { withDatabase } from './connect.ts';
import { exitCodes } from './exit-codes.ts';
import { printJson, printLine, talk } from './talk.ts';

const NAME_CHARS_MAX = 64;

interface Options {
  readonly name: string;
  readonly role: readonly Role[];
  readonly entity: string;
  readonly json?: true;
}

export function registerKey(program: Command): void {
  const key = program.command('key').description('API keys.');
  key
    .command('create')
    .description('Make an API key. The key alone goes to stdout, and is shown this once.')
    .requiredOption('--name <name>', 'what the key is called in audit entries', readName)
    .requiredOption('--role <role>', `one of ${ROLES.join(', ')}; may be repeated`, collectRoles)
    .requiredOption('--entity <id>', 'the legal entity the roles count in, or * for all of them')
    .option('--json', 'print ID and key as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ npx quittance key create --name shop --role sales --entity ACME-DE
  $ npx quittance key create --name setup --role administrator --entity '*'`,
    )
    .action(async (options: Options) => {
      const made = await withDatabase(async (db) => {
        if (options.entity !== EVERYWHERE && (await legalEntityById(db, options.entity)) === null) {
          throw new CommandProblem(
            exitCodes.notFound,
            `There is no legal entity "${options.entity}".`,
            "Create it with POST /v1/legal-entities first, or give the key all of them: --entity '*'.",
          );
        }
        const roles = options.role.map((role) => ({ legalEntityId: options.entity, role }));
        return createApiKey(db, { name: options.name, roles });
      });
      if (options.json === true) printJson(made);
      else printLine(made.key);
      talk(`Key "${options.name}" (${made.id}) was made. It cannot be shown again: keep it safe.`);
    });
}

function collectRoles(text: string, before: readonly Role[] = []): readonly Role[] {
  if (!isRole(text)) throw new InvalidArgumentError(`Roles are ${ROLES.join(', ')}.`);
  return before.includes(text) ? before : [...before, text];
}

function readName(text: string): string {
  if (/^[\w .-]+$/.test(text) && text.length <= NAME_CHARS_MAX) return text;
  throw new InvalidArgumentError(`Letters, digits, blanks and . _ - are expected, ${String(NAME_CHARS_MAX)} at most.`);
}
