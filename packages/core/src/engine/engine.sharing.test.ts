import { fixed } from '@foretoken/adaptive';
import { createSampler, Engine, type EngineOptions, type RoundOutcome, type RoundSituation } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { noisyDrafter } from '../decoding/testing/drafters.js';
import { plainRequest, plainTokens, readAnswer } from './testing/read-answer.js';
import { RecordingModel } from './testing/recording-model.js';

const text = (length: number, seed = 1): number[] => Array.from({ length }, (_, i) => (i * i + seed * (i % 5)) % 12);

function engineOf(model: RecordingModel, options: Partial<EngineOptions> = {}): Engine {
  return new Engine({ model, verifier: exactMatch(), sequences: 8, ...options });
}

describe('Engine: one forward for all', () => {
  it('decodes all sequences with one forward a round', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model);
    await Promise.all([1, 2, 3, 4].map((token) => readAnswer(engine.submit(plainRequest([token], 20)))));
    expect(model.recorded).toEqual(Array(20).fill({ prefill: [], decode: [1, 1, 1, 1] }));
    expect(engine.statistics().totals).toMatchObject({ forwards: 20, generatedTokens: 80, finished: 4 });
  });

  it('tells controllers what else is in the forward', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model, { prefillTokens: 5 });
    const situations: RoundSituation[] = [];
    const promptTokens: (number | undefined)[] = [];
    const request = plainRequest([1], 10);
    const controller = {
      ...request.controller,
      plan: (situation: RoundSituation) => {
        situations.push(situation);
        return { kind: 'standard' } as const;
      },
      observe: (round: RoundOutcome) => void promptTokens.push(round.promptTokens),
    };
    await Promise.all([
      readAnswer(engine.submit({ ...request, controller })),
      readAnswer(engine.submit(plainRequest(text(11), 30))),
    ]);
    expect(situations.slice(0, 4)).toMatchObject([
      { activeSequences: 2, otherTokens: 5, promptTokens: 5 },
      { activeSequences: 2, otherTokens: 5, promptTokens: 5 },
      { activeSequences: 2, otherTokens: 1, promptTokens: 0 },
      { activeSequences: 2, otherTokens: 1, promptTokens: 0 },
    ]);
    expect(promptTokens.slice(0, 4)).toEqual([5, 5, 0, 0]);
  });
});

describe('Engine: prompts', () => {
  it('reads a long prompt in small pieces while others decode, and in large ones when nobody does', async () => {
    const model = new RecordingModel({ contextLength: 2000 });
    const engine = engineOf(model, { prefillTokens: 10, now: () => 0 });
    const running = engine.submit(plainRequest([1], 30));
    await running.next();
    await running.next();
    await Promise.all([readAnswer(running), readAnswer(engine.submit(plainRequest(text(1200), 1)))]);
    const shared = model.recorded.filter(({ decode }) => decode.length > 0).flatMap(({ prefill }) => prefill);
    expect(new Set(shared)).toEqual(new Set([10]));
    expect(shared.length).toBeGreaterThan(25);
    const undisturbed = model.recorded.filter(({ decode }) => decode.length === 0).flatMap(({ prefill }) => prefill);
    expect(undisturbed.slice(0, 4)).toEqual([16, 64, 256, 512]);
  });

  it('takes some 0.2 s for a piece of a prompt on a slow machine, beside others too', async () => {
    for (const { each, decoding } of [
      { each: 10, decoding: false },
      { each: 10, decoding: true },
      { each: 2, decoding: false },
    ]) {
      const model = new RecordingModel({ contextLength: 2000 });
      let now = 0;
      model.after = (output, inputs) => {
        now += inputs.reduce((sum, { tokens }) => sum + each * tokens.length, 0);
        return output;
      };
      const engine = engineOf(model, { now: () => now });
      const running = decoding ? [readAnswer(engine.submit(plainRequest([1], 200)))] : [];
      await Promise.all([...running, readAnswer(engine.submit(plainRequest(text(1200), 1)))]);
      const pieces = model.recorded.flatMap(({ prefill }) => prefill);
      expect(pieces.reduce((sum, tokens) => sum + tokens, 0)).toBe(1199);
      for (const tokens of pieces) expect(tokens * each).toBeLessThanOrEqual(200);
      expect(Math.max(...pieces) * each).toBeGreaterThan(150);
      await engine.close();
    }
  });

  it('lets a short prompt start before a long one, and the long one go on all the while', async () => {
    const model = new RecordingModel({ contextLength: 600 });
    const engine = engineOf(model, { prefillTokens: 8 });
    const order: string[] = [];
    const long = engine.submit(plainRequest(text(300), 2));
    const running = engine.submit(plainRequest([1], 200));
    await running.next();
    await running.next();
    const ended = (name: string) => (): void => void order.push(name);
    const shorts = [2, 3, 4].map((seed) => engine.submit(plainRequest(text(20, seed), 2)));
    await Promise.all([
      readAnswer(long).then(ended('long')),
      ...shorts.map((short) => readAnswer(short).then(ended('short'))),
      readAnswer(running).then(ended('running')),
    ]);
    expect(order).toEqual(['short', 'short', 'short', 'long', 'running']);
  });

  it('reads a prompt that several requests have at once only once', async () => {
    const model = new RecordingModel();
    const prompt = text(100);
    const expected = await plainTokens(new RecordingModel(), prompt, 10);
    const engine = engineOf(model, { sequences: 4 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => readAnswer(engine.submit(plainRequest(prompt, 10)))));
    expect(answers.map(({ tokens }) => tokens)).toEqual(Array(4).fill(expected));
    expect(answers.map(({ reusedPromptTokens }) => reusedPromptTokens)).toEqual([0, 99, 99, 99]);
    expect(model.prefilledTokens).toBe(99);
    await engine.close();
    expect(model.openSequences).toBe(0);
  });

  it('takes the longest beginning that the cache holds, of running requests and of those that are over', async () => {
    const model = new RecordingModel({ slots: 3 });
    const engine = engineOf(model, { sequences: 3 });
    const system = text(60);
    const first = [...system, ...text(20, 2)];
    const answered = await readAnswer(engine.submit(plainRequest(first, 10)));
    const next = [...first, ...answered.tokens, 3, 4, 5];
    // The last token of an answer was never scored.
    expect((await readAnswer(engine.submit(plainRequest(next, 5)))).reusedPromptTokens).toBe(89);
    const other = [...system, 11, ...text(30, 3)];
    const running = engine.submit(plainRequest(other, 30));
    await running.next();
    await running.next();
    const third = await readAnswer(engine.submit(plainRequest([...other.slice(0, 80), 1], 5)));
    expect(third.reusedPromptTokens).toBe(80);
    expect(third.tokens).toEqual(await plainTokens(new RecordingModel(), [...other.slice(0, 80), 1], 5));
    await readAnswer(running);
    // The conversation is still there beside the two.
    expect((await readAnswer(engine.submit(plainRequest([...next, 1], 5)))).reusedPromptTokens).toBeGreaterThan(60);
    expect((await readAnswer(engine.submit(plainRequest(text(15), 5)))).reusedPromptTokens).toBe(0);
    await engine.close();
    expect(model.openSequences).toBe(0);
  });
});

describe('Engine: scopes', () => {
  it('shares no beginning between scopes: of requests that are over, that run, and that are just being read', async () => {
    const model = new RecordingModel();
    const prompt = text(100);
    const expected = await plainTokens(new RecordingModel(), prompt, 10);
    const engine = engineOf(model);
    const ask = (prefixScope?: string): ReturnType<typeof readAnswer> =>
      readAnswer(engine.submit({ ...plainRequest(prompt, 10), ...(prefixScope === undefined ? {} : { prefixScope }) }));
    const together = await Promise.all([ask('a'), ask('a'), ask('b'), ask()]);
    expect(together.map(({ reusedPromptTokens }) => reusedPromptTokens)).toEqual([0, 99, 0, 0]);
    const later = [await ask('c'), await ask('b'), await ask('')];
    expect(later.map(({ reusedPromptTokens }) => reusedPromptTokens)).toEqual([0, 99, 99]);
    for (const { tokens } of [...together, ...later]) expect(tokens).toEqual(expected);
    await engine.close();
    expect(model.openSequences).toBe(0);
  });
});

describe('Engine: what is left in the cache', () => {
  it('makes room by what was left longest ago, and copies what is worth more than that', async () => {
    const model = new RecordingModel({ slots: 2 });
    const engine = engineOf(model, { sequences: 2 });
    const system = text(40);
    const reuse = async (prompt: readonly number[]): Promise<number | undefined> =>
      (await readAnswer(engine.submit(plainRequest(prompt, 2)))).reusedPromptTokens;
    const first = [...system, ...text(30, 2)];
    expect(await reuse(text(50, 4))).toBe(0);
    expect(await reuse(first)).toBe(0);
    // Both slots are taken: the older one goes, and the first conversation is still whole beside its copy.
    expect(await reuse([...system, 11, ...text(30, 3)])).toBe(40);
    expect(await reuse([...first, 5])).toBe(70);
    expect(await reuse(text(50, 4))).toBe(0);
    await engine.close();
    expect(model.openSequences).toBe(0);
  });
});

describe('Engine: a KV cache that runs short', () => {
  const prompts = [1, 2, 3, 4, 5, 6].map((seed) => text(8, seed));

  it('preempts the newest and lets it go on where it was, until all are answered', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model, { kvTokens: 110, sequences: 6 });
    const order: number[] = [];
    const answers = await Promise.all(
      prompts.map(async (prompt, index) => {
        const answer = await readAnswer(engine.submit(plainRequest(prompt, 100)));
        order.push(index);
        return answer;
      }),
    );
    for (const [index, { tokens, reason }] of answers.entries()) {
      expect(reason).toBe('length');
      expect(tokens).toEqual(await plainTokens(new RecordingModel(), prompts[index] ?? [], 100));
    }
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(engine.statistics().totals.preemptions).toBeGreaterThan(5);
    await engine.close();
    expect(model.openSequences).toBe(0);
  });

  it('gives up guesses before it preempts anybody, and never has more in the cache than it may', async () => {
    const model = new RecordingModel();
    const drafters = [1, 2].map(() => noisyDrafter(model, ['chain'], [1]));
    let most = 0;
    const engine = engineOf(model, { kvTokens: 100, sequences: 2 });
    model.before = () => {
      most = Math.max(most, engine.statistics().kvTokens);
    };
    const answers = await Promise.all(
      drafters.map((drafter, index) =>
        readAnswer(
          engine.submit({
            ...plainRequest(text(10, index), 40),
            sampler: createSampler(),
            drafters: [drafter],
            controller: fixed({ drafter: 'noisy', depth: 8 }),
          }),
        ),
      ),
    );
    expect(engine.statistics().totals.preemptions).toBe(0);
    expect(answers.some(({ rounds }) => rounds.some(({ drafted }) => drafted === 8))).toBe(true);
    expect(most).toBeLessThanOrEqual(100);

    const tight = engineOf(model, { kvTokens: 60, sequences: 2 });
    const tightly = await Promise.all(
      drafters.map((drafter, index) =>
        readAnswer(
          tight.submit({
            ...plainRequest(text(10, index), 40),
            drafters: [drafter],
            controller: fixed({ drafter: 'noisy', depth: 8 }),
          }),
        ),
      ),
    );
    expect(tightly.flatMap(({ rounds }) => rounds.map(({ fallback }) => fallback))).toContain('kv-capacity');
  });

  it('refuses at once what could never fit, and holds one request to what there is', async () => {
    const engine = engineOf(new RecordingModel(), { kvTokens: 50 });
    expect(() => engine.submit(plainRequest(text(50), 1))).toThrow(
      expect.objectContaining({ code: 'prompt-too-long' }),
    );
    const { tokens, reason } = await readAnswer(engine.submit(plainRequest(text(10), 1000)));
    expect([tokens.length, reason]).toEqual([40, 'length']);
  });
});
