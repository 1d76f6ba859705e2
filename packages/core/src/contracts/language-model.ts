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
   * Goes on from its own guesses: scores the tokens of an input, guesses what follows, scores that, and so on, without
   * giving scores away in between. What was scored is pending afterwards, as a chain. Throws `KvCapacityError` when an
   * input's own tokens don't fit; guesses end where the context does. Makes scores of earlier forwards stale.
   * @default absent: the model can score only
   */
  readonly forwardChain?: ((inputs: readonly ChainInput[]) => Promise<readonly GuessedChain[]>) | undefined;
  /** Frees weights and caches. Closing twice is harmless. */
  close(): void;
}

/** How a sequence is to go on from its own guesses. */
export interface ChainInput {
  readonly sequence: Sequence;
  /** Tokens to score before the first guess, a chain behind the committed ones. Shape [n], n >= 1. */
  readonly tokens: Int32Array;
  /** Most guesses. Integer >= 1. */
  readonly most: number;
  /** Guessing ends with the guess at which the product of the confidences falls below this. In [0, 1]. */
  readonly minimumConfidence: number;
  /** Likeliest tokens that are given with each guess where none is drawn. Integer >= 1. @default 1 */
  readonly alternatives?: number;
  /** How guesses are drawn. @default the likeliest token is taken */
  readonly draw?: ChainDraw;
}

/** What the guesses of a chain are drawn from: the k likeliest tokens, cut, then divided by the temperature. */
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
  /** Probability of the likeliest token at each guess; with `draw` of what guesses are drawn from. Shape [guesses]. */
  readonly confidences: Float32Array;
  /** How many tokens are pending: the input's, and all guesses but the last, which is not scored. */
  readonly pending: number;
  /**
   * The candidates of each guess, likeliest first, and their probabilities: with `draw` those it was drawn by, which sum
   * to 1, else those among all tokens. Shapes [guesses, k].
   */
  readonly candidates: Int32Array;
  readonly probabilities: Float32Array;
}

/** A model that can guess for itself with its own first layers. */
export interface EarlyExitLanguageModel extends LanguageModel {
  /** Numbers of first layers that it can stop after, ascending; empty when it was loaded without any. */
  readonly exitLayers: readonly number[];
  /**
   * Scores a chain of tokens with the first layers, the final norm and the output projection only. The tokens follow
   * the committed ones of the sequence and the `ahead` tokens that earlier calls since the last commit have scored.
   * Nothing becomes pending: the next `forward` of the sequence starts behind the committed tokens, as if this had
   * not happened. Throws `KvCapacityError` when the sequence has no room.
   */
  forwardEarly(input: EarlyExitInput): Promise<Scores>;
}

/** What a draft asks of the first layers. */
export interface EarlyExitInput {
  readonly sequence: Sequence;
  /** One of `exitLayers`. */
  readonly layers: number;
  /** Tokens to score, each the child of the one before. Shape [n], n >= 1. */
  readonly tokens: Int32Array;
  /** Tokens behind the committed ones that were scored already. Integer >= 0. */
  readonly ahead: number;
}

/** What one sequence asks of a forward pass. */
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

/** What a forward pass gives back, in the order of its inputs. */
export interface ForwardOutput {
  readonly scores: readonly Scores[];
}

/**
 * Logits that stay on the device until asked for. Valid until the model's next forward; reading later throws
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

/** One sequence's place in the KV cache. */
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
