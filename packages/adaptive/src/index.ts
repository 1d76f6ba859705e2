export { InvalidArgumentError } from '@foretoken/core/errors';
export { type ExponentialAverageOptions, exponentialAverage } from './exponential-average.js';
export { type FixedOptions, fixed } from './fixed.js';
export { type HeuristicOptions, heuristic } from './heuristic.js';
export type { CalibrationPoint } from './planner/pass-price.js';
export { type Planner, type PlannerOptions, planner, type SequenceLimits } from './planner/planner.js';
export { standard } from './standard.js';
