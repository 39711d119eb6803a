// What a process is told by its environment: every variable there is, what it means, and what is wrong with its value.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isMailAddress } from '../domain/mail-address.ts';
import { CommandProblem } from './command-problem.ts';
import { exitCodes } from './exit-codes.ts';
import { localEnvironment } from './local-instance/connection-file.ts';

const PORT_MAX = 65_535;

function urlOf(protocols: readonly string[]): z.ZodString {
  const expected = `${protocols.map((protocol) => `${protocol}//`).join(' or ')} and a host are expected`;
  return z.string().refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && protocols.includes(url.protocol) && url.hostname !== '';
  }, expected);
}

const postgresUrl = urlOf(['postgres:', 'postgresql:']);
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'a number is expected')
  .transform(Number)
  .refine((value) => value <= PORT_MAX, `a port from 0 to ${String(PORT_MAX)} is expected`);
const flag = z.enum(['true', 'false'], 'true or false is expected').transform((text) => text === 'true');
const readableFile = z.string().transform((path, context) => {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `the file cannot be read (${reason})` });
    return z.NEVER;
  }
});

/** Every variable of the environment that the product reads; `about` is the sentence shown when it is missing or wrong. */
const variables = {
  DATABASE_URL: {
    schema: postgresUrl,
    about: 'Postgres as API and worker connect, e.g. postgres://quittance_app_login:PASSWORD@db:5432/quittance',
  },
  DATABASE_OWNER_URL: {
    schema: postgresUrl,
    about:
      'Postgres as the owner of the schema, for migrations alone, e.g. postgres://quittance_owner:PASSWORD@db:5432/quittance',
  },
  TEMPORAL_ADDRESS: {
    schema: z.string().regex(/^[^\s/:]+:\d{1,5}$/, 'HOST:PORT without a protocol is expected'),
    about: "Temporal's frontend, e.g. temporal:7233 or NAMESPACE.tmprl.cloud:7233",
  },
  TEMPORAL_NAMESPACE: {
    schema: z.string().min(1).default('default'),
    about: "Temporal's namespace; default when not set",
  },
  TEMPORAL_TLS: {
    schema: flag.optional(),
    about: 'true to speak TLS with Temporal; it is on by itself with an API key or a certificate',
  },
  TEMPORAL_API_KEY: { schema: z.string().optional(), about: 'the API key of Temporal Cloud' },
  TEMPORAL_TLS_CA_FILE: {
    schema: readableFile.optional(),
    about: 'PEM file of the authority that signed Temporal’s certificate',
  },
  TEMPORAL_TLS_CERT_FILE: { schema: readableFile.optional(), about: 'PEM file of our certificate for mutual TLS' },
  TEMPORAL_TLS_KEY_FILE: { schema: readableFile.optional(), about: 'PEM file of the key to our certificate' },
  SMTP_URL: {
    schema: urlOf(['smtp:', 'smtps:']),
    about: 'the mail server, e.g. smtp://mail:587 or smtps://USER:PASSWORD@mail.example:465',
  },
  MAIL_FROM: {
    schema: z.string().refine(isMailAddress, 'one plain e-mail address is expected'),
    about: 'the address that invoices and letters come from, e.g. billing@company.example',
  },
  HOST: {
    schema: z.string().min(1).default('127.0.0.1'),
    about: 'the address the API listens on; 0.0.0.0 in a container',
  },
  PORT: { schema: port.default(4000), about: 'the port the API listens on; 4000 when not set' },
  BEHIND_PROXY: { schema: flag.default(false), about: 'true when a proxy in front of the API sets X-Forwarded-For' },
  HEALTH_PORT: { schema: port.optional(), about: 'the port on which a worker answers GET /health; none when not set' },
  QUITTANCE_URL: { schema: urlOf(['http:', 'https:']), about: 'where the API is, e.g. http://127.0.0.1:4000' },
  QUITTANCE_API_KEY: {
    schema: z.string().regex(/^[\x21-\x7e]+$/, 'a key such as qk_… is expected'),
    about: 'the API key to ask with, made by "quittance key create"',
  },
  LOG_LEVEL: {
    schema: z
      .enum(['silent', 'error', 'warn', 'info', 'debug'], 'silent, error, warn, info or debug is expected')
      .default('info'),
    about: 'how much is logged; info when not set',
  },
} as const;

export type VariableName = keyof typeof variables;
export type Configuration<Name extends VariableName = VariableName> = {
  readonly [N in Name]: z.output<(typeof variables)[N]['schema']>;
};

/** The names of all variables, for tests and help. */
export const variableNames = Object.keys(variables) as readonly VariableName[];

/** The variables that say how Temporal is reached. */
export const TEMPORAL_VARIABLES = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_TLS',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS_CA_FILE',
  'TEMPORAL_TLS_CERT_FILE',
  'TEMPORAL_TLS_KEY_FILE',
] as const satisfies readonly VariableName[];

/**
 * Reads the variables a command needs. Where the environment names neither database nor Temporal, those of the instance
 * that `quittance start` runs in this folder are taken.
 *
 * @param names what the command needs; variables with a default or without need may be missing
 * @throws CommandProblem that names every variable that is missing or wrong, and what it should be; never its value, which may be a secret
 */
export function readConfiguration<Name extends VariableName>(
  names: readonly Name[],
  environment: NodeJS.ProcessEnv = localEnvironment(process.env),
): Configuration<Name> {
  const faults: string[] = [];
  const entries = names.map((name) => {
    const text = environment[name];
    // An empty value is what compose files and shells make of a variable that is not set.
    const read = variables[name].schema.safeParse(text === '' ? undefined : text);
    if (read.success) return [name, read.data];
    const isMissing = text === undefined || text === '';
    const wrong = isMissing ? 'is not set' : `is wrong: ${read.error.issues[0]?.message ?? 'it cannot be read'}`;
    faults.push(`${name} ${wrong}. It is ${variables[name].about}.`);
    return [name, undefined];
  });
  if (faults.length > 0) {
    throw new CommandProblem(
      exitCodes.usage,
      faults.join('\n'),
      'Set it in the environment (.env.example lists all variables), or run "quittance start" in this folder and use its instance.',
    );
  }
  return Object.fromEntries(entries) as Configuration<Name>;
}
