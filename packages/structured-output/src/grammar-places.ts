import { ConstraintUnavailableError, InvalidConstraintError } from './errors.js';
import { type GrammarThread, GrammarThreadError } from './thread/grammar-thread.js';
import type { GrammarThreads } from './thread/grammar-threads.js';
import type { GrammarSource, RoundAnswer, RoundQuestion } from './thread/protocol.js';

/** A compiled grammar in a thread. */
interface Place {
  readonly thread: GrammarThread;
  readonly grammar: number;
}

/** Follows one generation through a grammar, in whichever thread that is now. Answers in the order of the questions. */
export interface GrammarWalker {
  round(question: RoundQuestion): Promise<RoundAnswer>;
  /** The text that must come next, after what was accepted since the last question. */
  forced(accepted: Int32Array): Promise<string>;
  close(): void;
}

/** What a session in a thread is asked, after tokens that it does not know of yet. */
type Query<T> = (thread: GrammarThread, session: number, accepted: Int32Array) => Promise<T>;

/** Threads that may be lost under a request before it is given up: one to another's fault, one to its own, and one more. */
const MAX_ATTEMPTS = 3;

/** One grammar, compiled in a thread, and compiled again elsewhere when that thread is lost. */
export class GrammarPlaces {
  readonly #threads: GrammarThreads;
  readonly #source: GrammarSource;
  readonly #compileTimeout: number;
  #place: Promise<Place> | undefined;
  #current: Place | undefined;

  constructor(threads: GrammarThreads, source: GrammarSource, compileTimeout: number) {
    this.#threads = threads;
    this.#source = source;
    this.#compileTimeout = compileTimeout;
  }

  /** Whether a thread has it. */
  get compiled(): boolean {
    return this.#current?.thread.lost === false;
  }

  /** Throws `InvalidConstraintError` or `ConstraintUnavailableError`. */
  async compile(): Promise<Place> {
    if (this.#current?.thread.lost === true) {
      this.#current = undefined;
      this.#place = undefined;
    }
    this.#place ??= this.#compileSomewhere();
    try {
      this.#current = await this.#place;
      return this.#current;
    } catch (error) {
      this.#place = undefined;
      throw error;
    }
  }

  forget(): void {
    const { thread, grammar } = this.#current ?? {};
    if (thread !== undefined && grammar !== undefined) thread.forget(grammar);
    this.#current = undefined;
    this.#place = undefined;
  }

  walker(): GrammarWalker {
    const history: Int32Array[] = [];
    let at: { readonly place: Place; readonly session: number } | undefined;

    // A question may be asked before the one before it was answered, and each begins where that left the session.
    let last: Promise<unknown> = Promise.resolve();
    const inOrder = <T>(question: () => Promise<T>): Promise<T> => {
      const answer = last.then(question);
      last = answer.catch(() => {});
      return answer;
    };

    const ask = async <T>(accepted: Int32Array, query: Query<T>): Promise<T> => {
      const place = await this.compile();
      if (at?.place === place) return query(place.thread, at.session, accepted);
      at = { place, session: place.thread.open(place.grammar) };
      return query(place.thread, at.session, Int32Array.from(history.flatMap((part) => [...part])));
    };

    const follow = <T>(accepted: Int32Array, query: Query<T>): Promise<T> =>
      inOrder(() => {
        history.push(accepted);
        return insist(() => ask(accepted, query), {
          slow: (reason) => `To tell what may follow takes too long with this grammar: ${reason}`,
          failed: "The grammar can't be followed: its thread failed. Try again.",
        });
      });

    return {
      round: (question) =>
        follow(question.accepted, (thread, session, accepted) => thread.round(session, { ...question, accepted })),
      forced: (tokens) => follow(tokens, (thread, session, accepted) => thread.forced(session, accepted)),
      close() {
        if (at !== undefined) at.place.thread.close(at.session);
        at = undefined;
      },
    };
  }

  #compileSomewhere(): Promise<Place> {
    const compile = async (): Promise<Place> => {
      const thread = this.#threads.quietest();
      return { thread, grammar: await thread.compile(this.#source, this.#compileTimeout) };
    };
    return insist(compile, {
      slow: (reason) =>
        `The constraint is too large: ${reason} Lower its lengths (maxLength, maxItems, {m,n}) or leave parts out.`,
      failed: "The constraint can't be compiled: its thread failed. Try again.",
    });
  }
}

/** Asks again where the thread was lost. Throws `InvalidConstraintError` or `ConstraintUnavailableError`. */
async function insist<T>(
  ask: () => Promise<T>,
  message: { readonly slow: (reason: string) => string; readonly failed: string },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof GrammarThreadError)) throw error;
      if (error.reason === 'refused') throw new InvalidConstraintError(error.message);
      if (error.reason === 'slow') throw new InvalidConstraintError(message.slow(error.message));
      if (error.reason !== 'lost' || attempt >= MAX_ATTEMPTS)
        throw new ConstraintUnavailableError(message.failed, error);
    }
  }
}
