import type { DraftController } from '../../contracts/draft-controller.js';
import type { DraftTree } from '../../contracts/draft-tree.js';
import type { DraftBudget, Drafter } from '../../contracts/drafter.js';
import type { TokenListModel } from './token-list-model.js';

/** How a test drafter behaves in one round. */
export type DraftHabit = 'chain' | 'tree' | 'nothing' | 'invalid' | 'empty' | 'throws' | 'rejects';

/** Counts its sessions, so that a test sees a leak. */
export interface CountingDrafter extends Drafter {
  readonly openSessions: () => number;
  readonly openings: () => number;
}

/**
 * Knows what the model would choose greedily and guesses it with some noise. Round r follows `habits[r % n]`; `noise`
 * is a list of numbers that pick branches and wrong tokens. It checks that it was told of every token.
 */
export function noisyDrafter(
  model: TokenListModel,
  habits: readonly DraftHabit[],
  noise: readonly number[],
): CountingDrafter {
  let openSessions = 0;
  let openings = 0;
  let round = 0;
  let drawn = 0;
  const draw = (below: number): number => (noise[drawn++ % noise.length] ?? 0) % below;
  return {
    name: 'noisy',
    openSessions: () => openSessions,
    openings: () => openings,
    open: (prompt) => {
      const text = [...prompt];
      let open = true;
      openSessions++;
      openings++;
      return {
        propose: async (budget) => {
          const habit = habits[round++ % habits.length] ?? 'nothing';
          if (!open) throw new Error('closed session used');
          if (habit === 'throws') throw new Error('drafter broke');
          if (habit === 'rejects') return Promise.reject(new Error('drafter broke later'));
          if (habit === 'nothing') return undefined;
          if (habit === 'empty') return { tokens: new Int32Array(0), parents: new Int32Array(0) };
          const tree = growTree(model, text, budget, habit === 'chain' ? () => 0 : draw, draw);
          return habit === 'invalid' ? damaged(tree, draw(4)) : tree;
        },
        observe: (accepted) => {
          text.push(...accepted);
        },
        close: () => {
          if (open) openSessions--;
          open = false;
        },
      };
    },
  };
}

function growTree(
  model: TokenListModel,
  text: readonly number[],
  budget: DraftBudget,
  branch: (below: number) => number,
  draw: (below: number) => number,
): DraftTree {
  const tokens: number[] = [];
  const parents: number[] = [];
  const paths: { readonly path: readonly number[]; children: number }[] = [{ path: [], children: 0 }];
  for (let node = 0; node < budget.nodes; node++) {
    const parent = branch(3) === 0 ? paths.length - 1 : branch(paths.length);
    const from = paths[parent];
    if (from === undefined || from.path.length >= budget.depth || from.children >= budget.width) continue;
    const logits = model.logits([...text, ...from.path]);
    const best = logits.indexOf(Math.max(...logits));
    const token = draw(4) === 0 ? draw(model.vocabularySize) : best;
    from.children++;
    tokens.push(token);
    parents.push(parent - 1);
    paths.push({ path: [...from.path, token], children: 0 });
  }
  return { tokens: Int32Array.from(tokens), parents: Int32Array.from(parents) };
}

function damaged(tree: DraftTree, how: number): DraftTree {
  const { tokens, parents } = tree;
  if (how === 0) return { tokens: Int32Array.of(...tokens, 0), parents };
  if (how === 1) return { tokens: Int32Array.of(1_000_000, ...tokens), parents: Int32Array.of(-1, ...parents) };
  if (how === 2) return { tokens: Int32Array.of(0, ...tokens), parents: Int32Array.of(0, ...parents) };
  const many = Array.from({ length: 5000 }, (_, i) => i - 1);
  return { tokens: new Int32Array(many.length), parents: Int32Array.from(many) };
}

/** A drafter with so many tokens to read before its first guess, and what it was asked to read. */
export function readingDrafter(drafter: Drafter, tokens: number): Drafter & { readonly pieces: readonly number[] } {
  const pieces: number[] = [];
  return {
    ...drafter,
    pieces,
    open: (prompt, target) => {
      let left = tokens;
      return {
        ...drafter.open(prompt, target),
        read: async (most) => {
          pieces.push(most);
          const read = Math.min(left, most);
          left -= read;
          return { read, left };
        },
      };
    },
  };
}

/** A controller that lets a drafter read ahead. `costs`: what it is told of that. */
export function readingAhead(
  controller: DraftController,
  drafter: string,
): DraftController & { readonly costs: readonly { readonly tokens: number; readonly milliseconds: number }[] } {
  const costs: { readonly tokens: number; readonly milliseconds: number }[] = [];
  return {
    name: controller.name,
    costs,
    readAhead: () => ({ drafter, done: ({ tokens, milliseconds }) => void costs.push({ tokens, milliseconds }) }),
    plan: (situation) => controller.plan(situation),
    observe: (outcome) => controller.observe(outcome),
  };
}
