import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HISTORY_LENGTH, historyPath, openMessageHistory } from './message-history.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foretoken-history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => openMessageHistory({ XDG_STATE_HOME: folder });
const stored = (): string => readFileSync(historyPath({ XDG_STATE_HOME: folder }), 'utf8');

describe('the history of messages', () => {
  it('is there in the next session, newest first, with messages of several lines', async () => {
    const first = await open();
    expect(first.entries).toEqual([]);
    for (const entry of ['one', 'two\nlines', '"drei" €']) first.add(entry);
    await expect.poll(() => stored().match(/\n/g)).toHaveLength(3);
    expect((await open()).entries).toEqual(['"drei" €', 'two\nlines', 'one']);
  });

  it('is for its user alone', async () => {
    (await open()).add('secret');
    await expect.poll(stored).toContain('secret');
    expect(statSync(historyPath({ XDG_STATE_HOME: folder })).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'foretoken')).mode & 0o077).toBe(0);
  });

  it('passes over lines that are no messages, and keeps the newest', async () => {
    (await open()).add('first');
    await expect.poll(stored).toContain('first');
    const many = Array.from({ length: HISTORY_LENGTH }, (_, index) => JSON.stringify(`${index}`));
    const broken = ['{"a": 1}', '"half', '', '7', 'null'];
    writeFileSync(historyPath({ XDG_STATE_HOME: folder }), ['"old"', ...many, ...broken].join('\n'));
    const { entries } = await open();
    expect(entries).toHaveLength(HISTORY_LENGTH);
    expect([entries[0], entries.at(-1)]).toEqual([`${HISTORY_LENGTH - 1}`, '0']);
  });

  it('is empty where its folder can not be made, and keeps nobody from chatting', async () => {
    writeFileSync(join(folder, 'foretoken'), 'a file');
    const history = await open();
    expect(history.entries).toEqual([]);
    expect(() => history.add('x')).not.toThrow();
  });

  it.each([
    [{ XDG_STATE_HOME: '/state', HOME: '/home/me' }, '/state/foretoken/chat-history'],
    [{ XDG_STATE_HOME: 'relative', HOME: '/home/me' }, '/home/me/.local/state/foretoken/chat-history'],
    [{ HOME: '/home/me' }, '/home/me/.local/state/foretoken/chat-history'],
  ])('of %j is %s', (environment, path) => {
    expect(historyPath(environment)).toBe(path);
  });
});
