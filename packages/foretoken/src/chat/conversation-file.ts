import { readFile, writeFile } from 'node:fs/promises';
import type { ChatMessage } from '@foretoken/core/text';
import { parseMessages } from '../command-line/read-prompts-file.js';
import { UsageError } from '../command-line/usage-error.js';

/** Largest file in bytes that is read: more than any context holds. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Writes a conversation as JSON. Throws `UsageError` when it can't, or when a file is there that is none of a
 * conversation: it is not overwritten.
 */
export async function saveConversation(path: string, messages: readonly ChatMessage[]): Promise<void> {
  const text = `${JSON.stringify({ messages }, undefined, 2)}\n`;
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw failed(`can't write ${path}`, cause);
    await loadConversation(path).catch(() => {
      throw new UsageError(`${path} is there already and is no conversation: choose another name`);
    });
    await writeFile(path, text).catch((error: unknown) => {
      throw failed(`can't write ${path}`, error);
    });
  }
}

/** Reads what `saveConversation` wrote. Throws `UsageError` when it can't. */
export async function loadConversation(path: string): Promise<readonly ChatMessage[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw failed(`can't read ${path}`, cause);
  });
  if (text.length > MOST_BYTES) throw new UsageError(`${path} has more than ${MOST_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw failed(`${path} is not JSON`, cause);
  }
  const messages = typeof value === 'object' && value !== null && 'messages' in value ? value.messages : undefined;
  return parseMessages(messages, path);
}

function failed(what: string, cause: unknown): UsageError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const reason = code === 'ENOENT' ? 'no such file or folder' : (code ?? (cause instanceof Error ? cause.message : ''));
  return new UsageError(`${what}: ${reason}`, { cause });
}
