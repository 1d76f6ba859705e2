export { ControllerOptionError } from './errors.js';
export { type ExponentialAverageOptions, exponentialAverage } from './exponential-average.js';
export { type FixedOptions, fixed } from './fixed.js';
export { type HeuristicOptions, heuristic } from './heuristic.js';
export { standard } from './standard.js';
