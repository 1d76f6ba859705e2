import { spawn } from 'node:child_process';

/** Enough of a failing compiler's or pip's output to show its error, bounded so that a chatty tool can't fill memory. */
const KEPT_OUTPUT = 16_384;

export type CommandResult =
  | { readonly kind: 'missing' }
  | { readonly kind: 'exited'; readonly status: number; readonly output: string };

/** Runs a program without a shell and keeps the end of what it printed; `missing` when there is no such program. */
export function runCommand(options: {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly directory?: string;
  /** Set beside the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.command, [...options.arguments], {
      cwd: options.directory,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ kind: 'missing' });
      else reject(error);
    });
    child.on('close', (status) => resolve({ kind: 'exited', status: status ?? 1, output }));
  });
}
