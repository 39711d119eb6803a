// docker-compose.yml as the tests read it: parsed, and with its variables put in as `docker compose` does.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const serviceSchema = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  user: z.string().optional(),
});
const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) });
export type ComposeService = z.infer<typeof serviceSchema>;

export const composeText = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');

/** The file as plain data, nothing put in. */
export function readCompose(): unknown {
  return parse(composeText, { merge: true });
}

/** The services that run our own image. */
export function ourServices(): Record<string, ComposeService> {
  const { services } = composeSchema.parse(readCompose());
  return Object.fromEntries(Object.entries(services).filter(([, { image }]) => image.startsWith('quittance:')));
}

const VARIABLE = /\$\{(\w+)(?:(:-|:\?)([^}]*))?\}/g;

/** Puts variables in. @throws as `docker compose` does when a required one (`:?`) is missing */
export function interpolate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (_whole, name: string, operator: string | undefined, rest: string | undefined) => {
    const value = values[name];
    if (value !== undefined && value !== '') return value;
    if (operator === ':?') throw new Error(`required variable ${name} is missing a value: ${rest ?? ''}`);
    return rest ?? '';
  });
}

/** What a service of ours gets to see. */
export function environmentOf(service: string, values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(ourServices()[service]?.environment ?? {});
  return Object.fromEntries(entries.map(([name, text]) => [name, interpolate(text, values)]));
}
