import { runCommand } from './run-command.js';

/** A program that is needed to obtain TensorFlow. */
export interface Tool {
  readonly command: string;
  /** What it says of its version. */
  readonly version: string;
}

/** Asks a program for its version; `undefined` when there is no such program or it fails. */
export async function findTool(command: string, ...options: string[]): Promise<Tool | undefined> {
  const result = await runCommand({ command, arguments: options });
  if (result.kind === 'missing' || result.status !== 0) return undefined;
  return { command, version: result.output.split('\n')[0]?.trim() ?? '' };
}
