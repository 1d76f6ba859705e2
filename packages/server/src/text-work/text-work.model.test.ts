import { loadModelText, type ModelText } from '@foretoken/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL } from '../openai/testing/served-model.js';
import { isShort, perform, type StringTask, type TokensTask } from './text-task.js';
import { TextWork } from './text-work.js';

const signal = new AbortController().signal;
const asker = { tenant: 'a', signal };
const sentence = 'The quick brown fox <|im_end|> jumps over 12 lazy dogs.\n';
const encode = (text: string): TokensTask => ({ kind: 'encode', text, options: { specialTokens: true } });

let text: ModelText;
let work: TextWork;
beforeAll(async () => {
  text = await loadModelText(MODEL);
  work = new TextWork(text, { model: MODEL, cacheDirectory: undefined });
});
afterAll(() => work.close());

describe('a thread for long texts', () => {
  const messages = [{ role: 'user', content: sentence.repeat(400) }];
  const now = new Date(0);

  it.each<TokensTask>([
    encode(sentence.repeat(400)),
    encode('a'.repeat(100_000)),
    { kind: 'conversation', messages, options: { continueFinalMessage: false, maximumTokens: 1e9, now } },
  ])('gives the same tokens', async (task) => {
    expect(isShort(task)).toBe(false);
    expect(await work.perform(task, asker)).toEqual(perform(task, text));
  });

  it.each<StringTask>([
    { kind: 'render', messages, options: { addGenerationPrompt: false, now } },
    { kind: 'decode', tokens: Array.from({ length: 20_000 }, (_, token) => token) },
    {
      kind: 'tool-schemas',
      tools: [
        { type: 'function', function: { name: 'a' } },
        {
          type: 'function',
          function: { name: 'b', parameters: { properties: { x: { pattern: '^[a-z]+$', maxLength: 9 } } } },
        },
        { type: 'function', function: { name: 'c', strict: true, parameters: { not: {} } } },
      ],
    },
  ])('gives the same text', async (task) => {
    expect(isShort(task)).toBe(false);
    expect(await work.perform(task, asker)).toBe(perform(task, text));
  });

  it('throws what the work threw, and goes on', async () => {
    const tooLong = { kind: 'encode', text: 'a b '.repeat(50_000), options: { maximumTokens: 100 } } as const;
    await expect(work.perform(tooLong, asker)).rejects.toMatchObject({ code: 'text-too-long' });
    const refused = { kind: 'render', messages: Array(5_000).fill(messages[0]), options: {} } as const;
    await expect(work.perform(refused, asker)).rejects.toMatchObject({ code: 'chat-template' });
    await expect(work.perform(encode(sentence.repeat(400)), asker)).resolves.toBeInstanceOf(Int32Array);
  });

  it('leaves this thread free', async () => {
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    await work.perform(encode('ab'.repeat(500_000)), asker);
    clearInterval(turning);
    expect(turns).toBeGreaterThan(20);
  });

  it('takes tenants in turns, and no more than some texts of each', async () => {
    const done: string[] = [];
    const ask = async (tenant: string): Promise<void> => {
      await work.perform(encode(sentence.repeat(400)), { tenant, signal });
      done.push(tenant);
    };
    const heavy = Array.from({ length: 17 }, () => ask('heavy'));
    const light = ask('light');
    // One is being worked on, sixteen wait.
    await expect(ask('heavy')).rejects.toMatchObject({ code: 'text-unavailable' });
    await Promise.all([...heavy, light]);
    expect(done.indexOf('light')).toBeLessThanOrEqual(2);
    expect(done).toHaveLength(18);
  });

  it('does not work for those who left before their turn', async () => {
    const leaving = new AbortController();
    const first = work.perform(encode(sentence.repeat(400)), asker);
    const second = work.perform(encode(sentence.repeat(400)), { tenant: 'b', signal: leaving.signal });
    leaving.abort();
    await expect(second).rejects.toMatchObject({ code: 'text-unavailable' });
    await expect(first).resolves.toBeInstanceOf(Int32Array);
  });
});
