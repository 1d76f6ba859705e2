/**
 * The last token kept by a truncation. Tokens are ordered by falling logit, equal logits by rising id; top-k, top-p and
 * min-p each keep a prefix of that order, so a cut is all that has to be known and nothing needs a full sort.
 */
export interface Cut {
  readonly logit: number;
  readonly token: number;
}

/** What a truncation needs to know. */
export interface TruncationRules {
  /** Integer >= 1 or Infinity. */
  readonly topK: number;
  /** In (0, 1]. */
  readonly topP: number;
  /** In [0, 1]. */
  readonly minP: number;
}

/**
 * The cut of top-k, then top-p among what is left, then min-p. `undefined` keeps all.
 * `logits` has shape [vocabularySize], without NaN; `highest` is their maximum, finite.
 */
export function truncationCut(logits: Float32Array, highest: number, rules: TruncationRules): Cut | undefined {
  const { topK, topP, minP } = rules;
  let cut: Cut | undefined;
  if (topK < logits.length) {
    const best = topTokens(logits, topK);
    cut = cutAfter(logits, topP < 1 ? nucleus(logits, highest, best, topP) : best);
  } else if (topP < 1) {
    cut = nucleusCut(logits, highest, topP);
  }
  if (minP > 0) {
    const lowest: Cut = { logit: highest + Math.log(minP), token: Number.POSITIVE_INFINITY };
    if (cut === undefined || lowest.logit > cut.logit) cut = lowest;
  }
  return cut;
}

/** Whether a token is on the kept side of a cut. */
export function isKept(cut: Cut, logit: number, token: number): boolean {
  return logit > cut.logit || (logit === cut.logit && token <= cut.token);
}

/** The k first tokens of the order, best first. A heap of k ids with its worst on top: one comparison for most of the vocabulary. */
export function topTokens(logits: Float32Array, k: number): Int32Array {
  const heap = new Int32Array(k);
  const worse = (a: number, b: number): boolean => comesAfter(logits, a, b);
  for (let i = 0; i < k; i++) {
    let at = i;
    for (let parent = (at - 1) >> 1; at > 0 && worse(i, heap[parent] ?? 0); parent = (at - 1) >> 1) {
      heap[at] = heap[parent] ?? 0;
      at = parent;
    }
    heap[at] = i;
  }
  for (let token = k; token < logits.length; token++) {
    if (!worse(heap[0] ?? 0, token)) continue;
    let at = 0;
    for (let child = 1; child < k; child = 2 * at + 1) {
      if (child + 1 < k && worse(heap[child + 1] ?? 0, heap[child] ?? 0)) child++;
      const candidate = heap[child] ?? 0;
      if (!worse(candidate, token)) break;
      heap[at] = candidate;
      at = child;
    }
    heap[at] = token;
  }
  return heap.sort((a, b) => (comesAfter(logits, a, b) ? 1 : -1));
}

/** Whether token `a` comes after token `b` in the order. */
function comesAfter(logits: Float32Array, a: number, b: number): boolean {
  const logitA = logits[a] ?? 0;
  const logitB = logits[b] ?? 0;
  return logitA < logitB || (logitA === logitB && a > b);
}

/** The shortest prefix of `ordered` whose share of the whole's probability reaches `topP`. */
function nucleus(logits: Float32Array, highest: number, ordered: Int32Array, topP: number): Int32Array {
  const weight = (token: number): number => Math.exp((logits[token] ?? 0) - highest);
  let total = 0;
  for (const token of ordered) total += weight(token);
  return ordered.subarray(0, prefixReaching(ordered, weight, topP * total));
}

function prefixReaching(ordered: Int32Array, weight: (token: number) => number, mass: number): number {
  let reached = 0;
  for (let i = 0; i < ordered.length; i++) {
    reached += weight(ordered[i] ?? 0);
    if (reached >= mass) return i + 1;
  }
  return ordered.length;
}

function cutAfter(logits: Float32Array, ordered: Int32Array): Cut {
  const token = ordered[ordered.length - 1] ?? 0;
  return { logit: logits[token] ?? 0, token };
}

/** 32 buckets for each nat below the best token, over 32 nats: beyond that a token weighs less than 1e-13 of the best. */
const BUCKETS_PER_NAT = 32;
const BUCKETS = 32 * BUCKETS_PER_NAT;

/**
 * Top-p over the whole vocabulary in linear time: the mass is gathered in buckets of equal logit width, and only the
 * bucket in which the nucleus ends is sorted. The worst case, all logits within 1/32, sorts them all.
 */
function nucleusCut(logits: Float32Array, highest: number, topP: number): Cut {
  const masses = new Float64Array(BUCKETS);
  let total = 0;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] ?? 0;
    const weight = Math.exp(logit - highest);
    const bucket = bucketOf(logit, highest);
    masses[bucket] = (masses[bucket] ?? 0) + weight;
    total += weight;
  }
  const wanted = topP * total;
  let before = 0;
  let last = 0;
  while (last < BUCKETS - 1 && before + (masses[last] ?? 0) < wanted) before += masses[last++] ?? 0;
  const members: number[] = [];
  for (let token = 0; token < logits.length; token++) {
    if (bucketOf(logits[token] ?? 0, highest) === last) members.push(token);
  }
  const ordered = Int32Array.from(members).sort((a, b) => (comesAfter(logits, a, b) ? 1 : -1));
  const weight = (token: number): number => Math.exp((logits[token] ?? 0) - highest);
  return cutAfter(logits, ordered.subarray(0, prefixReaching(ordered, weight, wanted - before)));
}

function bucketOf(logit: number, highest: number): number {
  return Math.min(BUCKETS - 1, Math.floor((highest - logit) * BUCKETS_PER_NAT));
}
