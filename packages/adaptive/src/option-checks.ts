import { InvalidArgumentError } from '@foretoken/core/errors';

/** Refuses all but integers >= `minimum`. */
export function requireIntegers(options: Readonly<Record<string, number>>, minimum = 1): void {
  for (const [option, value] of Object.entries(options)) {
    if (Number.isInteger(value) && value >= minimum) continue;
    throw new InvalidArgumentError(`${option} must be an integer >= ${minimum}, but is ${value}.`, { option, value });
  }
}

/** Refuses all but numbers in [0, 1]. */
export function requireFractions(options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (value >= 0 && value <= 1) continue;
    throw new InvalidArgumentError(`${option} must be in [0, 1], but is ${value}.`, { option, value });
  }
}

/** Refuses a plan for a drafter that the decoder doesn't have. */
export function requireDrafter(drafter: string, drafters: readonly string[]): void {
  if (drafters.includes(drafter)) return;
  const known = drafters.length > 0 ? drafters.join(', ') : 'none';
  throw new InvalidArgumentError(`There is no drafter "${drafter}". At hand: ${known}.`, { drafter, drafters });
}

/** Refuses an empty drafter name. */
export function requireDrafterName(drafter: string): void {
  if (drafter === '') throw new InvalidArgumentError('drafter must be the name of a drafter, but is empty.');
}
