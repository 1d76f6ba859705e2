import { loadModelText, type ModelText } from '@foretoken/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalTextEngine, type LocalTextEngine } from './local-text-engine.js';
import { collectText, engineSettings, textRequest } from './testing/requests.js';
import type { TextEvent } from './text-engine.js';

let text: ModelText;
let engine: LocalTextEngine;

beforeAll(async () => {
  text = await loadModelText('smollm2-135m-instruct');
  engine = await createLocalTextEngine(engineSettings({ contextLength: 512, sequences: 4, maxQueue: 4 }));
});

afterAll(() => engine.close());

const ask = (question: string, options: Parameters<typeof textRequest>[2] = {}) => textRequest(text, question, options);

describe('createLocalTextEngine', () => {
  it('knows what it runs', () => {
    expect(engine.state).toBe('ready');
    expect(engine.description).toMatchObject({
      model: 'smollm2-135m-instruct',
      contextLength: 512,
      vocabularySize: 49152,
      draft: 'auto',
      controller: 'auto',
      sequences: 4,
    });
  });

  it('starts, gives tokens whose texts add up, and finishes', async () => {
    const events: TextEvent[] = [];
    for await (const event of engine.submit(ask('Say hello.', { maximumTokens: 12 }))) events.push(event);
    expect(events[0]).toMatchObject({ kind: 'started' });
    expect(events.at(-1)).toMatchObject({ kind: 'finish' });
    const tokens = events.flatMap((event) => (event.kind === 'round' ? event.tokens.map(({ token }) => token) : []));
    const answer = events.map((event) => ('text' in event ? event.text : '')).join('');
    expect(answer).toBe(text.tokenizer.decode(tokens, { skipSpecialTokens: true, continuation: true }));
    expect(answer).toMatch(/\w/);
  });

  it('gives many at once what it gives each alone, whatever guesses are made', async () => {
    const questions = ['Count to five.', 'What is the capital of France?', 'Repeat: red red red blue.', 'Say yes.'];
    const alone: string[] = [];
    for (const question of questions) {
      const request = ask(question, { maximumTokens: 16, speculation: { draft: 'none' } });
      alone.push(await collectText(engine.submit(request)));
    }
    const together = await Promise.all(
      questions.map((question) => collectText(engine.submit(ask(question, { maximumTokens: 16 })))),
    );
    expect(together).toEqual(alone);
  });

  it('gives what a round brought with the view of it', async () => {
    const request = ask('Repeat exactly: one two three one two three one two three', {
      maximumTokens: 24,
      rounds: true,
      speculation: { draft: 'lookup', controller: 'fixed', depth: 4, minimumConfidence: 0 },
    });
    let rounds = 0;
    for await (const event of engine.submit(request)) {
      if (event.kind !== 'round') continue;
      const { tokens, view } = event;
      expect(tokens).toHaveLength(view?.tokens.length ?? 0);
      expect(view?.tree.filter(({ accepted }) => accepted)).toHaveLength(
        tokens.filter(({ origin }) => origin === 'draft').length,
      );
      rounds++;
    }
    expect(rounds).toBeGreaterThan(1);
    const counted = engine.processSnapshot().statistics.totals;
    expect(counted.plans['lookup:4']).toBeGreaterThan(0);
    expect(counted.acceptedTokens).toBeGreaterThan(0);
    expect(counted.acceptedPerDepth.reduce((sum, count) => sum + count, 0)).toBe(counted.acceptedTokens);
  });

  it('ends with an abort of the signal, and frees the place of a consumer that leaves', async () => {
    const controller = new AbortController();
    const kinds: string[] = [];
    let reason: string | undefined;
    for await (const event of engine.submit(ask('Tell a long story.'), controller.signal)) {
      kinds.push(event.kind);
      if (kinds.length === 4) controller.abort();
      if (event.kind === 'finish') reason = event.reason;
    }
    expect(reason).toBe('abort');
    const leaver = engine.submit(ask('Tell a long story.'));
    await leaver.next();
    // Asked for before it leaves: leaving must not wait for the whole answer.
    const asked = leaver.next();
    await leaver.return();
    await asked;
    expect(engine.processSnapshot().statistics).toMatchObject({ running: 0, waiting: 0 });
  });

  it.each([
    [{ sampling: { temperature: -1 } }, 'invalid-argument'],
    [{ sampling: { logitBias: { 49152: 1 } } }, 'invalid-argument'],
    [{ stop: [''] }, 'invalid-argument'],
    [{ maximumTokens: 0 }, 'invalid-argument'],
    [{ topLogprobs: 21 }, 'invalid-argument'],
    [{ speculation: { draft: 'prediction' as const } }, 'invalid-argument'],
    [{ speculation: { depth: 65 } }, 'invalid-argument'],
    [{ speculation: { draft: 'model:other' as const } }, 'draft-unavailable'],
    [{ speculation: { draft: 'early-exit:3' as const } }, 'draft-unavailable'],
    [{ prompt: new Int32Array(512) }, 'prompt-too-long'],
    [{ prompt: Int32Array.of(-1) }, 'invalid-argument'],
    [{ deadline: 1, maximumTokens: 400 }, 'deadline-exceeded'],
  ])('refuses %j', async (options, code) => {
    const events = engine.submit({ ...ask('Tell a long story.'), ...options });
    await expect(collectText(events)).rejects.toMatchObject({ code });
  });

  it('gives what a constraint asks for, with guesses and without, and refuses what is none', async () => {
    const schema = JSON.stringify({
      type: 'object',
      properties: { city: { type: 'string', maxLength: 12 }, old: { type: 'boolean' } },
      required: ['city', 'old'],
      additionalProperties: false,
    });
    const constraint = { kind: 'json-schema', schema } as const;
    const question = 'Describe Rome as JSON with "city" and "old".';
    const answers: string[] = [];
    for (const draft of ['none', 'auto'] as const) {
      const request = ask(question, { constraint, maximumTokens: 64, ignoreEndTokens: true, speculation: { draft } });
      answers.push(await collectText(engine.submit(request)));
    }
    expect(answers[1]).toBe(answers[0]);
    expect(JSON.parse(answers[0]!)).toEqual({ city: expect.any(String), old: expect.any(Boolean) });
    const broken = ask(question, { constraint: { kind: 'regex', pattern: '(' } });
    await expect(collectText(engine.submit(broken))).rejects.toMatchObject({ code: 'invalid-constraint' });
  });

  it('refuses more than may wait, and takes requests again afterwards', async () => {
    const submissions = Array.from({ length: 12 }, () =>
      collectText(engine.submit(ask('Count to ten.', { maximumTokens: 8 }))),
    );
    const results = await Promise.allSettled(submissions);
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(results.length - refused.length).toBe(8);
    for (const error of refused)
      expect(error).toMatchObject({ code: 'queue-full', retryAfterSeconds: expect.any(Number) });
    expect(engine.processSnapshot().statistics.totals.refused).toBe(4);
    expect(await collectText(engine.submit(ask('Count to ten.', { maximumTokens: 8 })))).toMatch(/\w/);
  });

  it('refuses bad settings before it loads anything', async () => {
    const odd = [{ draft: 'magic' as 'auto' }, { controller: 'chance' as 'fixed' }, { depth: 0 }];
    for (const settings of odd) {
      await expect(
        createLocalTextEngine(engineSettings({ model: 'no-such-model', ...settings })),
      ).rejects.toMatchObject({
        code: 'invalid-argument',
      });
    }
  });
});

it('ends what runs when it closes', async () => {
  const closing = await createLocalTextEngine(engineSettings({ contextLength: 256, controller: 'fixed' }));
  const running = collectText(closing.submit(ask('Tell a long story.')));
  const waiting = closing.submit(ask('Say yes.'));
  await waiting.next();
  const closed = closing.close();
  await expect(running).rejects.toMatchObject({ code: 'engine-closed' });
  await closed;
  await closing.close();
  expect(closing.state).toBe('closed');
  await expect(collectText(closing.submit(ask('Say yes.')))).rejects.toMatchObject({ code: 'engine-closed' });
});
