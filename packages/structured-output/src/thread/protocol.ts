/** A constraint in a form that the library reads. */
export type GrammarSource =
  | { readonly kind: 'ebnf'; readonly text: string }
  | { readonly kind: 'structural-tag'; readonly json: string };

/** What a thread needs to know of the model. */
export interface GrammarVocabulary {
  /** Each token's bytes in GPT-2's byte alphabet, '' for one that no text has. Shape [vocabularySize]. */
  readonly tokens: readonly string[];
  readonly endTokens: readonly number[];
}

/** What is asked of a thread. It answers what has an `id`, in order. */
export type ThreadRequest =
  | { readonly kind: 'compile'; readonly id: number; readonly grammar: number; readonly source: GrammarSource }
  | { readonly kind: 'forget'; readonly grammar: number }
  | { readonly kind: 'open'; readonly session: number; readonly grammar: number }
  | ({ readonly kind: 'round'; readonly id: number; readonly session: number } & RoundQuestion)
  | { readonly kind: 'forced'; readonly id: number; readonly session: number; readonly accepted: Int32Array }
  | { readonly kind: 'close'; readonly session: number };

export interface RoundQuestion {
  /** Tokens that were appended since the last round. */
  readonly accepted: Int32Array;
  /** The guesses, as in `DraftTree`; empty when there are none. */
  readonly tokens: Int32Array;
  readonly parents: Int32Array;
}

export interface RoundAnswer {
  /** Guesses that are allowed, ascending. Shape [kept]. */
  readonly kept: Int32Array;
  /** For the root and each kept guess the row of `masks` that holds what may follow, or one of the marks below. Shape [kept + 1]. */
  readonly maskOf: Int32Array;
  /** One bit a token, least significant first; set: allowed. Shape [rows x ceil(vocabularySize / 32)]. */
  readonly masks: Int32Array;
}

/** Every token may follow. */
export const ALL_ALLOWED = -1;
/** The answer is over: only end tokens may follow. */
export const ONLY_END = -2;

export type ThreadReply =
  /** `memory`: bytes that the library holds, which never become fewer. */
  | { readonly kind: 'compiled'; readonly id: number; readonly memory: number }
  | ({ readonly kind: 'round'; readonly id: number } & RoundAnswer)
  /** `text`: the longest that must come next; '' when there is a choice. */
  | { readonly kind: 'forced'; readonly id: number; readonly text: string }
  /** `refused`: the library does not take this grammar, and the thread can't be relied on any more. `broken`: anything else. */
  | { readonly kind: 'failed'; readonly id: number; readonly cause: 'refused' | 'broken'; readonly message: string };
