import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Work, WorkerReply, WorkerRequest } from './serve-requests.js';

/** How long a worker may take to end by itself once it was told to. */
const LONGEST_END_MILLISECONDS = 10_000;

/** A child process that does work, one request at a time; its other side is `serveRequests`. */
export class WorkerProcess<Methods extends Work<Methods>> {
  readonly #child: ChildProcess;

  /** `script`: path of the built worker. `environment`: variables that it has beside those of this process. */
  constructor(script: string, environment: Readonly<Record<string, string>> = {}) {
    this.#child = fork(script, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
    });
  }

  /** What the method of that name gives; rejects with the reason when it fails or the process dies. */
  ask<Name extends keyof Methods>(
    kind: Name,
    task: Parameters<Methods[Name]>[0],
  ): Promise<Awaited<ReturnType<Methods[Name]>>> {
    return new Promise((resolve, reject) => {
      const onMessage = (reply: WorkerReply): void => {
        this.#child.off('exit', onExit);
        if (reply.kind === 'failed') reject(new Error(reply.reason));
        else resolve(reply.value as Awaited<ReturnType<Methods[Name]>>);
      };
      const onExit = (code: number | null, signal: string | null): void => {
        this.#child.off('message', onMessage);
        const end = signal ?? `exit code ${code}`;
        reject(new Error(`The process ended with ${end} while it was asked to ${String(kind)}.`));
      };
      this.#child.once('message', onMessage);
      this.#child.once('exit', onExit);
      const request: WorkerRequest = { kind, task };
      this.#child.send(request, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** Ends the worker; resolves when it is gone. Closing twice is harmless. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), LONGEST_END_MILLISECONDS);
    if (this.#child.connected) this.#child.disconnect();
    await once(this.#child, 'exit');
    clearTimeout(timer);
  }
}
