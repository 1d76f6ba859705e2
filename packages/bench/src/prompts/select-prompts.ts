import type { BenchmarkPrompt } from './read-prompts.js';

/** The first `count` prompts when one is taken from each category in turn, so that a part of the workload is as mixed as the whole. */
export function selectPrompts(prompts: readonly BenchmarkPrompt[], count: number): readonly BenchmarkPrompt[] {
  const turn = new Map<BenchmarkPrompt, number>();
  const seen = new Map<string, number>();
  for (const prompt of prompts) {
    const before = seen.get(prompt.category) ?? 0;
    turn.set(prompt, before);
    seen.set(prompt.category, before + 1);
  }
  // A stable sort keeps the categories in their order within each turn.
  return [...prompts].sort((a, b) => (turn.get(a) ?? 0) - (turn.get(b) ?? 0)).slice(0, count);
}
