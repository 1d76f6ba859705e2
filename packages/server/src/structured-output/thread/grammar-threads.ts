import { GrammarThread } from './grammar-thread.js';
import type { GrammarVocabulary } from './protocol.js';

/** The library's memory never shrinks; a thread that compiled so many grammars is replaced when nobody uses it. */
const GRAMMARS_OF_A_THREAD = 512;

/** A few threads, started when they are needed. */
export class GrammarThreads {
  readonly #limit: number;
  readonly #vocabulary: () => GrammarVocabulary;
  #threads: GrammarThread[] = [];
  #compiled = new WeakMap<GrammarThread, number>();

  /** The vocabulary is asked for with each thread: it is large, and most servers never need one. */
  constructor(limit: number, vocabulary: () => GrammarVocabulary) {
    this.#limit = limit;
    this.#vocabulary = vocabulary;
  }

  /**
   * Where to compile: a compilation holds up the sessions of its thread, so a thread without any is best, and a new one
   * better than one that is in use.
   */
  quietest(): GrammarThread {
    this.#threads = this.#threads.filter((thread) => !thread.lost && !this.#retire(thread));
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
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.end()));
  }

  #retire(thread: GrammarThread): boolean {
    if ((this.#compiled.get(thread) ?? 0) < GRAMMARS_OF_A_THREAD || thread.sessions + thread.compiling > 0)
      return false;
    void thread.end();
    return true;
  }
}
