import { fstatSync } from 'node:fs';
import type { CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';

/**
 * Milliseconds after which a socket that has said nothing is taken for one that never will: programs that start others
 * leave it open. A pipe or file is read to its end, however long that takes.
 */
const SOCKET_PATIENCE = 1_000;
/** Largest text in bytes: far more than any context holds. */
const MOST_BYTES = 256 * 2 ** 20;

type Input = CommandContext['stdin'];

/** Inputs that were read, or are being read: nothing is left for a second reader. */
const taken = new WeakSet<Input>();

/**
 * Reads standard input to its end, as it is. Throws `UsageError` when it was read before, is not UTF-8, or is too long.
 */
export async function readStandardInput(input: Input): Promise<string> {
  if (taken.has(input)) throw new UsageError('standard input can be read by one option only');
  taken.add(input);
  return decodeText(await collect(input), 'standard input');
}

/**
 * What is piped into the program, to go with what its command line says: '' on a terminal, where there is nothing, and
 * where another option reads it.
 */
export async function pipedInput(input: Input): Promise<string> {
  if (input.isTTY || taken.has(input)) return '';
  taken.add(input);
  return decodeText(await collect(input, isSocket(input) ? SOCKET_PATIENCE : undefined), 'standard input');
}

function isSocket(input: Input): boolean {
  try {
    return 'fd' in input && typeof input.fd === 'number' && fstatSync(input.fd).isSocket();
  } catch {
    return false;
  }
}

function collect(input: Input, patience?: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      input.removeListener('data', onData).removeListener('end', onEnd).removeListener('error', onError);
      // What is still open must not keep the program from ending.
      input.pause();
      outcome();
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks)));
    const onError = (cause: Error): void =>
      settle(() => reject(new UsageError(`can't read standard input: ${cause.message}`, { cause })));
    const onData = (chunk: Buffer | string): void => {
      clearTimeout(timer);
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      size += bytes.length;
      if (size <= MOST_BYTES) return;
      settle(() => reject(new UsageError(`standard input has more than ${MOST_BYTES} bytes: give less`)));
    };
    if (patience !== undefined) timer = setTimeout(onEnd, patience);
    input.on('data', onData).on('end', onEnd).on('error', onError);
  });
}

/** UTF-8 as text. Throws `UsageError` that says what is none. */
export function decodeText(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`${source} is not UTF-8 text`, { cause });
  }
}
