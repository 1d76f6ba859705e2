import type { StopStrings } from '../contracts/text-codec.js';
import { InvalidArgumentError } from '../errors.js';

/** Most stop strings of one matcher. Each is compared at every character. */
export const MAX_STOP_STRINGS = 64;
/** Longest stop string in UTF-16 units: as much text may be held back. */
export const MAX_STOP_STRING_LENGTH = 1_024;

/**
 * Finds stop strings that may be spread over many pieces. Holds back no more than the longest suffix that could
 * become a stop string. Of two stop strings that end at the same place the one that begins first wins.
 * Throws `InvalidArgumentError` for an empty stop string and beyond `MAX_STOP_STRINGS` or `MAX_STOP_STRING_LENGTH`.
 */
export function createStopMatcher(stops: readonly string[]): StopStrings {
  validate(stops);
  let held = '';
  let stopped = false;
  return {
    push(text) {
      if (stopped) return { text: '', stopped };
      const all = held + text;
      const found = firstStop(all, stops);
      if (found !== undefined) {
        stopped = true;
        held = '';
        return { text: all.slice(0, found), stopped };
      }
      const safe = all.length - heldLength(all, stops);
      held = all.slice(safe);
      return { text: all.slice(0, safe), stopped };
    },
    finish() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** Where the stop string begins that is complete first, reading from the left. */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  let best: { readonly start: number; readonly end: number } | undefined;
  for (const stop of stops) {
    const start = text.indexOf(stop);
    const end = start + stop.length;
    if (start >= 0 && (!best || end < best.end || (end === best.end && start < best.start))) best = { start, end };
  }
  return best?.start;
}

/** Length of the longest suffix that a stop string begins with. */
function heldLength(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}

function validate(stops: readonly string[]): void {
  if (stops.length > MAX_STOP_STRINGS) {
    throw new InvalidArgumentError(
      `${stops.length} stop strings were given; at most ${MAX_STOP_STRINGS} are possible.`,
      { count: stops.length },
    );
  }
  for (const [index, stop] of stops.entries()) {
    if (typeof stop !== 'string' || stop.length === 0 || stop.length > MAX_STOP_STRING_LENGTH) {
      throw new InvalidArgumentError(
        `Stop string ${index} has ${typeof stop === 'string' ? `${stop.length} characters` : `the type ${typeof stop}`}; it must be a string of 1 to ${MAX_STOP_STRING_LENGTH} characters.`,
        { index },
      );
    }
  }
}
