#!/usr/bin/env node
// Starts the `quittance` command on the Node that the project pins, whatever Node called it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const main = fileURLToPath(new URL('src/cli/main.ts', root));
const pinned = fileURLToPath(new URL('node_modules/node/bin/node', root));
const runsTypeScript = Number(process.versions.node.split('.')[0]) >= 24;

if (runsTypeScript) {
  await import(main);
} else if (!existsSync(pinned)) {
  console.error(
    `quittance needs Node 24 and found ${process.version}. Run "npm install" in ${fileURLToPath(root)}: it brings Node 24 along.`,
  );
  process.exit(1);
} else {
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C in a terminal reaches the child by itself; a second one would be read as impatience.
  const isAtTerminal = process.stdin.isTTY === true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => (isAtTerminal && signal === 'SIGINT' ? undefined : child.kill(signal)));
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
