export { ControllerOptionError } from './errors.js';
export { type FixedOptions, fixed } from './fixed.js';
export { standard } from './standard.js';
