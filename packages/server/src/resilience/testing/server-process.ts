import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerConfiguration } from '../../configuration/server-configuration.js';
import type { EngineProcessSnapshot, EngineSnapshot } from '../../engine/text-engine.js';
import { waitUntil } from './wait-until.js';

/** The parts of a configuration that a test sets; the rest is as it is by default. */
export type ServerSettings = {
  readonly [Key in keyof ServerConfiguration]?: ServerConfiguration[Key] extends object
    ? Partial<ServerConfiguration[Key]>
    : ServerConfiguration[Key];
};

/** What a server's process tells of itself. */
export interface ServerLook {
  readonly snapshot: EngineSnapshot;
  /** Of the server's process, in bytes, after a garbage collection. */
  readonly residentBytes: number;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

type Told =
  | { readonly kind: 'listening'; readonly url: string }
  | ({ readonly kind: 'looked' } & ServerLook)
  | { readonly kind: 'failed'; readonly reason: string };

/** A server in a process of its own, as users run it; its engine is in another. */
export class ServerProcess {
  readonly url: string;
  /** Resolves when the process is gone. */
  readonly end: Promise<ProcessEnd>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.end = once(child, 'exit').then(([code, signal]: unknown[]) => ({ code, signal }) as ProcessEnd);
  }

  /** Starts a server of the build on a free port; resolves when its engine is ready. `program`: name of a file beside this one. */
  static async start(settings: ServerSettings, program = 'server-main.mjs'): Promise<ServerProcess> {
    const script = fileURLToPath(new URL(`./${program}`, import.meta.url));
    const child = fork(script, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const told = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    const [first] = told as [Told | number | null];
    if (first === null || typeof first === 'number')
      throw new Error(`The server ended with ${first} before it listened.`);
    if (first.kind !== 'listening') throw new Error(`The server did not start: ${JSON.stringify(first)}`);
    const server = new ServerProcess(child, first.url);
    await server.ready();
    return server;
  }

  /** Resolves when the server would answer. */
  ready(): Promise<void> {
    return waitUntil('the server is ready', async () => (await fetch(new URL('/ready', this.url))).status === 200);
  }

  async look(): Promise<ServerLook> {
    const told = once(this.#child, 'message');
    this.#child.send('look');
    const [look] = (await told) as [Told];
    if (look.kind !== 'looked') throw new Error(`The server did not look: ${JSON.stringify(look)}`);
    return look;
  }

  /** The only engine. */
  async engine(): Promise<EngineProcessSnapshot> {
    const [engine] = (await this.look()).snapshot.engines;
    if (engine === undefined) throw new Error('The server has no engine.');
    return engine;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the process in good order, or at once after half a minute. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    this.#child.kill('SIGTERM');
    await this.end;
    clearTimeout(timer);
  }
}

/** Starts a server, does something with it and ends it, whatever happens. */
export async function withServer(
  settings: ServerSettings,
  use: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  const server = await ServerProcess.start(settings);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}
