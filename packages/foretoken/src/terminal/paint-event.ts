import type { TokenEvent } from '@foretoken/core';
import type { Palette } from './colour.js';

/** Text of an event; that of an accepted guess in green. */
export function paintEvent(event: TokenEvent, palette: Palette): string {
  return event.kind === 'token' && event.origin === 'draft' ? palette.green(event.text) : event.text;
}
