import { fixed, standard } from '@foretoken/adaptive';
import {
  createSampler,
  type DecodingRound,
  type DecodingStatistics,
  type Drafter,
  DrafterTimeoutError,
  type DraftTarget,
  Engine,
  InvalidArgumentError,
  type ScoredRound,
  type TokenId,
} from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { OneAtATime, type OneAtATimeOptions } from '../engine/testing/one-at-a-time.js';
import { noisyDrafter, readingAhead, readingDrafter } from './testing/drafters.js';
import { TokenListModel } from './testing/token-list-model.js';

const newModel = (): TokenListModel => new TokenListModel({ vocabularySize: 10, contextLength: 64 });
const prompt = Int32Array.of(1, 2, 3);

async function watch(
  options: Partial<OneAtATimeOptions> & Pick<OneAtATimeOptions, 'model'>,
  maximumTokens = 30,
): Promise<{ rounds: DecodingRound[]; tokens: TokenId[]; statistics: DecodingStatistics }> {
  const controller = () => fixed({ drafter: 'noisy', depth: 4, width: 2, nodes: 8 });
  const decoder = new OneAtATime({ verifier: exactMatch(), controller, ...options });
  const rounds: DecodingRound[] = [];
  const tokens: TokenId[] = [];
  for await (const event of decoder.generate({ prompt, maximumTokens, sampler: createSampler() })) {
    if (event.kind === 'round') {
      rounds.push(event.round);
      tokens.push(...event.tokens.map(({ token }) => token));
    } else return { rounds, tokens, statistics: event.statistics };
  }
  throw new Error('no finish');
}

describe('One sequence: rounds', () => {
  it('shows every round to whoever watches, and adds them up', async () => {
    const model = newModel();
    const drafter = noisyDrafter(model, ['tree', 'nothing', 'chain'], [3, 1, 4, 1, 5, 9, 2, 6]);
    const { rounds, tokens, statistics } = await watch({ model, drafters: [drafter] });
    let last: number = prompt[2] ?? -1;
    for (const [index, { index: own, root, tree, path, tokens: emitted, accepted, drafted }] of rounds.entries()) {
      expect([own, root, drafted, accepted]).toEqual([index, last, tree?.tokens.length ?? 0, path.length]);
      expect(path.map((node) => tree?.tokens[node])).toEqual(emitted.slice(0, accepted));
      last = emitted.at(-1) ?? -1;
    }
    expect(rounds.flatMap((round) => round.tokens)).toEqual(tokens);
    const sum = (of: (round: DecodingRound) => number): number => rounds.reduce((total, round) => total + of(round), 0);
    const deepest = Math.max(...rounds.map(({ perDepth }) => perDepth.length));
    const acceptedPerDepth = Array.from({ length: deepest }, (_, depth) =>
      sum((round) => (round.accepted > depth ? 1 : 0)),
    );
    expect(acceptedPerDepth.length).toBeGreaterThan(1);
    const plans = rounds.map(({ plan }) => (plan.kind === 'standard' ? 'standard' : plan.depth));
    expect(statistics).toMatchObject({
      rounds: rounds.length,
      standardRounds: rounds.filter((round) => round.tree === undefined).length,
      fallbacks: {},
      planChanges: plans.filter((plan, index) => index > 0 && plan !== plans[index - 1]).length,
      acceptedPerDepth,
      byDrafter: {
        noisy: {
          rounds: rounds.filter((round) => round.tree !== undefined).length,
          draftedTokens: sum((round) => round.drafted),
          acceptedTokens: sum((round) => round.accepted),
        },
      },
    });
  });

  it('lets a drafter read ahead in pieces, as a part of the prefill', async () => {
    const model = newModel();
    let at = 0;
    const drafter = readingDrafter(noisyDrafter(model, ['chain'], [1]), 40);
    const controller = readingAhead(fixed({ drafter: 'noisy', depth: 4 }), 'noisy');
    const { statistics } = await watch({ model, drafters: [drafter], controller: () => controller, now: () => at++ });
    expect(drafter.pieces.length).toBeGreaterThan(1);
    const [cost] = controller.costs;
    expect(controller.costs).toHaveLength(1);
    expect(cost?.tokens).toBe(40);
    expect(statistics.milliseconds.prefill).toBeGreaterThanOrEqual(cost?.milliseconds ?? 0);
    expect(statistics.drafterErrors).toBe(0);
  });

  it('goes on without a drafter that fails while it reads ahead', async () => {
    const model = newModel();
    const noisy = noisyDrafter(model, ['chain'], [1]);
    const read = (): Promise<never> => Promise.reject(new Error('unreadable'));
    const drafter: Drafter = { name: 'noisy', open: (tokens, target) => ({ ...noisy.open(tokens, target), read }) };
    const controller = readingAhead(fixed({ drafter: 'noisy', depth: 4 }), 'noisy');
    const { tokens, statistics } = await watch({ model, drafters: [drafter], controller: () => controller });
    expect(tokens).toEqual((await watch({ model: newModel(), controller: () => standard() })).tokens);
    expect(controller.costs).toHaveLength(0);
    expect(statistics.drafterErrors).toBe(1);
    expect(noisy.openSessions()).toBe(0);
  });

  it('counts as drafting what drafters take, and not what the plan takes', async () => {
    const model = newModel();
    let at = 0;
    const noisy = noisyDrafter(model, ['chain'], [1]);
    const drafter: Drafter = {
      name: 'noisy',
      open: (tokens, target) => {
        const session = noisy.open(tokens, target);
        const propose = (...budget: Parameters<typeof session.propose>): ReturnType<typeof session.propose> => {
          at += 3;
          return session.propose(...budget);
        };
        const observe = (...round: Parameters<typeof session.observe>): void => {
          at += 2;
          session.observe(...round);
        };
        return { propose, observe, close: () => session.close() };
      },
    };
    const { plan, ...rest } = fixed({ drafter: 'noisy', depth: 2 });
    const controller = () => ({
      ...rest,
      plan: (...situation: Parameters<typeof plan>) => {
        at += 100;
        return plan(...situation);
      },
      observe: () => {},
    });
    const { rounds } = await watch({ model, drafters: [drafter], controller, now: () => at });
    const asked = rounds.filter((round) => round.plan.kind === 'speculate');
    expect(asked.length).toBeGreaterThan(3);
    for (const { milliseconds } of asked) expect(milliseconds.draft).toBe(5);
  });

  it('lets a drafter see the target sequence and what each forward showed, other drafters’ guesses too', async () => {
    const model = newModel();
    const seen: ScoredRound[] = [];
    const best: number[] = [];
    let target: DraftTarget | undefined;
    const watcher: Drafter = {
      name: 'watcher',
      open: (_, at) => {
        target = at;
        return {
          propose: async () => undefined,
          observe: (_accepted, round) => {
            if (round === undefined) throw new Error('no round');
            seen.push(round);
            best.push(round.scores.argmax()[0] ?? -1);
          },
          close: () => {},
        };
      },
    };
    const drafter = noisyDrafter(model, ['chain'], [1, 2, 3]);
    let turn = 0;
    const plans = [fixed({ drafter: 'watcher', depth: 2 }), fixed({ drafter: 'noisy', depth: 3 })] as const;
    const controller = () => ({
      ...standard(),
      plan: (situation: never) => (plans[turn++ % 2] ?? plans[0]).plan(situation),
    });
    const { rounds } = await watch({ model, drafters: [watcher, drafter], controller });
    expect(seen.map(({ root, tree, path }) => ({ root, tree, path }))).toEqual(
      rounds.map(({ root, tree, path }) => ({ root, tree, path })),
    );
    expect(best).toEqual(rounds.map((round) => round.tokens[0]));
    expect(target?.sequence).toBeDefined();
  });

  it('shows each round its own guesses, also where a drafter writes all into one array', async () => {
    const tokens = new Int32Array(1);
    const drafter: Drafter = {
      name: 'noisy',
      open: () => ({
        propose: async () => {
          tokens[0] = (tokens[0]! + 1) % 10;
          return { tokens, parents: Int32Array.of(-1) };
        },
        observe: () => {},
        close: () => {},
      }),
    };
    const { rounds } = await watch({ model: newModel(), drafters: [drafter] }, 6);
    expect(rounds.slice(0, 3).map(({ tree }) => tree?.tokens[0])).toEqual([1, 2, 3]);
  });

  it('gives up on a drafter that takes too long, once, and lets it rest', async () => {
    const model = newModel();
    const reports: unknown[] = [];
    let [closed, asked] = [0, 0];
    const drafter: Drafter = {
      name: 'noisy',
      open: () => ({
        propose: () => {
          asked++;
          return new Promise((_, reject) => setTimeout(() => reject(new Error('too late to matter')), 30));
        },
        observe: () => {},
        close: () => void closed++,
      }),
    };
    const onDrafterError = (error: unknown): void => void reports.push(error);
    const { rounds, tokens, statistics } = await watch({
      model,
      drafters: [drafter],
      drafterTimeout: 2,
      onDrafterError,
    });
    expect(tokens).toEqual((await watch({ model, controller: standard })).tokens);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toBeInstanceOf(DrafterTimeoutError);
    expect(rounds.slice(0, 5).map((round) => round.fallback)).toEqual([
      'drafter-timeout',
      'drafter-resting',
      'drafter-resting',
      'drafter-timeout',
      'drafter-resting',
    ]);
    expect([asked, closed]).toEqual([4, 4]);
    expect(statistics).toMatchObject({ fallbacks: { 'drafter-timeout': 4, 'drafter-resting': 25 }, drafterErrors: 4 });
    expect(() => new Engine({ model, verifier: exactMatch(), sequences: 1, drafterTimeout: 0 })).toThrow(
      InvalidArgumentError,
    );
  });

  it('cuts a tree that the cache has no room for, and goes on without any when not even one guess fits', async () => {
    for (const [forwardTokens, most] of [
      [3, 2],
      [1, 0],
    ] as const) {
      const model = new TokenListModel({ vocabularySize: 10, contextLength: 64, forwardTokens });
      const drafter = noisyDrafter(model, ['chain'], [1]);
      const decoder = { model, drafters: [drafter], controller: () => fixed({ drafter: 'noisy', depth: 8 }) };
      const request = { prompt: Int32Array.of(1), maximumTokens: 20, sampler: createSampler() };
      const rounds: DecodingRound[] = [];
      for await (const event of new OneAtATime({ ...decoder, verifier: exactMatch() }).generate(request)) {
        if (event.kind === 'round') rounds.push(event.round);
        if (event.kind === 'finish') expect(event.statistics).toMatchObject({ drafterErrors: 0, generatedTokens: 20 });
      }
      expect(rounds[0]?.fallback).toBe('kv-capacity');
      expect(Math.max(...rounds.map((round) => round.drafted))).toBe(most);
    }
  });
});
