/** A token and its probability in the draft's distribution. */
export interface Guess {
  readonly token: number;
  /** In [0, 1]. */
  readonly probability: number;
}

/** Probabilities of some tokens, zero for all others. */
export interface GuessDistribution {
  /** Likeliest first when only the k likeliest were asked for. Shape [k]. */
  readonly tokens: Int32Array;
  /** Shape [k], sums to 1. */
  readonly probabilities: Float32Array;
}

/**
 * The `count` likeliest tokens, likeliest first (the lower id among equals), with their softmax probabilities among the
 * `allowed` tokens (ascending ids; left out, all). Fewer when fewer have a number as logit.
 */
export function likeliestGuesses(logits: Float32Array, count: number, allowed?: Int32Array): Guess[] {
  const best = likeliest(logits, count, allowed);
  const highest = logits[best[0] ?? -1];
  if (highest === undefined) return [];
  let sum = 0;
  forEachAllowed(logits, allowed, (logit) => {
    sum += Math.exp(logit - highest);
  });
  return best.map((token) => ({ token, probability: Math.exp((logits[token] ?? highest) - highest) / sum }));
}

/**
 * softmax(logits / temperature) over the `allowed` tokens, of them over the `topK` likeliest when that is given, then cut
 * by their probabilities at temperature 1: to those that together have `topP`, and to those with at least `minP` of the
 * likeliest one's. The cuts need `topK`.
 */
export function guessDistribution(
  logits: Float32Array,
  options: {
    readonly temperature: number;
    readonly topK: number | undefined;
    /** @default 1 */
    readonly topP?: number | undefined;
    /** @default 0 */
    readonly minP?: number | undefined;
    readonly allowed: Int32Array | undefined;
  },
): GuessDistribution | undefined {
  const { temperature, topK, topP = 1, minP = 0, allowed } = options;
  const [first] = likeliest(logits, 1, allowed);
  const highest = logits[first ?? -1];
  if (highest === undefined) return undefined;
  const tokens =
    topK === undefined
      ? (allowed ?? Int32Array.from(logits.keys()))
      : Int32Array.from(likeliest(logits, topK, allowed));
  let whole = 0;
  if (topK !== undefined) {
    forEachAllowed(logits, allowed, (logit) => {
      whole += Math.exp(logit - highest);
    });
  }
  let before = 0;
  const weights = Float64Array.from(tokens, (token, place) => {
    const share = Math.exp((logits[token] ?? Number.NEGATIVE_INFINITY) - highest);
    // The likeliest stays in any case.
    const cut = topK !== undefined && place > 0 && (before >= topP * whole || share < minP);
    before += share;
    if (cut) return 0;
    const weight = Math.exp(((logits[token] ?? Number.NEGATIVE_INFINITY) - highest) / temperature);
    return Number.isNaN(weight) ? 0 : weight;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { tokens, probabilities: Float32Array.from(weights, (weight) => weight / sum) };
}

/** A place in a distribution for a uniform number in [0, 1); never one of probability 0. */
export function drawPlace({ probabilities }: GuessDistribution, uniform: number): number {
  const total = probabilities.reduce((sum, probability) => sum + probability, 0);
  let left = uniform * total;
  let last = 0;
  for (const [place, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    last = place;
    left -= probability;
    if (left < 0) break;
  }
  return last;
}

function likeliest(logits: Float32Array, count: number, allowed: Int32Array | undefined): number[] {
  const best: number[] = [];
  forEachAllowed(logits, allowed, (logit, token) => {
    const worst = logits[best[best.length - 1] ?? -1] ?? Number.NEGATIVE_INFINITY;
    if (best.length >= count && logit <= worst) return;
    let place = best.length;
    while (place > 0 && (logits[best[place - 1] ?? -1] ?? 0) < logit) place--;
    best.splice(place, 0, token);
    if (best.length > count) best.pop();
  });
  return best;
}

/** Passes over logits that are -Infinity or no number: nothing can be guessed there. */
function forEachAllowed(
  logits: Float32Array,
  allowed: Int32Array | undefined,
  visit: (logit: number, token: number) => void,
): void {
  const count = allowed?.length ?? logits.length;
  for (let i = 0; i < count; i++) {
    const token = allowed === undefined ? i : (allowed[i] ?? 0);
    const logit = logits[token] ?? Number.NaN;
    if (logit > Number.NEGATIVE_INFINITY) visit(logit, token);
  }
}
