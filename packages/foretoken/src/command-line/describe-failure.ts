import { CommanderError } from 'commander';
import { UsageError } from './usage-error.js';

/** How a failure ends the program. */
export interface Failure {
  /** 2: the command line asks for something that can't be. 1: it could not be carried out. */
  readonly exitCode: 1 | 2;
  /** One line, without the program's name. */
  readonly line: string;
}

/** Codes of errors that mean that a value on the command line is wrong. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  ...['usage', 'invalid-argument', 'unknown-model', 'no-draft-model', 'invalid-option', 'invalid-configuration'],
]);

/** Turns anything thrown into one line and an exit code. */
export function describeFailure(error: unknown): Failure {
  const usage = error instanceof CommanderError || error instanceof UsageError || USAGE_CODES.has(codeOf(error) ?? '');
  return { exitCode: usage ? 2 : 1, line: oneLine(error) };
}

function oneLine(error: unknown): string {
  const message = error instanceof Error && error.message !== '' ? error.message : String(error);
  return message
    .replace(/^error: /, '')
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .trim();
}

/** The machine-readable code that errors of foretoken and of Node carry. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
