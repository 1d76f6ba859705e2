/**
 * How often guesses were right whose parent was, by drafter and class (see `Acceptance`). Written by
 * `pnpm bench:controllers -- --priors`; classes that were tested less than 30 times are left out.
 */
export const PRIORS: Readonly<Record<string, Readonly<Record<number, number>>>> = {};
