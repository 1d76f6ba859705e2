import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ChatMessage } from '@foretoken/core/text';

/** A prompt of the benchmark. */
export interface BenchmarkPrompt {
  /** `category/id`. */
  readonly id: string;
  /** Kind of work: the name of the file it comes from. */
  readonly category: string;
  readonly messages: readonly ChatMessage[];
}

/**
 * Reads every `*.jsonl` of a folder, one prompt a line. Throws an `Error` that names file and line of an invalid
 * prompt.
 */
export async function readPrompts(folder: string): Promise<readonly BenchmarkPrompt[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const categories = files.map((name) => basename(name, '.jsonl')).sort();
  const prompts: BenchmarkPrompt[] = [];
  for (const category of categories) {
    const name = `${category}.jsonl`;
    const lines = (await readFile(join(folder, name), 'utf8')).split('\n');
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '') continue;
      const value: unknown = JSON.parse(line);
      if (!isPrompt(value)) throw new Error(`${name}:${index + 1} is not { id, messages: [{ role, content }] }.`);
      prompts.push({ id: `${category}/${value.id}`, category, messages: value.messages });
    }
  }
  return prompts;
}

function isPrompt(value: unknown): value is { readonly id: string; readonly messages: readonly ChatMessage[] } {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('messages' in value)) return false;
  const { id, messages } = value;
  return typeof id === 'string' && Array.isArray(messages) && messages.length > 0 && messages.every(isMessage);
}

function isMessage(value: unknown): value is ChatMessage {
  if (typeof value !== 'object' || value === null || !('role' in value) || !('content' in value)) return false;
  return typeof value.role === 'string' && typeof value.content === 'string';
}
