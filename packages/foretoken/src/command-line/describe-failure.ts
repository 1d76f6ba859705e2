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
  return { exitCode: usage ? 2 : 1, line: tooFewFiles(error) ?? oneLine(error) };
}

/** Open files that loading everything at once takes, and some for clients. */
const FILES_NEEDED = 1_024;
/** What Node says when it can't open a module's file: that there is none. */
const MODULE_CODES: ReadonlySet<string> = new Set([
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'MODULE_NOT_FOUND',
]);

/** The real cause of a failure for want of open files, where that is one. */
function tooFewFiles(error: unknown): string | undefined {
  const code = codeOf(error) ?? '';
  const files = openFilesAllowed();
  const isCause = code === 'EMFILE' || (MODULE_CODES.has(code) && files !== undefined && files < FILES_NEEDED);
  if (!isCause) return undefined;
  return `Too many open files: this process may have ${files ?? 'too few'} open at a time, and loading takes more. Allow at least ${FILES_NEEDED} (ulimit -n ${FILES_NEEDED}).`;
}

function openFilesAllowed(): number | undefined {
  const report = process.report?.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } };
  };
  const soft = Number(report?.userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : undefined;
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
