import { ControllerOptionError } from './errors.js';
import { CONFIDENCE_BINS } from './estimate/confidence-map.js';
import type { CostState } from './estimate/cost-estimate.js';
import type { DrafterStates } from './estimate/drafter-estimates.js';

/** What `costAware` has learned, as plain JSON. */
export interface CostAwareState {
  readonly version: 1;
  readonly cost: CostState;
  readonly drafters: DrafterStates;
}

/** Reads a saved state. Throws `ControllerOptionError` that names the first field that is not as saved. */
export function parseCostAwareState(state: unknown): CostAwareState {
  const root = record(state, 'state');
  if (root.value.version !== 1) refuse('state.version', 'the number 1', root.value.version);
  const cost = child(root, 'cost');
  const estimate = (entry: Field) => ({ log: finite(entry, 'log', 700), variance: atLeastZero(entry, 'variance') });
  return {
    version: 1,
    cost: {
      curve: list(cost, 'curve').map((entry) => ({ rows: atLeastZero(entry, 'rows'), ...estimate(entry) })),
      levels: list(cost, 'levels').map((entry) => ({
        contextOctave: atLeastZero(entry, 'contextOctave'),
        batchOctave: atLeastZero(entry, 'batchOctave'),
        standardReadings: atLeastZero(entry, 'standardReadings'),
        ...estimate(entry),
      })),
    },
    drafters: list(root, 'drafters').map(drafterState),
  };
}

function drafterState(entry: Field): DrafterStates[number] {
  const { drafter, width } = entry.value;
  if (typeof drafter !== 'string') return refuse(`${entry.where}.drafter`, 'a string', drafter);
  if (!Number.isInteger(width) || atLeastZero(entry, 'width') < 1) {
    return refuse(`${entry.where}.width`, 'an integer >= 1', width);
  }
  const acceptance = child(entry, 'acceptance');
  const { confident } = acceptance.value;
  if (typeof confident !== 'boolean') return refuse(`${acceptance.where}.confident`, 'true or false', confident);
  const confidences = child(acceptance, 'confidences');
  const price = child(entry, 'draftCost');
  const persistence = child(entry, 'persistence');
  return {
    drafter,
    width: atLeastZero(entry, 'width'),
    acceptance: {
      confident,
      confidences: counts(confidences, ['tested', 'passed'], CONFIDENCE_BINS),
      levels: list(acceptance, 'levels').map((level) => ({
        minimumConfidence: atLeastZero(level, 'minimumConfidence', 1),
        ...counts(level, ['asked', 'tested', 'passed', 'claimed']),
        ...counts(level, ['longTested', 'longPassed'], 2),
      })),
    },
    draftCost: {
      rounds: atLeastZero(price, 'rounds'),
      nodes: atLeastZero(price, 'nodes'),
      squares: atLeastZero(price, 'squares'),
      milliseconds: atLeastZero(price, 'milliseconds'),
      products: atLeastZero(price, 'products'),
    },
    persistence: {
      after: atLeastZero(persistence, 'after'),
      again: atLeastZero(persistence, 'again'),
      good: atLeastZero(persistence, 'good'),
      goodTokens: atLeastZero(persistence, 'goodTokens'),
    },
    nodesPerDepth: atLeastZero(entry, 'nodesPerDepth'),
  };
}

/** Part of a state, and where it lies. */
interface Field {
  readonly value: Readonly<Record<string, unknown>>;
  readonly where: string;
}

/** Counts that nest: of so many rounds so many were tested and of those so many passed. */
function counts<Name extends string>(parent: Field, names: readonly Name[], length?: number): Record<Name, number[]> {
  let above: readonly number[] | undefined;
  const read = (name: Name): number[] => {
    const where = `${parent.where}.${name}`;
    const values = parent.value[name];
    const fitting = Array.isArray(values) && values.length === (length ?? above?.length ?? values.length);
    if (!fitting || values.length > 1000) return refuse(where, 'an array of numbers as long as its neighbours', values);
    const checked = values.map((count: unknown, index) => {
      const most = above?.[index] ?? Number.MAX_VALUE;
      const fits = typeof count === 'number' && count >= 0 && count <= most * (1 + 1e-9);
      return fits ? count : refuse(`${where}[${index}]`, `a number from 0 to ${most}`, count);
    });
    // `claimed` nests in `tested`, as `passed` does.
    if (name !== 'passed') above = checked;
    return checked;
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, number[]>;
}

function record(value: unknown, where: string): Field {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(where, 'an object', value);
  return { value: value as Readonly<Record<string, unknown>>, where };
}

function child({ value, where }: Field, name: string): Field {
  return record(value[name], `${where}.${name}`);
}

function list({ value, where }: Field, name: string): readonly Field[] {
  const entries = value[name];
  if (!Array.isArray(entries)) return refuse(`${where}.${name}`, 'an array', entries);
  return entries.map((entry: unknown, index) => record(entry, `${where}.${name}[${index}]`));
}

function finite({ value, where }: Field, name: string, most = Number.MAX_VALUE): number {
  const number = value[name];
  const fits = typeof number === 'number' && Math.abs(number) <= most;
  return fits ? number : refuse(`${where}.${name}`, `a number from -${most} to ${most}`, number);
}

function atLeastZero(parent: Field, name: string, most?: number): number {
  const number = finite(parent, name, most);
  return number >= 0 ? number : refuse(`${parent.where}.${name}`, 'a number >= 0', number);
}

function refuse(where: string, wanted: string, value: unknown): never {
  throw new ControllerOptionError(
    `${where} must be ${wanted}, but is ${JSON.stringify(value)}. Pass what save() gave.`,
    { where },
  );
}
