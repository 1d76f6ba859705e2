import { InvalidArgumentError } from '@foretoken/core';
import { spellBytes, type Tokenizer } from '@foretoken/core/text';
import { type AnswerCheck, uniqueItemsCheck } from './answer-check.js';
import { type ConstraintSession, createConstraintSession } from './constraint-session.js';
import { ConstraintUnavailableError } from './errors.js';
import { grammarSourceOf } from './grammar/grammar-source.js';
import { GrammarPlaces } from './grammar-places.js';
import { DEFAULT_CACHED_CONSTRAINTS, DEFAULT_COMPILE_TIMEOUT, DEFAULT_THREADS } from './limits.js';
import type { OutputConstraint } from './output-constraint.js';
import { TenantTurns } from './tenant-turns.js';
import { GrammarThreads } from './thread/grammar-threads.js';
import type { GrammarVocabulary } from './thread/protocol.js';

export interface ConstraintCompilerOptions {
  readonly tokenizer: Tokenizer;
  /** Length of a row of logits; tokens that the tokenizer lacks are never allowed. */
  readonly vocabularySize: number;
  /** Compiled constraints to keep for the next request with the same one. Integer >= 1. @default 64 */
  readonly cached?: number;
  /** Threads that hold grammars, started when needed, with about 40 MB each. Integer >= 1. @default 3 */
  readonly threads?: number;
  /** Milliseconds that one constraint may take to compile. Above 0. @default 20000 */
  readonly compileTimeout?: number;
}

/** The requester of a constraint. */
export interface ConstraintAsker {
  /** The tenant, for fair scheduling of compilations. @default '' */
  readonly tenant?: string;
  /** Compiled constraints are shared only within this scope. @default '' */
  readonly scope?: string;
  /** If it is aborted before compilation starts, the constraint is not compiled. @default never */
  readonly signal?: AbortSignal;
}

interface CacheEntry {
  readonly places: GrammarPlaces;
  readonly check: AnswerCheck | undefined;
  sessions: number;
}

/**
 * Compiles constraints for one model. Grammars are kept in worker threads: compiling may take seconds, the library
 * can't be interrupted, and after it has refused a grammar it can't be used any further.
 */
export class ConstraintCompiler {
  readonly #options: ConstraintCompilerOptions;
  readonly #threads: GrammarThreads;
  readonly #cached: number;
  readonly #compileTimeout: number;
  /** Least recently used first. */
  readonly #cache = new Map<string, CacheEntry>();
  readonly #turns = new TenantTurns();
  #closed = false;

  /** Throws `InvalidArgumentError` for an option out of range. Starts no thread yet. */
  constructor(options: ConstraintCompilerOptions) {
    const { cached, threads, compileTimeout } = options;
    this.#options = options;
    this.#cached = count('cached', cached ?? DEFAULT_CACHED_CONSTRAINTS);
    this.#compileTimeout = count('compileTimeout', compileTimeout ?? DEFAULT_COMPILE_TIMEOUT);
    let vocabulary: GrammarVocabulary | undefined;
    this.#threads = new GrammarThreads(count('threads', threads ?? DEFAULT_THREADS), () => {
      vocabulary ??= vocabularyOf(options);
      return vocabulary;
    });
  }

  /**
   * Compiles a constraint, or takes it from the cache, for one generation; the session must be closed. Does not block
   * this thread. Compiled constraints are shared only by requests of one scope, because the time it takes reveals whether
   * the same one was compiled before. Each tenant has at most one constraint compiled at a time, so that none can keep
   * all threads busy.
   *
   * @throws {ForetokenError} `invalid-constraint` with what is wrong and where, `constraint-unavailable`,
   * `invalid-argument` for a tokenizer without end tokens.
   */
  async start(constraint: OutputConstraint, asker: ConstraintAsker = {}): Promise<ConstraintSession> {
    const { scope = '', tenant = '', signal } = asker;
    if (this.#options.tokenizer.endTokens.size === 0) {
      throw new InvalidArgumentError(
        'A constraint needs an end token, or no answer could end; the tokenizer has none.',
      );
    }
    if (this.#closed) throw new ConstraintUnavailableError('The constraint compiler is closed.');
    const key = JSON.stringify([scope, constraint]);
    const entry = this.#cache.get(key) ?? this.#entry(constraint);
    this.#cache.delete(key);
    this.#cache.set(key, entry);
    try {
      if (entry.places.compiled) await entry.places.compile();
      else {
        await this.#turns.take(tenant, async () => {
          signal?.throwIfAborted();
          await entry.places.compile();
        });
      }
    } catch (error) {
      if (this.#cache.get(key) === entry) this.#cache.delete(key);
      throw error;
    }
    this.#evict();
    return this.#session(key, entry);
  }

  /** Ends the threads. Sessions that are open fail at their next round. Closing twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cache.clear();
    await this.#threads.close();
  }

  #entry(constraint: OutputConstraint): CacheEntry {
    let held = true;
    const source = grammarSourceOf(constraint, () => {
      held = false;
    });
    return {
      places: new GrammarPlaces(this.#threads, source, this.#compileTimeout),
      check: held || constraint.kind !== 'json-schema' ? undefined : uniqueItemsCheck(constraint.schema),
      sessions: 0,
    };
  }

  #session(key: string, entry: CacheEntry): ConstraintSession {
    const { tokenizer, vocabularySize } = this.#options;
    entry.sessions++;
    const onClose = (): void => {
      entry.sessions--;
      // A constraint that fell out of the cache while it was in use is kept until its last session ends.
      if (entry.sessions === 0 && this.#cache.get(key) !== entry) entry.places.forget();
    };
    const { places, check } = entry;
    return createConstraintSession({ places, check, tokenizer, vocabularySize, onClose });
  }

  #evict(): void {
    for (const [key, entry] of this.#cache) {
      if (this.#cache.size <= this.#cached) return;
      this.#cache.delete(key);
      if (entry.sessions === 0) entry.places.forget();
    }
  }
}

/**
 * Tokens that the library shall not offer: special ones, and bytes that no UTF-8 text has, which it would take for the
 * beginning of a character. (What it also takes is a byte that only may not follow the one before it, such as E0 80.)
 */
function isNoText(tokenizer: Tokenizer, token: number): boolean {
  if (token >= tokenizer.vocabularySize || tokenizer.isSpecial(token)) return true;
  return tokenizer.tokenBytes(token).some((byte) => byte === 0xc0 || byte === 0xc1 || byte > 0xf4);
}

function vocabularyOf({ tokenizer, vocabularySize }: ConstraintCompilerOptions): GrammarVocabulary {
  const tokens = Array.from({ length: vocabularySize }, (_, token) =>
    isNoText(tokenizer, token) ? '' : spellBytes(tokenizer.tokenBytes(token)),
  );
  return { tokens, endTokens: [...tokenizer.endTokens] };
}

function count(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(`${option} must be an integer >= 1, but is ${value}.`, { option, value });
}
