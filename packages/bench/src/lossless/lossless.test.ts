import { createSampler, type Drafter, NO_STATISTICS, type Scores } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { compareAnswers } from './compare-answers.js';
import type { Choice, LosslessRecord, LosslessSample } from './lossless-record.js';
import { losslessFailures, losslessResults, losslessSummary } from './lossless-summary.js';
import { damaged, noise } from './noise-drafter.js';
import { recordChoices } from './recorded-choices.js';

const sure = (token: number): Choice => ({ token, top: [token, 99], margin: 2 });
const close = (token: number, other: number): Choice => ({ token, top: [token, other], margin: 4e-4 });

describe('compareAnswers', () => {
  it('finds equal answers identical', () => {
    expect(compareAnswers([sure(1), sure(2)], [sure(1), close(2, 3)], 'fused')).toEqual({ kind: 'identical' });
  });

  it('takes a difference for a tie only when both runs had the same two tokens in front, closely', () => {
    const tie = compareAnswers([sure(1), close(2, 3), sure(4)], [sure(1), close(3, 2)], 'graph');
    expect(tie).toMatchObject({ kind: 'tie', index: 1, standard: { token: 2 }, speculative: { token: 3 } });
    expect(compareAnswers([sure(2)], [close(3, 2)], 'graph').kind).toBe('mismatch');
    expect(compareAnswers([close(2, 3)], [sure(3)], 'graph').kind).toBe('mismatch');
    expect(compareAnswers([close(2, 4)], [close(3, 2)], 'graph').kind).toBe('mismatch');
  });

  it('knows no tie on the fused operators', () => {
    expect(compareAnswers([close(2, 3)], [close(3, 2)], 'graph').kind).toBe('tie');
    expect(compareAnswers([close(2, 3)], [close(3, 2)], 'fused').kind).toBe('mismatch');
  });

  it('counts an answer that ends early or late as a mismatch', () => {
    expect(compareAnswers([sure(1), sure(2)], [sure(1)], 'fused')).toMatchObject({ kind: 'mismatch', index: 1 });
    expect(compareAnswers([sure(1)], [sure(1), sure(2)], 'fused')).toMatchObject({
      kind: 'mismatch',
      standard: undefined,
    });
  });
});

describe('recordChoices', () => {
  it('reads the rows that the tokens were chosen from, through a tree', () => {
    // Row 0 chooses 5, which node 1 carries; its row 2 chooses 3.
    const rows = [row(8, 5, 2), row(8, 1, 9), row(8, 3, 0.5)];
    const scores: Scores = {
      rows: 3,
      argmax: () => Int32Array.from(rows, (logits) => logits.indexOf(Math.max(...logits))),
      row: (index) => Float32Array.from(rows[index] ?? []),
      topK: (index) => {
        const order = [...(rows[index] ?? [])].map((logit, token) => ({ logit, token }));
        const best = order.sort((a, b) => b.logit - a.logit).slice(0, 2);
        return {
          tokens: Int32Array.from(best, ({ token }) => token),
          logits: Float32Array.from(best, ({ logit }) => logit),
        };
      },
    };
    const verifier = recordChoices(exactMatch());
    const tree = { tokens: Int32Array.of(4, 5), parents: Int32Array.of(-1, -1) };
    expect(verifier.verify({ tree, scores, sampler: createSampler() }).tokens).toEqual([5, 3]);
    expect(verifier.choices).toEqual([
      { token: 5, top: [5, 0], margin: 2 },
      { token: 3, top: [3, 0], margin: 0.5 },
    ]);
  });
});

describe('noise', () => {
  const budget = { depth: 4, width: 3, nodes: 9, minimumConfidence: 0 };
  const propose = async (drafter: Drafter, times: number) => {
    const session = drafter.open(Int32Array.of(3, 4, 5));
    return Promise.all(Array.from({ length: times }, () => session.propose(budget)));
  };

  it('draws trees of many shapes within the budget, the same for the same seed', async () => {
    const drafter = (name: string): Drafter =>
      noise({ shape: 'tree', random: seededRandom(1, name), vocabularySize: 1000 });
    const trees = await propose(drafter('a'), 200);
    expect(await propose(drafter('a'), 200)).toEqual(trees);
    expect(await propose(drafter('b'), 200)).not.toEqual(trees);
    const shapes = new Set(trees.map((tree) => tree?.parents.join()));
    expect(shapes.size).toBeGreaterThan(100);
    for (const tree of trees) {
      const depths: number[] = [];
      tree?.parents.forEach((parent, node) => {
        depths.push(parent < 0 ? 1 : (depths[parent] ?? 0) + 1);
        expect(parent).toBeLessThan(node);
        expect(tree.parents.filter((other) => other === parent).length).toBeLessThanOrEqual(budget.width);
      });
      expect(Math.max(...depths)).toBeLessThanOrEqual(budget.depth);
      expect(depths.length).toBeLessThanOrEqual(budget.nodes);
    }
  });

  it('takes tokens from the text, and from a known answer as far as it got', async () => {
    const fromText = await propose(
      noise({ shape: 'chain', source: 'text', random: seededRandom(1, 'c'), vocabularySize: 1000 }),
      20,
    );
    expect(fromText.flatMap((tree) => [...(tree?.tokens ?? [])]).every((token) => [3, 4, 5].includes(token))).toBe(
      true,
    );
    const known = { answer: Int32Array.of(7, 8, 9, 10, 11), share: 1 };
    const drafter = noise({ shape: 'chain', random: seededRandom(1, 'd'), vocabularySize: 1000, known });
    const session = drafter.open(Int32Array.of(3));
    expect([...((await session.propose(budget))?.tokens ?? [])]).toEqual([7, 8, 9, 10]);
    session.observe(Int32Array.of(7, 8));
    expect([...((await session.propose(budget))?.tokens ?? [])].slice(0, 3)).toEqual([9, 10, 11]);
  });

  it('damages an answer here and there', () => {
    const answer = Array.from({ length: 500 }, (_, i) => i);
    const tokens = [...damaged(answer, seededRandom(1, 'e'), 1000)];
    expect(tokens).not.toEqual(answer);
    expect(tokens.filter((token) => token < 500).length).toBeGreaterThan(400);
  });
});

describe('a record', () => {
  const guessed = { ...NO_STATISTICS, rounds: 4, draftedTokens: 8, acceptedTokens: 4 };
  const sample = (changes: Partial<LosslessSample>): LosslessSample => ({
    prompt: 'code/a',
    configuration: 'lookup-chain',
    outcome: { kind: 'identical' },
    statistics: guessed,
    ...changes,
  });
  const record = (samples: readonly LosslessSample[]): LosslessRecord => ({
    environment: {
      date: '',
      commit: undefined,
      modified: false,
      node: '20',
      machine: { platform: 'linux', arch: 'x64', release: '', processor: '', cores: 2, memory: 1 },
    },
    options: {
      versions: { node: '20', tfjs: '4', tensorflow: '2' },
      model: 'm',
      device: 'cpu',
      executor: 'graph',
      arithmetic: 'exact',
      prompts: 2,
      maximumTokens: 8,
      configurations: ['lookup-chain'],
    },
    seeds: [1],
    samples,
  });
  const tie = compareAnswers([close(2, 3)], [close(3, 2)], 'graph');
  const mismatch = compareAnswers([sure(2)], [sure(3)], 'graph');

  it('is sound when all answers are identical or one prompt parts at a tie', () => {
    const sound = record([sample({}), sample({ prompt: 'code/b', outcome: tie })]);
    expect(losslessFailures(sound)).toEqual([]);
    expect(losslessResults(sound.samples)).toEqual([
      {
        configuration: 'lookup-chain',
        prompts: 2,
        identical: 1,
        ties: 1,
        mismatches: 0,
        statistics: { ...guessed, rounds: 8, draftedTokens: 16, acceptedTokens: 8 },
      },
    ]);
    expect(losslessSummary(sound)).toMatch(/- tie: lookup-chain, code\/b: token 0 is 2 .* 4\.0e-4 apart/);
  });

  it.each([
    ['a mismatch', [sample({ outcome: mismatch })], 'code/a: token 0 is 2'],
    ['too many ties', [sample({ outcome: tie }), sample({ prompt: 'code/b', outcome: tie })], '2 prompts'],
    ['a drafter that never guessed', [sample({ statistics: NO_STATISTICS })], 'guessed nothing'],
    [
      'a drafter that failed',
      [sample({ statistics: { ...guessed, drafterErrors: 3 }, firstError: 'no room' })],
      'failed 3 times, first with: no room',
    ],
  ])('is not with %s', (_, samples, message) => {
    expect(losslessFailures(record(samples)).join()).toContain(message);
    expect(losslessSummary(record(samples))).toContain('WRONG');
  });
});

function row(size: number, token: number, logit: number): Float32Array {
  const logits = new Float32Array(size);
  logits[token] = logit;
  return logits;
}
