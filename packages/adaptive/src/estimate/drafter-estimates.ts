import { DrafterEstimate, type DrafterState } from './drafter-estimate.js';

/** What is known of every drafter, as saved: one entry for each drafter and width. */
export type DrafterStates = readonly (DrafterState & { readonly drafter: string; readonly width: number })[];

/** One estimate for each drafter and width, made when first asked for. */
export class DrafterEstimates {
  readonly #options: {
    readonly window: number;
    readonly minimumConfidence: number;
    readonly widths: readonly number[];
  };
  readonly #population: DrafterEstimates | undefined;
  readonly #saved: ReadonlyMap<string, DrafterStates[number]>;
  readonly #estimates = new Map<string, { drafter: string; width: number; estimate: DrafterEstimate }>();

  /** `population`: the estimates of all sequences, when these are of one of them. */
  constructor(
    options: { readonly window: number; readonly minimumConfidence: number; readonly widths: readonly number[] },
    { saved = [], population }: { readonly saved?: DrafterStates; readonly population?: DrafterEstimates } = {},
  ) {
    this.#population = population;
    this.#options = options;
    this.#saved = new Map(saved.map((state) => [keyOf(state.drafter, state.width), state]));
    for (const { drafter, width } of saved) this.of(drafter, width);
  }

  of(drafter: string, width: number): DrafterEstimate {
    const known = this.#estimates.get(keyOf(drafter, width));
    if (known !== undefined) return known.estimate;
    const { window, minimumConfidence: floor, widths } = this.#options;
    const next = widths.filter((other) => other < width).at(-1);
    const narrower = next === undefined ? undefined : this.of(drafter, next);
    const population = this.#population?.of(drafter, width);
    const state = this.#saved.get(keyOf(drafter, width));
    const estimate = new DrafterEstimate({ window, floor, width, narrower, population }, state);
    this.#estimates.set(keyOf(drafter, width), { drafter, width, estimate });
    return estimate;
  }

  /** Lets what was seen of all drafters but one weigh at most `weight` rounds. */
  soften(weight: number, except: string | undefined): void {
    for (const { drafter, estimate } of this.#estimates.values()) {
      if (drafter !== except) estimate.acceptance.soften(weight);
    }
  }

  /** A forward passed. */
  age(): void {
    for (const { estimate } of this.#estimates.values()) estimate.age();
  }

  save(): DrafterStates {
    return [...this.#estimates.values()].map(({ drafter, width, estimate }) => ({
      drafter,
      width,
      ...estimate.save(),
    }));
  }
}

function keyOf(drafter: string, width: number): string {
  return `${width}:${drafter}`;
}
