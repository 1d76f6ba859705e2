import { describe, expect, it } from 'vitest';
import type { RoundView } from '../../engine/text-engine.js';
import { AnswerRounds, depthOf } from './answer-rounds.js';

const round = (index: number, tokens: readonly string[], tree: RoundView['tree'] = []): RoundView => ({
  index,
  plan: { kind: 'standard' },
  tree,
  tokens,
  milliseconds: { draft: 0, forward: 0, verify: 0 },
});

describe('AnswerRounds', () => {
  it('tells which round a token came from, also when rounds arrive before earlier tokens', () => {
    const answer = new AnswerRounds();
    answer.addRound(round(0, ['a', 'b']));
    expect(answer.addToken()).toBe(0);
    answer.addRound(round(1, []));
    answer.addRound(round(2, ['c']));
    expect(answer.addToken()).toBe(0);
    expect(answer.addToken()).toBe(2);
    expect(answer.addToken()).toBeUndefined();
    answer.addRound(round(3, ['d']));
    expect(answer.addToken()).toBe(3);
  });

  it('knows the token that a round’s guesses hung off', () => {
    const answer = new AnswerRounds();
    expect(answer.addRound(round(0, ['a', 'b'])).root).toBeUndefined();
    expect(answer.addRound(round(1, ['c'])).root).toBe('b');
  });

  it('counts guesses and tokens', () => {
    const answer = new AnswerRounds();
    const guess = (parent: number, accepted: boolean) => ({ text: 'x', parent, accepted });
    answer.addRound(round(0, ['x', 'y'], [guess(-1, true), guess(0, false), guess(-1, false)]));
    answer.addToken();
    answer.addToken();
    expect(answer.counts).toEqual({ rounds: 1, drafted: 3, accepted: 1, tokens: 2 });
    expect(answer.rounds.map(({ view }) => depthOf(view))).toEqual([2]);
  });
});
