import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { AnswerKey } from './answer-key.js';
import type { ServeAnswer, ServeBlock } from './serve-record.js';

let close: () => void = () => {};
afterEach(() => close());

/** A server whose first text comes so many milliseconds after a request as its prompt says, the very first a second late. */
async function serve(): Promise<{ readonly url: string; readonly now: () => number; readonly asked: string[] }> {
  let time = 0;
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    const { content } = JSON.parse(body).messages[0];
    time += (Number.parseFloat(content) || 0) + (asked.length === 0 ? 1000 : 0);
    asked.push(content);
    const chunks = [
      { choices: [{ delta: { content: `answer ${content}` } }] },
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } },
    ];
    response.end(`${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, now: () => time, asked };
}

const prompt = (milliseconds: number): BenchmarkPrompt => ({
  id: `wait/${milliseconds}`,
  category: 'wait',
  messages: [{ role: 'user', content: String(milliseconds) }],
});
const sample = (milliseconds: number, firstText: number): ServeAnswer => ({
  prompt: `wait/${milliseconds}`,
  outcome: {
    kind: 'answered',
    text: `answer ${milliseconds}`,
    finishReason: 'stop',
    promptTokens: 9,
    tokens: 5,
    drafted: 0,
    accepted: 0,
    firstText,
    whole: firstText,
    gaps: [],
  },
});
const block = (answers: readonly ServeAnswer[]): ServeBlock => ({
  load: { kind: 'closed', concurrency: 4 },
  mode: 'on',
  repeat: 0,
  turn: 0,
  milliseconds: 100,
  answers,
});

describe('AnswerKey', () => {
  it('asks a warm server every prompt once, and holds waits against those that it had alone', async () => {
    const { url, now, asked } = await serve();
    const key = new AnswerKey({ maximumTokens: 8, now });
    await key.learn(url, [prompt(30), prompt(600)]);
    expect(asked.slice(1)).toEqual(['30', '600']);
    const { answers } = await key.judge(block([sample(30, 60), sample(600, 660), sample(600, 200)]), []);
    expect(answers.map(({ stretch }) => stretch)).toEqual([2, 1.1, 0.3333]);
    expect(answers.map(({ sameness }) => sameness)).toEqual(['identical', 'identical', 'identical']);
  });

  it('takes no tie for an excuse where there is nobody to prove one', async () => {
    const { url, now } = await serve();
    const key = new AnswerKey({ maximumTokens: 8, now });
    await key.learn(url, [prompt(30)]);
    const other = sample(30, 60);
    const { answers } = await key.judge(
      block([{ ...other, outcome: { ...other.outcome, text: 'answer 3' } as ServeAnswer['outcome'] }]),
      [],
    );
    expect(answers.map(({ sameness }) => sameness)).toEqual(['different']);
  });

  it('has a number for a first text that took no time alone', async () => {
    const { url, now } = await serve();
    const key = new AnswerKey({ maximumTokens: 8, now });
    await key.learn(url, [prompt(0)]);
    const { answers } = await key.judge(block([sample(0, 5), sample(0, 0)]), []);
    expect(answers.map(({ stretch }) => stretch)).toEqual([50, 0]);
  });

  it('says nothing of the wait for an answer that did not come', async () => {
    const { url, now } = await serve();
    const key = new AnswerKey({ maximumTokens: 8, now });
    await key.learn(url, [prompt(30)]);
    const lost: ServeAnswer = { prompt: 'wait/30', outcome: { kind: 'broken', message: 'cut' } };
    expect((await key.judge(block([lost]), [])).answers).toEqual([lost]);
  });
});
