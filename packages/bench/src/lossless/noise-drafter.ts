import type { DraftBudget, Drafter, DraftTree } from '@foretoken/core';

/** A random number in [0, 1). */
export type Random = () => number;

/** What a noise drafter guesses. */
export interface NoiseOptions {
  /** Draws everything: shape and tokens. */
  readonly random: Random;
  readonly vocabularySize: number;
  /** `chain`, or `tree` of a new random shape each round. */
  readonly shape: 'chain' | 'tree';
  /**
   * Where tokens come from: anywhere in the vocabulary, or from the text so far, which is now and then right.
   * @default 'vocabulary'
   */
  readonly source?: 'vocabulary' | 'text';
  /** An answer that is known ahead; a guess takes its next token with the probability `share`, in [0, 1]. @default none */
  readonly known?: { readonly answer: Int32Array; readonly share: number };
}

/**
 * Guesses noise. Useful to show that the output does not depend on the guesses: nothing that a drafter comes up with
 * looks like this, and with a known answer mixed in, paths of every length are accepted out of trees of every shape.
 */
export function noise(options: NoiseOptions): Drafter {
  return {
    name: 'noise',
    open: (prompt) => {
      const text = [...prompt];
      return {
        propose: async (budget) => grow(options, text, text.length - prompt.length, budget),
        observe: (accepted) => {
          text.push(...accepted);
        },
        close: () => {},
      };
    },
  };
}

/** A place that guesses may hang off. */
interface Branch {
  readonly depth: number;
  /** Whether the path up to here is the known answer. */
  readonly right: boolean;
  readonly children: Set<number>;
}

function grow(options: NoiseOptions, text: readonly number[], position: number, budget: DraftBudget): DraftTree {
  const { random, shape, known } = options;
  const tokens: number[] = [];
  const parents: number[] = [];
  const branches: Branch[] = [{ depth: 0, right: true, children: new Set() }];
  const nodes = shape === 'chain' ? Math.min(budget.depth, budget.nodes) : budget.nodes;
  for (let node = 0; node < nodes; node++) {
    // Half of the time the newest node goes on, so that some paths are long.
    const at = shape === 'chain' || random() < 0.5 ? branches.length - 1 : below(random, branches.length);
    const branch = branches[at];
    if (branch === undefined || branch.depth >= budget.depth) continue;
    if (branch.children.size >= (shape === 'chain' ? 1 : budget.width)) continue;
    const next = branch.right ? known?.answer[position + branch.depth] : undefined;
    const token = next !== undefined && random() < (known?.share ?? 0) ? next : anyToken(options, text);
    if (branch.children.has(token)) continue;
    branch.children.add(token);
    tokens.push(token);
    parents.push(at - 1);
    branches.push({ depth: branch.depth + 1, right: token === next, children: new Set() });
  }
  return { tokens: Int32Array.from(tokens), parents: Int32Array.from(parents) };
}

function anyToken({ random, source = 'vocabulary', vocabularySize }: NoiseOptions, text: readonly number[]): number {
  if (source === 'text') return text[below(random, text.length)] ?? 0;
  return below(random, vocabularySize);
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** The answer with every tenth token or so replaced, left out or doubled: a prediction as a caller would have it. */
export function damaged(answer: readonly number[], random: Random, vocabularySize: number): Int32Array {
  const tokens = answer.flatMap((token) => {
    if (random() >= 0.1) return [token];
    const kind = below(random, 3);
    if (kind === 0) return [];
    return kind === 1 ? [token, token] : [below(random, vocabularySize)];
  });
  return Int32Array.from(tokens.length > 0 ? tokens : [0]);
}
