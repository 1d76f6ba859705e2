/** An engine that a request could go to. */
export interface Candidate {
  readonly index: number;
  readonly load: number;
  /** Tokens at the beginning of the prompt that it has read before. */
  readonly knownTokens: number;
}

/** Requests that an engine may have more than another and still be preferred for what it has read: waiting costs more than reading. */
const MOST_EXTRA_LOAD = 2;

/**
 * The engines in the order in which to try them: the one that has read most of the prompt before, unless it is clearly more
 * loaded than another; the others, and those of equal knowledge, by load.
 */
export function routeRequest(candidates: readonly Candidate[]): readonly Candidate[] {
  const byLoad = [...candidates].sort((a, b) => a.load - b.load || b.knownTokens - a.knownTokens || a.index - b.index);
  const least = byLoad[0]?.load ?? 0;
  const eligible = byLoad.filter(({ load, knownTokens }) => knownTokens > 0 && load <= least + MOST_EXTRA_LOAD);
  const [preferred] = eligible.sort((a, b) => b.knownTokens - a.knownTokens);
  if (preferred === undefined) return byLoad;
  return [preferred, ...byLoad.filter((candidate) => candidate !== preferred)];
}
