import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, type ChatState } from './chat-commands.js';

const system = { role: 'system', content: 'Be kind.' };
const user = { role: 'user', content: 'Hi' };
const state: ChatState = { messages: [system, user], generation: { maxTokens: 16, draft: 'auto' } };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-chat-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function stateAfter(text: string, before = state): Promise<ChatState> {
  const action = await act(text, before);
  if (action.kind !== 'done') throw new Error(`${text} was not carried out: ${action.kind}`);
  return action.state;
}

describe('commands of a conversation', () => {
  it.each(['Hi', ' a /help b', '/etc/passwd\nwhat is this file?', '"/help"'])('%j is to be answered', async (text) => {
    expect(await act(text, state)).toEqual({ kind: 'ask', content: text });
  });

  it('sends a text that begins with a slash', async () => {
    expect(await act('//etc/passwd?', state)).toEqual({ kind: 'ask', content: '/etc/passwd?' });
  });

  it.each(['/exit', '/quit', '/bye', '  /exit  '])('%j leaves', async (text) => {
    expect(await act(text, state)).toEqual({ kind: 'leave' });
  });

  it.each(['/clear', '/reset', '/new'])('%s forgets all but the instructions', async (text) => {
    expect((await stateAfter(text)).messages).toEqual([system]);
  });

  it('/help names every command', async () => {
    const action = await act('/help', state);
    for (const name of ['/clear', '/set', '/save', '/load', '/exit', '"""', 'Ctrl-C']) {
      expect(action).toMatchObject({ note: expect.stringContaining(name) });
    }
  });

  it('/set reads values as the flags do, and takes them back', async () => {
    const changed = await stateAfter('/set temperature 0.7');
    expect(changed.generation).toEqual({ ...state.generation, temperature: 0.7 });
    expect((await stateAfter('/set max-tokens 99')).generation.maxTokens).toBe(99);
    expect((await stateAfter('/set min-confidence 0')).generation.minimumConfidence).toBe(0);
    expect((await stateAfter('/set stop a b')).generation.stop).toEqual(['a b']);
    expect((await stateAfter('/set draft lookup')).generation.draft).toBe('lookup');
    expect((await stateAfter('/set temperature default', changed)).generation).toEqual(state.generation);
    const shown = await act('/set', changed);
    expect(shown).toMatchObject({ note: expect.stringMatching(/temperature +0\.7[\s\S]*seed +default[\s\S]*Be kind/) });
  });

  it('/set system replaces the instructions', async () => {
    const other = { role: 'system', content: 'Be brief, please.' };
    expect((await stateAfter('/set system Be brief, please.')).messages).toEqual([other, user]);
    expect((await stateAfter('/set system')).messages).toEqual([user]);
  });

  it.each([
    ['/dance', 'there is no command /dance'],
    ['/constructor', 'there is no command'],
    ['/set tempo 3', 'there is no setting "tempo"'],
    ['/set toString 3', 'there is no setting'],
    ['/set temperature', 'give a value for temperature'],
    ['/set temperature hot', 'It must be a number, 0 or more.'],
    ['/set max-tokens 0', 'It must be a whole number, 1 or more.'],
    ['/set draft magic', 'It must be auto, none'],
    ['/save', 'name a file'],
    ['/save /no/such/folder/file', "can't write /no/such/folder/file: no such file or folder"],
    ['/load /no/such/file', "can't read /no/such/file: no such file or folder"],
  ])('%s is refused', async (text, message) => {
    await expect(act(text, state)).rejects.toThrow(message);
  });

  it('/save and /load keep a conversation, and overwrite nothing else', async () => {
    const path = join(folder, 'talk.json');
    await stateAfter(`/save ${path}`);
    await stateAfter(`/save ${path}`);
    expect(await stateAfter(`/load ${path}`, { ...state, messages: [] })).toEqual(state);
    const other = join(folder, 'thesis.txt');
    await writeFile(other, 'years of work');
    await expect(act(`/save ${other}`, state)).rejects.toThrow('is there already and is no conversation');
    expect(await readFile(other, 'utf8')).toBe('years of work');
    await expect(act(`/load ${other}`, state)).rejects.toThrow('is not JSON');
    for (const content of ['{}', '{"messages": []}', '{"messages": [{"role": 1}]}', 'null']) {
      await writeFile(other, content);
      await expect(act(`/load ${other}`, state)).rejects.toThrow('message');
    }
  });
});
