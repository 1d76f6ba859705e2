import type { DraftTree } from './draft-tree.js';
import type { Scores } from './language-model.js';
import type { Sampler } from './sampler.js';
import type { TokenId } from './token.js';

/** Decides by the target model's scores which guesses of a draft tree are accepted. */
export interface Verifier {
  readonly name: string;
  /** Whether the emitted tokens follow exactly the target's own distribution. */
  readonly lossless: boolean;
  verify(input: VerificationInput): Verdict;
}

/** The input of a verification. */
export interface VerificationInput {
  /** The guesses; `undefined` in a standard round. */
  readonly tree: DraftTree | undefined;
  /** Row 0 scores what follows the last accepted token; row i + 1 what follows node i. */
  readonly scores: Scores;
  /** Advanced by the verifier, one `accept` for each token of the verdict, in order. */
  readonly sampler: Sampler;
  /**
   * Called with each token of the verdict in order; `true` means that generation ends with it, so nothing after it is
   * verified.
   */
  readonly stopsAfter?: (token: TokenId) => boolean;
}

/** The outcome of a verification. */
export interface Verdict {
  /** Accepted nodes, root first. Shape [accepted]. */
  readonly path: readonly number[];
  /**
   * The tokens of `path`, then the target's own next token (the bonus token), unless generation ended inside the
   * path: then the last accepted token ends the list. Never empty.
   */
  readonly tokens: readonly TokenId[];
  /** Depth (0 = first guess) at which a guess was rejected; absent when every guess on the way was accepted. */
  readonly rejectedAt?: number;
}
