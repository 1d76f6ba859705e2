import { type DecodingRound, withoutUndefined } from '@foretoken/core';
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
      return {
        text: tokenizer.tokenText(token),
        parent: tree?.parents[node] ?? -1,
        accepted: accepted.has(node),
        ...withoutUndefined({ confidence: tree?.confidences?.[node] }),
      };
    }),
    tokens: tokens.map((token) => tokenizer.tokenText(token)),
    ...withoutUndefined({ fallback, reason }),
    milliseconds,
  };
}
