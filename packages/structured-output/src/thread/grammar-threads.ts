import { ConstraintUnavailableError } from '../errors.js';
import { GrammarThread } from './grammar-thread.js';
import type { GrammarVocabulary } from './protocol.js';

/** The library's memory never shrinks: a thread that has compiled so many grammars, or holds so many bytes, gets no more. */
const GRAMMARS_OF_A_THREAD = 512;
const MEMORY_OF_A_THREAD = 128 * 2 ** 20;

/** A few threads, started when they are needed. */
export class GrammarThreads {
  readonly #limit: number;
  readonly #vocabulary: () => GrammarVocabulary;
  readonly #memory: number;
  #threads: GrammarThread[] = [];
  /** Full ones, which end with their last session. */
  #leaving: GrammarThread[] = [];
  #compiled = new WeakMap<GrammarThread, number>();
  #closed = false;

  /**
   * @param vocabulary - asked for with each thread: it is large, and most servers never need one
   * @param memory - bytes of a thread from which it is full
   */
  constructor(limit: number, vocabulary: () => GrammarVocabulary, memory: number = MEMORY_OF_A_THREAD) {
    this.#limit = limit;
    this.#vocabulary = vocabulary;
    this.#memory = memory;
  }

  /** Threads that run, full ones included. */
  get running(): readonly GrammarThread[] {
    return [...this.#threads, ...this.#leaving].filter(({ lost }) => !lost);
  }

  /**
   * Where to compile: a compilation holds up the sessions of its thread, so a thread without any is best, and a new one
   * better than one that is in use.
   *
   * @throws {ConstraintUnavailableError} it is closed.
   */
  quietest(): GrammarThread {
    if (this.#closed) throw new ConstraintUnavailableError('The constraint compiler is closed.');
    this.#dismiss();
    const load = (thread: GrammarThread): number => thread.sessions + thread.compiling;
    let best = this.#threads[0];
    for (const thread of this.#threads) if (best === undefined || load(thread) < load(best)) best = thread;
    if (best === undefined || (load(best) > 0 && this.#threads.length < this.#limit)) {
      best = new GrammarThread(this.#vocabulary());
      this.#threads.push(best);
    }
    this.#compiled.set(best, (this.#compiled.get(best) ?? 0) + 1);
    return best;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const threads = [...this.#threads, ...this.#leaving];
    this.#threads = [];
    this.#leaving = [];
    await Promise.all(threads.map((thread) => thread.end()));
  }

  #dismiss(): void {
    const threads = this.running;
    const isFull = (thread: GrammarThread): boolean =>
      thread.memory > this.#memory || (this.#compiled.get(thread) ?? 0) >= GRAMMARS_OF_A_THREAD;
    this.#threads = threads.filter((thread) => !isFull(thread));
    const full = threads.filter(isFull);
    this.#leaving = full.filter(({ sessions, compiling }) => sessions + compiling > 0);
    for (const thread of full) if (!this.#leaving.includes(thread)) void thread.end();
  }
}
