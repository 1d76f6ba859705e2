import type { DraftTree } from '../contracts/draft-tree.js';
import type { Verdict } from '../contracts/verifier.js';
import { InvalidVerdictError } from './errors.js';

/** What a verdict is checked against. */
export interface VerdictContext {
  readonly tree: DraftTree | undefined;
  /** The tokens passed to `stopsAfter`. */
  readonly announced: readonly number[];
  /** Whether it said stop at the last of them. */
  readonly ended: boolean;
  readonly vocabularySize: number;
}

/**
 * Checks a verdict against what the verifier was given and what it told `stopsAfter`: a broken verdict would corrupt
 * the KV cache silently. Throws `InvalidVerdictError`.
 */
export function validateVerdict(
  { path, tokens }: Verdict,
  { tree, announced, ended, vocabularySize }: VerdictContext,
): void {
  const same = tokens.length === announced.length && tokens.every((token, i) => token === announced[i]);
  if (!same) refuse('must announce each of its tokens to stopsAfter, in order', { tokens, announced });
  // Scores that are not numbers come out here: no token is the highest of them.
  if (!tokens.every((token) => Number.isInteger(token) && token >= 0 && token < vocabularySize)) {
    refuse(`has a token outside the vocabulary of ${vocabularySize}`, { tokens });
  }
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
