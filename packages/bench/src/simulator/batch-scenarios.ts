import { seededRandom } from '../seeded-random.js';
import { independent, regimes, seldom } from './guessability.js';
import { draftModel, lookup } from './scenarios.js';
import { type Simulation, simulatedText } from './simulate.js';
import type { BatchRequest } from './simulate-batch.js';

/** A queue of texts of some kinds. */
export interface BatchContent {
  readonly name: string;
  /** Whether nothing at all can be guessed. */
  readonly useless: boolean;
  /** What the n-th text of so many is like. */
  readonly drafters: (index: number, count: number) => Simulation['drafters'];
}

const COPY = lookup(independent(0.95));
const CHAT = lookup(independent(0));
const LIST = lookup(independent(0.6));

/** What many sequences at a time are compared on. */
export const BATCH_CONTENTS: readonly BatchContent[] = [
  { name: 'nothing to guess', useless: true, drafters: () => CHAT },
  { name: 'seldom anything', useless: false, drafters: () => lookup(seldom(0.08, 0.75)) },
  { name: 'i.i.d. 0.6', useless: false, drafters: () => LIST },
  { name: 'copying', useless: false, drafters: () => COPY },
  { name: 'every other copies', useless: false, drafters: (index) => (index % 2 === 0 ? CHAT : COPY) },
  { name: 'one in four copies', useless: false, drafters: (index) => (index % 4 === 1 ? COPY : CHAT) },
  { name: 'copying, 0.6 and nothing', useless: false, drafters: (index) => [COPY, LIST, CHAT][index % 3] ?? CHAT },
  {
    name: 'first nothing, then copying',
    useless: false,
    drafters: (index, count) => (index < count / 2 ? CHAT : COPY),
  },
  {
    name: 'first copying, then nothing',
    useless: false,
    drafters: (index, count) => (index < count / 2 ? COPY : CHAT),
  },
  { name: 'changing within each', useless: false, drafters: () => lookup(regimes([0.9, 0.02, 0.6], 80)) },
  {
    name: 'lookup and draft model',
    useless: false,
    drafters: (index) => ({ ...(index % 2 ? COPY : CHAT), model: draftModel }),
  },
];

/** Texts of 60 to 400 tokens after prompts of 20 to 200. */
export function batchRequests({ drafters }: BatchContent, count: number, seed: number): BatchRequest[] {
  const random = seededRandom(seed * 7717 + 5);
  return Array.from({ length: count }, (_, index) => {
    const own = drafters(index, count);
    const tokens = 60 + Math.floor(random() * 340);
    const promptTokens = 20 + Math.floor(random() * 180);
    return { drafters: own, text: simulatedText(own, tokens, seed * 1009 + index), promptTokens };
  });
}
