import type { DecodingRound, EngineEvent, TokenId } from '@foretoken/core';
import { expect, it } from 'vitest';
import type { RoundView, TextEvent } from './text-engine.js';
import { TextEvents } from './text-events.js';

const round = (
  emitted: number,
  drafted: number,
  plan: DecodingRound['plan'] = { kind: 'standard' },
): DecodingRound => ({
  index: 0,
  root: 0 as TokenId,
  tree: undefined,
  sources: [],
  path: [],
  tokens: [],
  plan,
  drafted,
  accepted: emitted - 1,
  emitted,
  perDepth: Array.from({ length: drafted }, (_, depth) => ({ drafted: 1, accepted: depth < emitted - 1 })),
  milliseconds: { draft: 1, forward: 10, verify: 2 },
  activeSequences: 1,
  contextLength: 1,
});
const token = (index: number): EngineEvent => ({
  kind: 'token',
  token: 7 as TokenId,
  index,
  text: 'x',
  origin: 'target',
});
const finish = { kind: 'finish', reason: 'stop', text: '', statistics: {} } as EngineEvent;

it('gives what a round brought in one batch, after its view, also when several rounds are unread', async () => {
  const views = new Map<DecodingRound, RoundView>();
  const events = new TextEvents((of) => {
    const view: RoundView = {
      index: views.size,
      plan: { kind: 'standard' },
      tree: [],
      tokens: [],
      milliseconds: of.milliseconds,
    };
    views.set(of, view);
    return view;
  });
  async function* engine(): AsyncGenerator<EngineEvent> {
    events.round(round(3, 2));
    events.round(round(1, 0));
    // The last round is cut short by an abort.
    events.round(round(5, 4));
    for (const index of [0, 1, 2, 3, 4, 5]) yield token(index);
    yield finish;
  }
  const batches: (readonly TextEvent[])[] = [];
  for await (const batch of events.batches(engine())) batches.push(batch);
  expect(batches.map((batch) => batch.map(({ kind }) => kind).join(' '))).toEqual([
    'round token token token',
    'round token',
    'round token token finish',
  ]);
});
