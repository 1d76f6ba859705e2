/** What a piece of the answer turned out to be. */
export type ToolCallEvent =
  /** Text for the user. */
  | { readonly kind: 'content'; readonly text: string }
  /** A call begins; its arguments follow. */
  | { readonly kind: 'call'; readonly index: number; readonly id: string; readonly name: string }
  /** More of a call's arguments: pieces of JSON text that add up to an object. */
  | { readonly kind: 'arguments'; readonly index: number; readonly text: string };

/** Adds text to events, to the last of them where that is of the same kind. */
export function appendText(events: ToolCallEvent[], event: Exclude<ToolCallEvent, { readonly kind: 'call' }>): void {
  if (event.kind === 'content' && event.text === '') return;
  const last = events.at(-1);
  if (last === undefined || last.kind === 'call' || last.kind !== event.kind) events.push(event);
  else events[events.length - 1] = { ...last, text: last.text + event.text };
}

/** Finds the calls in an answer that comes in pieces. Pieces may be cut anywhere; the events add up to the same. */
export interface ToolCallParser {
  push(text: string): readonly ToolCallEvent[];
  /** To be called once after the last piece. What was held back and is no call comes out as content. */
  finish(): readonly ToolCallEvent[];
  /** Calls so far. With one or more, the finish reason is `tool_calls` (unless the answer was cut off). */
  readonly calls: number;
  /** Whether a call was left out since the answer ended in it. */
  readonly cut: boolean;
}
