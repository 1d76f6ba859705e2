import { readFile } from 'node:fs/promises';
import type { ChatMessage } from '@foretoken/core/text';
import type { CommandContext } from './command-context.js';
import { decodeText, readStandardInput } from './read-standard-input.js';
import { UsageError } from './usage-error.js';

export type PromptLine = { readonly id?: string | number } & (
  | { readonly kind: 'prompt'; readonly prompt: string }
  | { readonly kind: 'messages'; readonly messages: readonly ChatMessage[] }
);

/**
 * Reads a JSON Lines file of `{ id?, prompt }` or `{ id?, messages: [{ role, content }] }`. Empty lines are skipped.
 * Every line is checked before the first is used, so a typo in the last line costs no computing.
 * Throws `UsageError` with the line number.
 */
export async function readPromptsFile(path: string, input: CommandContext['stdin']): Promise<readonly PromptLine[]> {
  const text = await readInputFile(path, input);
  const lines: PromptLine[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    lines.push(parseLine(line, `${path}:${index + 1}`));
  }
  if (lines.length === 0) throw new UsageError(`${path} has no prompts: write one JSON object a line`);
  return lines;
}

/**
 * Reads a text file named on the command line as it is; `-` is standard input. Throws `UsageError` when it can't be read
 * or is not UTF-8.
 */
export async function readInputFile(path: string, input: CommandContext['stdin']): Promise<string> {
  if (path === '-') return readStandardInput(input);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new UsageError(`can't read ${path}: ${code === 'ENOENT' ? 'no such file' : (code ?? String(cause))}`, {
      cause,
    });
  }
  return decodeText(bytes, path);
}

function parseLine(line: string, place: string): PromptLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new UsageError(`${place}: not JSON (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
  if (!isRecord(value)) throw new UsageError(`${place}: expected an object with "prompt" or "messages"`);
  const { id, prompt, messages } = value;
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw new UsageError(`${place}: "id" must be a string or a number`);
  }
  if ((prompt === undefined) === (messages === undefined)) {
    throw new UsageError(`${place}: expected either "prompt" or "messages"`);
  }
  const named = id === undefined ? {} : { id };
  if (messages !== undefined) return { ...named, kind: 'messages', messages: parseMessages(messages, place) };
  if (typeof prompt !== 'string' || prompt === '')
    throw new UsageError(`${place}: "prompt" must be a non-empty string`);
  return { ...named, kind: 'prompt', prompt };
}

/** Checks the messages of a conversation. Throws `UsageError` that begins with `place`. */
export function parseMessages(value: unknown, place: string): readonly ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new UsageError(`${place}: "messages" must be a non-empty list`);
  return value.map((message: unknown, index) => {
    if (!isRecord(message) || typeof message.role !== 'string' || typeof message.content !== 'string') {
      throw new UsageError(`${place}: message ${index + 1} must have a "role" and a "content", both strings`);
    }
    return { role: message.role, content: message.content };
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
