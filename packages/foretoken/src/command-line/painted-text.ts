import type { GenerationEvent } from '@foretoken/core';
import type { Palette } from '../terminal/colour.js';
import type { WordWrap } from '../terminal/word-wrap.js';

/** Gives what a terminal is to show of each event: words whole, accepted guesses in green. */
export function paintedText(palette: Palette, wrap: WordWrap): (event: GenerationEvent) => string {
  const plain = (text: string): string => text;
  return (event) => {
    if (event.kind === 'finish') return wrap.push(event.text, plain) + wrap.end();
    return event.tokens.map(({ text, origin }) => wrap.push(text, origin === 'draft' ? palette.green : plain)).join('');
  };
}
