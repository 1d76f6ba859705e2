import { describe, expect, it } from 'vitest';
import { type Candidate, decide } from './plan-search.js';

const draft = (depth: number, tokens: number, milliseconds: number): Candidate => ({
  drafter: 'a',
  width: 1,
  depth,
  minimumConfidence: 0,
  tokens,
  milliseconds,
});
const calm = { dwell: 16, hysteresis: 0.04 };
const present = draft(4, 2, 1.2);

describe('decide', () => {
  it('stays for a gain within the hysteresis, however long, and moves for one beyond it', () => {
    const choice = { standard: 1, present, rounds: 1000 };
    expect(decide({ ...choice, candidates: [present, draft(6, 2.06, 1.2)] }, calm)).toEqual({ kind: 'stay' });
    const better = draft(6, 2.2, 1.2);
    expect(decide({ ...choice, candidates: [present, better] }, calm)).toMatchObject({ kind: 'move', to: better });
  });

  it('stays for the dwell, unless the plan loses against standard or a large gain is to be had', () => {
    const candidates = [present, draft(6, 2.2, 1.2)];
    expect(decide({ standard: 1, present, rounds: 15, candidates }, calm)).toEqual({ kind: 'stay' });
    expect(decide({ standard: 1, present, rounds: 16, candidates }, calm).kind).toBe('move');
    const losing = draft(4, 1.1, 1.2);
    const lost = { standard: 1, present: losing, candidates: [losing] };
    expect(decide({ ...lost, rounds: 2 }, calm)).toEqual({ kind: 'stay' });
    expect(decide({ ...lost, rounds: 3 }, calm)).toEqual({ kind: 'move', to: undefined, contentChanged: true });
    const large = [present, draft(6, 3, 1.2)];
    expect(decide({ standard: 1, present, rounds: 5, candidates: large }, calm).kind).toBe('move');
  });

  it('asks a harmless drafter in place of nobody', () => {
    const harmless = draft(1, 1, 1.005);
    const choice = { standard: 1, present: undefined, rounds: 100 };
    expect(decide({ ...choice, candidates: [harmless] }, calm)).toMatchObject({ kind: 'move', to: harmless });
    expect(decide({ ...choice, candidates: [draft(1, 1, 1.05)] }, calm)).toEqual({ kind: 'stay' });
  });

  it('leaves a plan that can no longer be made', () => {
    const other = draft(1, 1.5, 1.1);
    const choice = { standard: 1, present, rounds: 0, candidates: [other] };
    expect(decide(choice, calm)).toMatchObject({ kind: 'move', to: other });
  });
});
