import type { BenchmarkPrompt } from './read-prompts.js';

/** Not a prompt of the workload: drafters remember what they saw, and must not know an answer before it is measured. */
export const WARM_UP: BenchmarkPrompt = {
  id: 'warm-up',
  category: 'warm-up',
  messages: [{ role: 'user', content: 'Write the numbers from one to ten as words, then once more backwards.' }],
};
