import type { Verifier } from '@foretoken/core';
import { exactMatch } from './exact-match.js';
import { samplePath } from './sample-path.js';

const exact = exactMatch();

/**
 * Verifies sampled guesses, which come with their distributions (`proposals`), by rejection as `treeSampling` does, and
 * all other guesses by `exactMatch`. For requests that have drafters of both kinds.
 *
 * Lossless. If some guesses are sampled, the tokens of a seed depend on the guesses; for reproducible requests use
 * drafters that don't sample.
 *
 * `verify` throws `InvalidProposalError` for invalid proposals.
 *
 * @example
 * ```ts
 * import { matchOrReject } from '@foretoken/verifier';
 *
 * console.log(matchOrReject().name); // 'match-or-reject'
 * ```
 */
export function matchOrReject(): Verifier {
  return {
    name: 'match-or-reject',
    lossless: true,
    verify: (input) => (input.tree?.proposals === undefined ? exact.verify(input) : samplePath(input)),
  };
}
