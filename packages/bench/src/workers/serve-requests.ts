import type { WorkerFailure } from './worker-process.js';

/**
 * Makes this process a worker of its parent: every request is answered by `answer`, a failure with its reason. The
 * process lives until its parent disconnects.
 */
export function serveRequests<Request, Reply>(answer: (request: Request) => Promise<Reply>): void {
  process.on('message', (request: Request) => {
    answer(request).then(
      (reply) => process.send?.(reply),
      (error: unknown) => {
        const failure: WorkerFailure = {
          kind: 'failed',
          reason: error instanceof Error ? error.message : String(error),
        };
        process.send?.(failure);
      },
    );
  });
  // The parent is gone or done with this process; native state must not keep it alive.
  process.on('disconnect', () => process.exit(0));
}
