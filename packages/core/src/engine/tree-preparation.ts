import type { RoundDraft } from '../decoding/settle-guesses.js';

/** Guesses of a round on their way through what the request has to prepare for them. */
export class TreePreparation {
  #outcome: { readonly draft: RoundDraft } | { readonly error: unknown } | undefined;
  /** Resolves when it is ready. Never rejects. */
  readonly settled: Promise<void>;

  constructor(preparing: Promise<RoundDraft>) {
    this.settled = preparing.then(
      (draft) => {
        this.#outcome = { draft };
      },
      (error: unknown) => {
        this.#outcome = { error };
      },
    );
  }

  get ready(): boolean {
    return this.#outcome !== undefined;
  }

  /** The prepared guesses. Throws what preparing them threw, and an error before it is ready. */
  take(): RoundDraft {
    if (this.#outcome === undefined) throw new TypeError('The guesses are still being prepared.');
    if ('error' in this.#outcome) throw this.#outcome.error;
    return this.#outcome.draft;
  }
}

/** Resolves when all are ready, or after so many milliseconds. */
export async function settleWithin(preparations: readonly TreePreparation[], milliseconds: number): Promise<void> {
  if (preparations.every(({ ready }) => ready)) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([late, Promise.all(preparations.map(({ settled }) => settled))]);
  clearTimeout(timer);
}
