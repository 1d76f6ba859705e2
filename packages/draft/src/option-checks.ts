import { InvalidArgumentError } from '@foretoken/core/errors';

/** Throws `InvalidArgumentError` unless it is an integer >= `least`. */
export function requireInteger(option: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new InvalidArgumentError(`${option} must be an integer >= ${least}, but is ${value}.`, { [option]: value });
}

/** Throws `InvalidArgumentError` unless it is in [0, 1]. */
export function requireFraction(option: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new InvalidArgumentError(`${option} must be in [0, 1], but is ${value}.`, { [option]: value });
}

/** Throws `InvalidArgumentError` for a drafter's name that is empty. */
export function requireName(name: string): void {
  if (name === '') throw new InvalidArgumentError('name must not be empty.', { name });
}
