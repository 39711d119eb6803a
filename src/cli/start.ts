// `quittance start`: everything on this machine, with a demo company, until Ctrl-C.

import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { DATA_FOLDER } from './local-instance/connection-file.ts';
import { DEFAULT_PORTS } from './local-instance/ports.ts';
import { runInstance } from './local-instance/run-instance.ts';

interface Options {
  readonly data: string;
  readonly port: number;
  readonly uiPort: number;
  readonly temporalPort: number;
  readonly mailPort: number;
  readonly smtpPort: number;
  readonly postgresPort: number;
}

const PORT_MAX = 65_535;

export function registerStart(program: Command): void {
  const command = program
    .command('start')
    .description(
      'Bring up everything on this machine: Postgres, Temporal with its UI, mail catcher, worker, API, demo company.',
    )
    .option('--data <folder>', 'where data is kept between starts', DATA_FOLDER);
  for (const { title, option, port } of Object.values(DEFAULT_PORTS)) {
    command.option(`${option} <port>`, `port of ${title}`, readPort, port);
  }
  command
    .addHelpText(
      'after',
      `
Nothing has to be installed beforehand. Ctrl-C stops everything it started and nothing else; the next start goes on with
the same data, the same running workflows and the same keys. Delete the data folder to begin anew.

Examples:
  $ npx quittance start
  $ npx quittance start --data /tmp/try --port 4100`,
    )
    .action(async (options: Options) => {
      process.exitCode = await runInstance({
        dataFolder: resolve(options.data),
        ports: {
          api: options.port,
          temporalUi: options.uiPort,
          temporal: options.temporalPort,
          mail: options.mailPort,
          smtp: options.smtpPort,
          postgres: options.postgresPort,
        },
      });
    });
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= PORT_MAX) return port;
  throw new InvalidArgumentError(`A port from 1 to ${String(PORT_MAX)} is expected.`);
}
