import type { DecodingRound } from '@foretoken/core';
import type { Tokenizer } from '@foretoken/core/text';
import type { RoundView } from './text-engine.js';

/** A round in texts, for whoever watches. */
export function roundView(round: DecodingRound, tokenizer: Tokenizer): RoundView {
  const { index, plan, tree, path, tokens, fallback, reason, milliseconds } = round;
  const accepted = new Set(path);
  return {
    index,
    plan:
      plan.kind === 'standard' ? { kind: 'standard' } : { kind: 'speculate', drafter: plan.drafter, depth: plan.depth },
    tree: Array.from(tree?.tokens ?? [], (token, node) => {
      const confidence = tree?.confidences?.[node];
      return {
        text: tokenizer.tokenText(token),
        parent: tree?.parents[node] ?? -1,
        accepted: accepted.has(node),
        ...(confidence === undefined ? {} : { confidence }),
      };
    }),
    tokens: tokens.map((token) => tokenizer.tokenText(token)),
    ...(fallback === undefined ? {} : { fallback }),
    ...(reason === undefined ? {} : { reason }),
    milliseconds: { draft: milliseconds.draft, forward: milliseconds.forward, verify: milliseconds.verify },
  };
}
