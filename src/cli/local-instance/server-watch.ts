// Notices when a server that we started ends without being asked.

export interface WatchedServer {
  readonly title: string;
  readonly pid: number;
}

const LOOK_EVERY_MS = 1_000;

export interface ServerWatch {
  /** Resolves with words when one of them has ended; never after `stop`. */
  readonly lost: Promise<string>;
  stop(): void;
}

export function watchServers(servers: readonly WatchedServer[]): ServerWatch {
  let timer: NodeJS.Timeout | undefined;
  const lost = new Promise<string>((resolve) => {
    timer = setInterval(() => {
      const gone = servers.find((server) => !isAlive(server.pid));
      if (gone !== undefined) resolve(`${gone.title} (process ${String(gone.pid)}) has ended.`);
    }, LOOK_EVERY_MS);
  });
  return {
    lost,
    stop: () => {
      clearInterval(timer);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
