/** Longest schema, pattern, grammar or tag in characters: far above real ones, and it bounds what is parsed at all. */
export const MAX_CONSTRAINT_LENGTH = 262_144;

/** Deepest nesting of a schema, of its pattern's groups, and of a tag: each level is a level of recursion here. */
export const MAX_CONSTRAINT_NESTING = 64;

/** Characters of several patterns of one string together: each further one is read again with those before it. */
export const MAX_MERGED_PATTERN_LENGTH = 4_096;

/** Most values of all enums together; each is a branch that is tried at every step inside it. */
export const MAX_ENUM_VALUES = 4_096;

/** Most subschemas that a schema may have once its references were followed. */
export const MAX_SUBSCHEMAS = 8_192;

/**
 * Most positions of a grammar, counted with every `{m,n}` written out: compiling looks at the whole vocabulary at each.
 * 20 000 take some seconds with 50 000 tokens; nested repetitions, which multiply, reach it soon.
 */
export const MAX_GRAMMAR_POSITIONS = 20_000;

/** Milliseconds that one grammar may take to compile. It happens beside the engine, but its threads are few. */
export const DEFAULT_COMPILE_TIMEOUT = 20_000;

/** Milliseconds that the masks of one round may take; normal is below 5. A grammar beyond it is too ambiguous to be served. */
export const ROUND_TIMEOUT = 10_000;

/** Compiled grammars that are kept for the next request with the same constraint. */
export const DEFAULT_CACHED_CONSTRAINTS = 64;

/** Threads that hold grammars, each with about 40 MB. More are only started while others are busy. */
export const DEFAULT_THREADS = 3;
