import { type ChildProcess, fork } from 'node:child_process';

/** What any worker answers when a request failed. */
export interface WorkerFailure {
  readonly kind: 'failed';
  readonly reason: string;
}

interface Message {
  readonly kind: string;
}

/** How long a worker may take to end by itself once it was told to. */
const LONGEST_END_MILLISECONDS = 10_000;

/** A child process that answers one request at a time; its other side is `serveRequests`. */
export class WorkerProcess<Request extends Message, Reply extends Message> {
  readonly #child: ChildProcess;

  /** `script`: path of the built worker. `environment`: variables that it has beside those of this process. */
  constructor(script: string, environment: Readonly<Record<string, string>> = {}) {
    this.#child = fork(script, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
    });
  }

  /** The answer; rejects with the reason when the worker fails or dies. */
  ask(request: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const onMessage = (reply: Reply | WorkerFailure): void => {
        this.#child.off('exit', onExit);
        if (isFailure(reply)) reject(new Error(reply.reason));
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

  /** Ends the worker; resolves when it is gone. Closing twice is harmless. */
  close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), LONGEST_END_MILLISECONDS);
      this.#child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      if (this.#child.connected) this.#child.disconnect();
    });
  }
}

function isFailure(reply: Message): reply is WorkerFailure {
  return reply.kind === 'failed';
}
