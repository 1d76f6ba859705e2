import type { TokenEvent } from '@foretoken/core';
import type { Palette } from '../terminal/colour.js';
import type { WordWrap } from '../terminal/word-wrap.js';

/** Gives what a terminal is to show of each event: words whole, accepted guesses in green. */
export function paintedText(palette: Palette, wrap: WordWrap): (event: TokenEvent) => string {
  const plain = (text: string): string => text;
  return (event) => {
    const guessed = event.kind === 'token' && event.origin === 'draft';
    const text = wrap.push(event.text, guessed ? palette.green : plain);
    return event.kind === 'finish' ? text + wrap.end() : text;
  };
}
