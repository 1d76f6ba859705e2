import { confident, type Guessability, independent, passages, ranked, regimes, seldom } from './guessability.js';
import { MACHINES, type MachineName } from './machines.js';
import type { SimulatedDrafter } from './simulate.js';

/** A kind of text with the drafters that guess it. */
export interface Content {
  readonly name: string;
  /**
   * `passages`: stationary over long stretches, but made of short passages. `changing`: what can be guessed, or by whom,
   * changes every few hundred tokens. `useless`: nothing can be guessed.
   */
  readonly kind: 'stationary' | 'passages' | 'changing' | 'useless';
  readonly drafters: Readonly<Record<string, SimulatedDrafter>>;
  /** @default [1] */
  readonly widths?: readonly number[];
}

/** A content on a machine. */
export interface Scenario extends Content {
  readonly machine: MachineName;
}

/** A drafter that costs next to nothing. */
export const lookup = (guesses: Guessability): Content['drafters'] => ({
  lookup: { guesses, price: { round: 0.001, token: 0 } },
});
const modelPrice = { round: 0.02, token: 0.06 };
/** A draft model that is as sure as it is right. */
export const draftModel = { guesses: confident((chance) => chance), price: modelPrice };
const quotes = passages({ chance: 0.97, length: 25 }, { chance: 0.1, length: 40 });

/** What controllers are compared on. */
export const CONTENTS: readonly Content[] = [
  { name: 'i.i.d. 0.3', kind: 'stationary', drafters: lookup(independent(0.3)) },
  { name: 'i.i.d. 0.6', kind: 'stationary', drafters: lookup(independent(0.6)) },
  { name: 'i.i.d. 0.8', kind: 'stationary', drafters: lookup(independent(0.8)) },
  { name: 'i.i.d. 0.95', kind: 'stationary', drafters: lookup(independent(0.95)) },
  { name: 'quoted passages', kind: 'passages', drafters: lookup(quotes) },
  { name: 'regimes 0.9 0.02 0.6', kind: 'changing', drafters: lookup(regimes([0.9, 0.02, 0.6], 250)) },
  { name: 'regimes 0.02 0.9', kind: 'changing', drafters: lookup(regimes([0.02, 0.9], 150)) },
  { name: 'always wrong', kind: 'useless', drafters: lookup(independent(0)) },
  {
    name: 'two always wrong, one costly',
    kind: 'useless',
    drafters: { ...lookup(independent(0)), model: { guesses: independent(0), price: modelPrice } },
  },
  { name: 'seldom anything', kind: 'stationary', drafters: lookup(seldom(0.08, 0.75)) },
  {
    name: 'two, good at turns',
    kind: 'changing',
    drafters: {
      lookup: { guesses: regimes([0.9, 0.1], 400) },
      recycling: { guesses: regimes([0.1, 0.75], 400) },
    },
  },
  {
    name: 'lookup and draft model',
    kind: 'changing',
    drafters: { ...lookup(regimes([0.05, 0.95], 300)), model: draftModel },
  },
  {
    name: 'confident',
    kind: 'stationary',
    drafters: { model: draftModel },
  },
  {
    name: 'over-confident',
    kind: 'stationary',
    drafters: { model: { guesses: confident((chance) => chance ** 0.4), price: modelPrice } },
  },
  { name: 'trees', kind: 'stationary', drafters: lookup(ranked([0.45, 0.2, 0.08, 0.07])), widths: [1, 2, 4] },
];

/** Every content on every machine. */
export const SCENARIOS: readonly Scenario[] = Object.keys(MACHINES).flatMap((machine) =>
  CONTENTS.map((content) => ({ ...content, machine: machine as MachineName })),
);
