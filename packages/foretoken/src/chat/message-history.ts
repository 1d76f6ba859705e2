import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** Entries that a session can go back to. */
export const HISTORY_LENGTH = 500;

/** What was typed in earlier sessions and in this one, in a file with one JSON string a line that only its user may read. */
export interface MessageHistory {
  /** Newest first. */
  readonly entries: readonly string[];
  add(entry: string): void;
}

/** Reads the history. One that can't be read or written is empty, or ends with the session: no reason not to chat. */
export async function openMessageHistory(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<MessageHistory> {
  const path = historyPath(environment);
  const text = await readFile(path, 'utf8').catch(() => '');
  let writing = Promise.resolve();
  return {
    entries: text.split('\n').flatMap(parseEntry).slice(-HISTORY_LENGTH).reverse(),
    add(entry) {
      const write = async (): Promise<void> => {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await appendFile(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      };
      writing = writing.then(write).catch(() => {});
    },
  };
}

/** `foretoken/chat-history` in `$XDG_STATE_HOME`, else in `~/.local/state`. */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_STATE_HOME: state, HOME: home = homedir() } = environment;
  const folder = state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state');
  return join(folder, 'foretoken', 'chat-history');
}

function parseEntry(line: string): readonly string[] {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'string' ? [entry] : [];
  } catch {
    return [];
  }
}
