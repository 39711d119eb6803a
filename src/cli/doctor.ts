// `quittance doctor`: what this machine has and lacks for `quittance start`.

import type { Command } from 'commander';
import { printDoctor } from '../local/doctor.ts';
import { exitCodes } from './exit-codes.ts';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Show what was found of everything "quittance start" needs, and what to do about the rest.')
    .option('--no-download', 'only look, fetch no missing server')
    .addHelpText('after', '\nExamples:\n  $ npx quittance doctor\n  $ npx quittance doctor --no-download')
    .action(async ({ download }: { download: boolean }) => {
      const found = await printDoctor(process.stdout, { mayDownload: download });
      process.exitCode = found === 0 ? exitCodes.ok : exitCodes.unavailable;
    });
}
