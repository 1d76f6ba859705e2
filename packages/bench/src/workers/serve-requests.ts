/** What a worker can be asked: by name, a plain value in and one out. */
export type Work<Methods> = { readonly [Name in keyof Methods]: (task: never) => Promise<unknown> };

/** A request to a worker. */
export interface WorkerRequest {
  readonly kind: PropertyKey;
  readonly task: unknown;
}

/** What a worker answers. */
export type WorkerReply =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Makes this process a worker of its parent: every request is answered by the method it names, a failure with its reason.
 * The process lives until its parent disconnects.
 */
export function serveRequests<Methods extends Work<Methods>>(methods: Methods): void {
  const send = (reply: WorkerReply): void => void process.send?.(reply);
  process.on('message', ({ kind, task }: WorkerRequest) => {
    const method: ((task: never) => Promise<unknown>) | undefined = methods[kind as keyof Methods];
    if (method === undefined) return send({ kind: 'failed', reason: `This process can't ${String(kind)}.` });
    method(task as never).then(
      (value) => send({ kind: 'done', value }),
      (error: unknown) => send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
    );
  });
  // The parent is gone or done with this process; native state must not keep it alive.
  process.on('disconnect', () => process.exit(0));
}
