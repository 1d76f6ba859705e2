import type { GenerationEvent } from '@foretoken/core';
import type { Palette } from './colour.js';

/** Text of an event; that of accepted guesses in green. */
export function paintEvent(event: GenerationEvent, palette: Palette): string {
  if (event.kind === 'finish') return event.text;
  return event.tokens.map(({ text, origin }) => (origin === 'draft' ? palette.green(text) : text)).join('');
}
