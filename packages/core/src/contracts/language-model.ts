/** A model that scores tokens for any number of sequences in one forward pass. */
export interface LanguageModel {
  /** Number of tokens in the vocabulary: the length of a row of logits. */
  readonly vocabularySize: number;
  /** The longest sequence in tokens that a `Sequence` of this model can hold. */
  readonly contextLength: number;
  /** Opens an empty sequence. Throws `KvCapacityError` when every slot is taken. */
  openSequence(): Sequence;
  /**
   * Scores the tokens of every input in one pass. The tokens are *pending* on their sequence until `commit`;
   * the next forward of that sequence drops what was not committed.
   */
  forward(inputs: readonly ForwardInput[]): Promise<ForwardOutput>;
  /**
   * Generates a chain of guesses in one call: scores the tokens of an input, guesses the next token, scores that, and
   * so on, without returning scores in between. The scored tokens are pending afterwards, as a chain. Throws
   * `KvCapacityError` when an input's own tokens don't fit; guesses end where the context does. Makes scores of earlier
   * forwards stale.
   * @default absent: the model can score only
   */
  readonly forwardChain?: ((inputs: readonly ChainInput[]) => Promise<readonly GuessedChain[]>) | undefined;
  /** Frees weights and caches. Closing twice is harmless. */
  close(): void;
}

/** What one sequence requests of `forwardChain`. */
export interface ChainInput {
  readonly sequence: Sequence;
  /** Tokens to score before the first guess, a chain behind the committed ones. Shape [n], n >= 1. */
  readonly tokens: Int32Array;
  /** Most guesses. Integer >= 1. */
  readonly most: number;
  /** Guessing ends with the guess at which the product of the confidences falls below this. In [0, 1]. */
  readonly minimumConfidence: number;
  /** Number of likeliest tokens returned with each guess, if guesses are not sampled. Integer >= 1. @default 1 */
  readonly alternatives?: number;
  /** How guesses are sampled. @default the likeliest token is taken */
  readonly draw?: ChainDraw;
}

/**
 * The distribution that the guesses of a chain are sampled from: the k likeliest tokens, truncated by `topP` and
 * `minP`, then with the temperature applied.
 */
export interface ChainDraw {
  /** k, 2 or more. */
  readonly candidates: number;
  /** Above 0. */
  readonly temperature: number;
  /** Keeps the likeliest tokens that together have this probability. In (0, 1]. */
  readonly topP: number;
  /** Keeps tokens with at least this share of the likeliest one's probability. In [0, 1]. */
  readonly minP: number;
  /** Numbers in [0, 1), one a guess. Shape [most]. */
  readonly uniforms: Float32Array;
}

/** The guesses of a sequence. */
export interface GuessedChain {
  /** Shape [guesses]. */
  readonly tokens: Int32Array;
  /**
   * Probability of the likeliest token at each guess; with `draw`, in the distribution that guesses are sampled from.
   * Shape [guesses].
   */
  readonly confidences: Float32Array;
  /** How many tokens are pending: the input's, and all guesses but the last, which is not scored. */
  readonly pending: number;
  /**
   * The candidates of each guess, likeliest first, and their probabilities: with `draw` those it was sampled with,
   * which sum to 1, else those among all tokens. Shapes [guesses, k].
   */
  readonly candidates: Int32Array;
  readonly probabilities: Float32Array;
}

/** A model that can draft for itself with its own first layers (early exit). */
export interface EarlyExitLanguageModel extends LanguageModel {
  /** Numbers of layers after which it can stop, ascending; empty if it was loaded without any. */
  readonly exitLayers: readonly number[];
  /**
   * Scores a chain of tokens with the first layers, the final norm and the output projection only. The tokens follow
   * the committed ones of the sequence and the `ahead` tokens that earlier calls since the last commit have scored.
   * Nothing becomes pending: the next `forward` of the sequence starts after the committed tokens, as if there had been
   * no such call. Throws `KvCapacityError` when the sequence has no room.
   */
  forwardEarly(input: EarlyExitInput): Promise<Scores>;
}

/** What an early-exit drafter requests of `forwardEarly`. */
export interface EarlyExitInput {
  readonly sequence: Sequence;
  /** One of `exitLayers`. */
  readonly layers: number;
  /** Tokens to score, each the child of the one before. Shape [n], n >= 1. */
  readonly tokens: Int32Array;
  /** Tokens after the committed ones that were scored already. Integer >= 0. */
  readonly ahead: number;
}

/** What one sequence requests of a forward pass. */
export interface ForwardInput {
  readonly sequence: Sequence;
  /** Tokens to score. Shape [n], n >= 1. */
  readonly tokens: Int32Array;
  /**
   * Parent of each token among `tokens`, -1 for the sequence's last committed token; `parents[i] < i`.
   * Left out, the tokens are a chain. Shape [n].
   */
  readonly parents?: Int32Array;
  /** Which rows of logits are wanted: of every token, of the last one, or none (prefill). */
  readonly want: 'all' | 'last' | 'none';
}

/** The results of a forward pass, in the order of its inputs. */
export interface ForwardOutput {
  readonly scores: readonly Scores[];
}

/**
 * Logits that stay on the device until they are read. Valid until the model's next forward; reading later throws
 * `StaleScoresError`. Rows are numbered as the input's tokens for `want: 'all'`; `'last'` has the single row 0.
 */
export interface Scores {
  /** Number of rows: n for `want: 'all'`, 1 for `'last'`, 0 for `'none'`. */
  readonly rows: number;
  /** Token with the highest logit of each row (the lowest id among equals). Shape [rows]. */
  argmax(): Int32Array;
  /** The k highest logits of a row, highest first. Shapes [k]. */
  topK(row: number, k: number): { readonly tokens: Int32Array; readonly logits: Float32Array };
  /** Raw logits of a row. Shape [vocabularySize]. The array belongs to the caller. */
  row(row: number): Float32Array;
}

/** One sequence in the KV cache. */
export interface Sequence {
  /** Committed tokens. */
  readonly length: number;
  /**
   * Keeps these nodes of the last forward, in path order (each the child of the one before), and drops the
   * others. An empty path drops all. Throws `InvalidArgumentError` for a path that is not one.
   */
  commit(path: readonly number[]): void;
  /** Forgets every token from `length` on. */
  truncate(length: number): void;
  /**
   * A new sequence with the first `length` of the committed tokens, all of them when it is left out. Throws
   * `KvCapacityError` when every slot is taken, `InvalidArgumentError` when there are fewer.
   */
  fork(length?: number): Sequence;
  /** Gives the slot back. Closing twice is harmless; any other use of a closed sequence throws `ClosedError`. */
  close(): void;
}
