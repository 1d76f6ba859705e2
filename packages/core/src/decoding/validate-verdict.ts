import type { DraftTree } from '../contracts/draft-tree.js';
import type { Verdict } from '../contracts/verifier.js';
import { InvalidVerdictError } from './errors.js';

/**
 * Checks a verdict against what the verifier was given and what it told `stopsAfter`: a broken verdict would corrupt
 * the KV cache silently. `announced` are the tokens passed to `stopsAfter`, `ended` whether it said stop at the last.
 */
export function validateVerdict(
  { path, tokens }: Verdict,
  tree: DraftTree | undefined,
  announced: readonly number[],
  ended: boolean,
): void {
  const same = tokens.length === announced.length && tokens.every((token, i) => token === announced[i]);
  if (!same) refuse('must announce each of its tokens to stopsAfter, in order', { tokens, announced });
  const bonus = tokens.length - path.length;
  if (tokens.length === 0 || bonus < 0 || bonus > 1) {
    refuse('must have one token for each accepted node and at most one more', { path, tokens });
  }
  if (bonus === 0 && !ended) refuse('lacks the token of the target that follows the accepted ones', { path, tokens });
  let parent = -1;
  for (const [step, node] of path.entries()) {
    const isStep = tree?.parents[node] === parent && tree.tokens[node] === tokens[step];
    if (!isStep)
      refuse(`has node ${node} on its path, which is no child of ${parent} with the emitted token`, { path, tokens });
    parent = node;
  }
}

function refuse(what: string, details: Readonly<Record<string, unknown>>): never {
  throw new InvalidVerdictError(`The verifier's verdict ${what}.`, details);
}
