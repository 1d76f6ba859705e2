import type { Drafter, DraftSession, DraftTarget, DraftTree, ScoredRound } from '@foretoken/core';
import {
  CascadeFailedError,
  cascade,
  DraftSessionClosedError,
  InvalidArgumentError,
  InvalidMemberTreeError,
} from '@foretoken/draft';
import { describe, expect, it } from 'vitest';

const chain = { depth: 4, width: 1, nodes: 4, minimumConfidence: 0 };
const wide = { depth: 4, width: 3, nodes: 4, minimumConfidence: 0 };

const guess = (tokens: readonly number[], confidence?: number): DraftTree => ({
  tokens: Int32Array.from(tokens),
  parents: Int32Array.from(tokens, (_, i) => i - 1),
  ...(confidence === undefined ? {} : { confidences: new Float32Array(tokens.length).fill(confidence) }),
});

/** A drafter that answers with a tree or an error, and notes what it was told. */
function member(name: string, answer: DraftTree | Error | undefined, failing: Partial<DraftSession> = {}) {
  const calls: unknown[][] = [];
  const drafter: Drafter = {
    name,
    open(prompt, target) {
      calls.push(['open', prompt, target]);
      return {
        async propose(budget) {
          calls.push(['propose', budget]);
          if (answer instanceof Error) throw answer;
          return answer;
        },
        observe: (...told) => calls.push(['observe', ...told]),
        close: () => calls.push(['close']),
        ...failing,
      };
    },
  };
  return { drafter, calls, count: (kind: string) => calls.filter(([other]) => other === kind).length };
}

const fails = (message: string) => () => {
  throw new Error(message);
};

describe('cascade', () => {
  it('takes the first guess that is confident enough and asks no further in a chain', async () => {
    const unsure = member('unsure', guess([1], 0.2));
    const sure = member('sure', guess([2, 3], 0.7));
    const last = member('last', guess([4], 1));
    const drafters = [member('silent', undefined), unsure, sure, last].map(({ drafter }) => drafter);
    const session = cascade({ drafters }).open(Int32Array.of(1));
    expect([...(await session.propose(chain))!.tokens]).toEqual([2, 3]);
    expect(last.count('propose')).toBe(0);
    expect(unsure.calls.at(-1)).toEqual(['propose', chain]);
    expect([
      ...(await cascade({ drafters, minimumConfidence: 0 }).open(Int32Array.of(1)).propose(chain))!.tokens,
    ]).toEqual([1]);
  });

  it('takes guesses without confidences, and the most confident when none is confident enough', async () => {
    const drafters = [guess([1], 0.2), guess([2], 0.4), guess([3], 0.3)].map((tree, i) => member(`${i}`, tree).drafter);
    expect([...(await cascade({ drafters }).open(Int32Array.of(1)).propose(chain))!.tokens]).toEqual([2]);
    const unknown = [...drafters, member('unknown', guess([4])).drafter];
    expect([...(await cascade({ drafters: unknown }).open(Int32Array.of(1)).propose(chain))!.tokens]).toEqual([4]);
    const silent = cascade({ drafters: [member('silent', undefined).drafter] }).open(Int32Array.of(1));
    expect(await silent.propose(chain)).toBeUndefined();
  });

  it('merges the guesses of the others into a wide budget: of those passed over, then of those behind', async () => {
    const drafters = [
      member('unsure', guess([1], 0.2)).drafter,
      member('sure', guess([2, 3], 0.7)).drafter,
      member('behind', guess([2, 4, 5], 0.9)).drafter,
    ];
    const tree = (await cascade({ drafters }).open(Int32Array.of(1)).propose(wide))!;
    expect([...tree.tokens]).toEqual([2, 3, 1, 4]);
    expect([...tree.parents]).toEqual([-1, 0, -1, 0]);
    expect([...tree.confidences!]).toEqual([0.9, 0.7, 0.2, 0.9].map(Math.fround));
    const alone = await cascade({ drafters, merge: false }).open(Int32Array.of(1)).propose(wide);
    expect([...alone!.tokens]).toEqual([2, 3]);
  });

  it('asks nobody to fill a budget that is used up', async () => {
    const behind = member('behind', guess([9], 1));
    const drafters = [member('full', guess([1, 2, 3, 4], 0.9)).drafter, behind.drafter];
    await cascade({ drafters }).open(Int32Array.of(1)).propose(wide);
    expect(behind.count('propose')).toBe(0);
  });

  it('uses a sampled draft alone and merges none into another', async () => {
    const proposals = [{ kind: 'full', probabilities: Float32Array.of(0, 0, 1) }] as const;
    const sampled = member('sampled', { ...guess([2], 0.9), proposals }).drafter;
    const plain = member('plain', guess([1], 0.9)).drafter;
    const open = (...drafters: Drafter[]) => cascade({ drafters }).open(Int32Array.of(1));
    expect(await open(sampled, plain).propose(wide)).toEqual({ ...guess([2], 0.9), proposals });
    expect(await open(plain, sampled).propose(wide)).toEqual(guess([1], 0.9));
  });

  it('tells every member everything, asked or not', () => {
    const members = [member('one', guess([1], 1)), member('other', undefined)];
    const target = { sequence: {} } as DraftTarget;
    const session = cascade({ drafters: members.map(({ drafter }) => drafter) }).open(Int32Array.of(7), target);
    const round = { path: [] } as unknown as ScoredRound;
    session.observe(Int32Array.of(8), round);
    session.close();
    session.close();
    for (const { calls } of members) {
      expect(calls).toEqual([['open', Int32Array.of(7), target], ['observe', Int32Array.of(8), round], ['close']]);
    }
  });

  it('goes on without a member that fails, closes it and reports it once', async () => {
    const failures: string[] = [];
    const onError = (error: unknown, name: string) => failures.push(`${name}: ${(error as Error).message}`);
    const invalid = { tokens: Int32Array.of(1, 2), parents: Int32Array.of(1, -1) };
    const broken = [
      { ...member('opens not', undefined).drafter, open: fails('no door') },
      member('proposes not', new Error('no idea')).drafter,
      member('no tree', invalid).drafter,
    ];
    const deaf = member('hears not', undefined, { observe: fails('no ears'), close: fails('no hands') });
    const works = member('works', guess([5], 0.9));
    const session = cascade({ drafters: [...broken, deaf.drafter, works.drafter], onError }).open(Int32Array.of(1));
    for (let i = 0; i < 2; i++) {
      expect([...(await session.propose(chain))!.tokens]).toEqual([5]);
      session.observe(Int32Array.of(5));
    }
    expect(works.count('observe')).toBe(2);
    expect(failures).toEqual([
      'opens not: no door',
      'proposes not: no idea',
      `no tree: ${new InvalidMemberTreeError(0, 1).message}`,
      'hears not: no ears',
    ]);
    expect(deaf.count('propose')).toBe(1);
    session.close();
  });

  it('throws when no member is left, with the last failure as the cause', async () => {
    const cause = new Error('no idea');
    const drafters = [member('a', new Error('first')).drafter, member('b', cause).drafter];
    const session = cascade({ drafters }).open(Int32Array.of(1));
    const thrown = await session.propose(chain).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(CascadeFailedError);
    expect(thrown).toMatchObject({ code: 'drafters-failed', cause, details: { drafters: ['a', 'b'] } });
    expect(() => session.observe(Int32Array.of(1))).toThrow(CascadeFailedError);
    session.close();
    const shut = { name: 'shut', open: fails('no door') };
    expect(() => cascade({ drafters: [shut] }).open(Int32Array.of(1))).toThrow(CascadeFailedError);
  });

  it('closes every member even when one does not close', () => {
    const other = member('other', undefined);
    const drafters = [member('stuck', undefined, { close: fails('stuck') }).drafter, other.drafter];
    const session = cascade({ drafters }).open(Int32Array.of(1));
    expect(() => session.close()).toThrow('stuck');
    expect(other.count('close')).toBe(1);
    session.close();
  });

  it('refuses options and uses that make no sense', async () => {
    const { drafter } = member('one', undefined);
    expect(() => cascade({ drafters: [] })).toThrow(InvalidArgumentError);
    expect(() => cascade({ drafters: [drafter, drafter] })).toThrow(InvalidArgumentError);
    expect(() => cascade({ drafters: [drafter], minimumConfidence: 1.1 })).toThrow(InvalidArgumentError);
    expect(() => cascade({ drafters: [drafter], minimumConfidence: Number.NaN })).toThrow(InvalidArgumentError);
    expect(() => cascade({ drafters: [drafter], name: '' })).toThrow(InvalidArgumentError);
    expect([cascade({ drafters: [drafter] }).name, cascade({ drafters: [drafter], name: 'x' }).name]).toEqual([
      'cascade',
      'x',
    ]);
    const session = cascade({ drafters: [drafter] }).open(Int32Array.of(1));
    session.close();
    expect(() => session.observe(Int32Array.of(1))).toThrow(DraftSessionClosedError);
    await expect(session.propose(chain)).rejects.toThrow(DraftSessionClosedError);
  });
});
