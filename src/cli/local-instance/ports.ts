// The ports of the instance on this machine: fixed, so that addresses can be bookmarked, and each can be chosen.

import { portIsFree } from '../../local/ports.ts';
import { StartProblem } from '../../local/start-problem.ts';

interface PortUse {
  readonly title: string;
  /** The option of `quittance start` that chooses another. */
  readonly option: string;
  readonly port: number;
}

/** Who listens where when nothing else is asked for. */
export const DEFAULT_PORTS = {
  api: { title: 'the API', option: '--port', port: 4000 },
  temporalUi: { title: 'the Temporal UI', option: '--ui-port', port: 8233 },
  temporal: { title: 'Temporal', option: '--temporal-port', port: 7233 },
  mail: { title: "the mail catcher's pages", option: '--mail-port', port: 8025 },
  smtp: { title: "the mail catcher's SMTP", option: '--smtp-port', port: 1025 },
  postgres: { title: 'Postgres', option: '--postgres-port', port: 5433 },
} as const satisfies Record<string, PortUse>;

export type PortName = keyof typeof DEFAULT_PORTS;
export type Ports = Readonly<Record<PortName, number>>;

const portNames = Object.keys(DEFAULT_PORTS) as readonly PortName[];
/** How far beyond a busy port we look for one to suggest. */
const SUGGESTIONS_MAX = 50;
const PORT_MAX = 65_535;

/** Checks all ports before anything is started. @throws StartProblem that names each busy port and how to choose another */
export async function requireFreePorts(ports: Ports): Promise<void> {
  const busy: string[] = [];
  const choices: string[] = [];
  const taken = new Set<number>();
  for (const name of portNames) {
    const { title, option } = DEFAULT_PORTS[name];
    const port = ports[name];
    if (taken.has(port)) busy.push(`Port ${String(port)} is asked for twice, the second time for ${title}.`);
    else if (!(await portIsFree(port))) busy.push(`Port ${String(port)} for ${title} is taken by another program.`);
    else {
      taken.add(port);
      continue;
    }
    choices.push(`${option} ${String(await freeAfter(port, taken))}`);
  }
  if (busy.length === 0) return;
  throw new StartProblem(
    busy.join('\n  '),
    `Stop what listens there (ss -ltnp shows it), or choose another: quittance start ${choices.join(' ')}\n(with npm: npm start -- ${choices.join(' ')})`,
  );
}

async function freeAfter(port: number, taken: Set<number>): Promise<number> {
  const last = Math.min(PORT_MAX, port + SUGGESTIONS_MAX);
  for (let candidate = port + 1; candidate <= last; candidate += 1) {
    if (taken.has(candidate) || !(await portIsFree(candidate))) continue;
    taken.add(candidate);
    return candidate;
  }
  return port + 1;
}
