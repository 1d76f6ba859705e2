import type { ToolCallEvent, ToolCallParser } from '../tools/index.js';

/** The parser of an answer without tools. */
export class PlainText implements ToolCallParser {
  readonly calls = 0;
  readonly cut = false;

  push(text: string): readonly ToolCallEvent[] {
    return text === '' ? [] : [{ kind: 'content', text }];
  }

  finish(): readonly ToolCallEvent[] {
    return [];
  }
}
