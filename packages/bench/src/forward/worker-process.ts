import { type ChildProcess, fork } from 'node:child_process';
import type { WorkerReply, WorkerRequest } from './worker-messages.js';

/** A child process that answers one request at a time. */
export class WorkerProcess {
  readonly #child: ChildProcess;

  /** `script`: path of the built worker. */
  constructor(script: string) {
    this.#child = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  /** The answer; rejects with the reason when the worker fails or dies. */
  ask(request: WorkerRequest): Promise<Exclude<WorkerReply, { kind: 'failed' }>> {
    return new Promise((resolve, reject) => {
      const onMessage = (reply: WorkerReply): void => {
        this.#child.off('exit', onExit);
        if (reply.kind === 'failed') reject(new Error(reply.reason));
        else resolve(reply);
      };
      const onExit = (code: number | null, signal: string | null): void => {
        this.#child.off('message', onMessage);
        reject(
          new Error(`The process ended with ${signal ?? `exit code ${code}`} while it was asked to ${request.kind}.`),
        );
      };
      this.#child.once('message', onMessage);
      this.#child.once('exit', onExit);
      this.#child.send(request, (error) => {
        if (error) reject(error);
      });
    });
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
