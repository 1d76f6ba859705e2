import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ChatMessage,
  type ControllerName,
  collectGeneration,
  createDecoder,
  type Decoder,
  type DecodingRound,
  type DraftMode,
  DraftUnavailableError,
  type GenerationEvent,
} from '../index.js';

const messages: readonly ChatMessage[] = [{ role: 'user', content: 'Say hello.' }];

let decoder: Decoder;

beforeAll(async () => {
  decoder = await createDecoder({ contextLength: 256 });
});

afterAll(() => decoder.close());

describe('createDecoder', () => {
  it('streams one event a round and then the counters', async () => {
    const kinds: string[] = [];
    let text = '';
    for await (const event of decoder.chat(messages, { maxTokens: 8 })) {
      kinds.push(event.kind);
      text += event.text;
    }
    expect(kinds.slice(0, -1).every((kind) => kind === 'round')).toBe(true);
    expect(kinds.at(-1)).toBe('finish');
    expect(text).toMatch(/\w/);
  });

  it('chat is generate of what encode gives', async () => {
    const promptTokens = decoder.encode(messages);
    const collect = (events: ReturnType<Decoder['chat']>) =>
      collectGeneration({ events, promptTokens, device: decoder.device, speculative: false });
    const [chat, raw] = [
      await collect(decoder.chat(messages, { maxTokens: 8 })),
      await collect(decoder.generate(promptTokens, { maxTokens: 8 })),
    ];
    expect(raw.tokens).toEqual(chat.tokens);
    expect(chat.promptTokens).toEqual([...promptTokens]);
  });

  it('lets a second generation wait until the first has ended, however it ends', async () => {
    const first = decoder.generate('One, two,', { maxTokens: 8 })[Symbol.asyncIterator]();
    await first.next();
    const second = decoder.complete('Three,', { maxTokens: 2 });
    expect((await second).tokens).toHaveLength(2);
    expect((await first.next()).value).toMatchObject({ kind: 'round', round: { index: 1 } });
    await first.return?.();
    const third = decoder.generate('Three,', { maxTokens: 2 })[Symbol.asyncIterator]();
    expect((await third.next()).value).toMatchObject({ kind: 'round', round: { index: 0 } });
    await third.return?.();
  });

  it('a timer is heard while it generates', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const result = await collectGeneration({
      events: decoder.generate('The history of Rome begins with', { maxTokens: 200, signal: controller.signal }),
      promptTokens: Int32Array.of(),
      device: decoder.device,
      speculative: true,
    });
    expect(result.finishReason).toBe('abort');
  });

  it.each([
    [{ maxTokens: 0 }, 'invalid-argument'],
    [{ temperature: -1 }, 'invalid-argument'],
    [{ depth: 65 }, 'invalid-argument'],
    [{ depth: 1.5 }, 'invalid-argument'],
    [{ stop: [''] }, 'invalid-argument'],
    [{ draft: 'magic' as DraftMode }, 'invalid-argument'],
    [{ draft: 'prediction' as const }, 'invalid-argument'],
    [{ draft: 'prediction' as const, prediction: '' }, 'invalid-argument'],
    [{ controller: 'chance' as ControllerName }, 'invalid-argument'],
    [{ minimumConfidence: 1.5 }, 'invalid-argument'],
    [{ draft: 'model:other' as const }, 'draft-unavailable'],
    [{ draft: 'early-exit:3' as const }, 'draft-unavailable'],
  ])('refuses %j', (options, code) => {
    expect(() => decoder.generate('a', options)).toThrow(expect.objectContaining({ code }));
  });

  it('guesses what is expected, and tells of every round', async () => {
    const request = 'Repeat exactly: the quick brown fox jumps over the lazy dog.';
    const question = [{ role: 'user', content: request }] as const;
    const run = async (options: Parameters<Decoder['chat']>[1]) => {
      const rounds: DecodingRound[] = [];
      const onEvent = (event: GenerationEvent): void => {
        if (event.kind === 'round') rounds.push(event.round);
      };
      const events = decoder.chat(question, { maxTokens: 24, ...options });
      const answer = { events, promptTokens: decoder.encode(question), device: '', speculative: true };
      return { rounds, result: await collectGeneration({ ...answer, onEvent }) };
    };
    const standard = await run({ draft: 'none' });
    const expected = { draft: 'prediction', controller: 'fixed', depth: 8, prediction: standard.result.text } as const;
    const predicted = await run(expected);
    expect(predicted.result.tokens).toEqual(standard.result.tokens);
    expect(predicted.rounds.length).toBeLessThan(standard.rounds.length / 3);
    expect(predicted.rounds.flatMap(({ tokens }) => tokens)).toEqual(predicted.result.tokens);
    expect(predicted.result.speculation?.byDrafter).toMatchObject({ prediction: { rounds: expect.any(Number) } });
  });

  it('refuses a prompt that leaves no room, and goes on', async () => {
    expect(() => decoder.generate('word '.repeat(300))).toThrow(expect.objectContaining({ code: 'prompt-too-long' }));
    const events = decoder.generate('a', { maxTokens: 1 })[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ kind: 'round' });
    await events.return?.();
  });

  it('drafts by the same model, rounded to 4 bits, and by the first layers, which are seldom right, and says the same', async () => {
    const prompt = 'The capital of France is';
    const answer = async (from: Decoder, draft: DraftMode) =>
      collectGeneration({
        events: from.generate(prompt, { maxTokens: 24, draft, controller: 'fixed', depth: 3, minimumConfidence: 0 }),
        promptTokens: from.encode(prompt),
        device: from.device,
        speculative: true,
      });
    const standard = await answer(decoder, 'none');
    const draft = 'model:smollm2-135m-instruct';
    const drafted = await createDecoder({ contextLength: 256, draft, calibrate: false });
    const byModel = await answer(drafted, draft);
    expect(() => drafted.generate(prompt, { draft: 'early-exit:10' })).toThrow(DraftUnavailableError);
    drafted.close();
    expect(byModel.tokens).toEqual(standard.tokens);
    const { acceptanceRate = 0, rounds = 24, byDrafter } = byModel.speculation ?? {};
    expect(acceptanceRate).toBeGreaterThan(0.2);
    expect(rounds).toBeLessThan(16);
    expect(byDrafter).toMatchObject({ model: { rounds: expect.any(Number) } });

    const exiting = await createDecoder({ contextLength: 256, draft: 'early-exit:20', calibrate: false });
    const byLayers = await answer(exiting, 'early-exit:20');
    exiting.close();
    expect(byLayers.tokens).toEqual(standard.tokens);
    expect(byLayers.speculation?.byDrafter['early-exit']?.drafted).toBeGreaterThan(20);
    expect(byLayers.speculation?.fallbacks).toBe(0);
  });

  it('refuses bad options before loading anything', async () => {
    await expect(createDecoder({ model: 'no-such-model' })).rejects.toMatchObject({ code: 'unknown-model' });
    const odd = [{ depth: 0 }, { draft: 'model:' }, { controller: 'chance' as ControllerName }] as const;
    for (const options of odd) {
      await expect(createDecoder({ model: 'no-such-model', ...options })).rejects.toMatchObject({
        code: 'invalid-argument',
      });
    }
  });
});
