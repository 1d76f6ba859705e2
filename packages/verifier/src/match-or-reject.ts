import type { Verifier } from '@foretoken/core';
import { exactMatch } from './exact-match.js';
import { samplePath } from './sample-path.js';

const exact = exactMatch();

/**
 * Judges each tree by what its drafter says of it: guesses that were drawn, with their distributions (`proposals`), by
 * rejection as `treeSampling` does, any others by `exactMatch`. For requests whose drafters are of both kinds.
 *
 * Lossless. Which tokens a seed gives depends on which guesses there were, as long as some are drawn: give drafters that
 * don't draw to requests that are to be repeated.
 *
 * `verify` throws `InvalidProposalError` for proposals that are none.
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
