import { type ExactJson, parseExactJson, writeExactJson } from '@foretoken/core/text';
import { followJson } from './json-nesting.js';
import { CALL_CLOSING_TAG, CALL_TAG } from './tagged-calls.js';
import { appendText, type ToolCallEvent, type ToolCallParser } from './tool-call-parser.js';

/** What stands between `<tool_call>` and the arguments. */
const HEAD = /^\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:$/;

/**
 * Where the parser is. `text`: outside of calls, with what is held back because a tag may follow. `head`: in a call,
 * before its arguments. `arguments`: in an object, so deep. `tail`: after the arguments, before the closing tag.
 */
type State =
  | { readonly kind: 'text'; held: string }
  | { readonly kind: 'head'; read: string }
  | {
      readonly kind: 'arguments';
      depth: number;
      inString: boolean;
      escaped: boolean;
      begun: boolean;
      readonly name: string;
      read: string;
    }
  | { readonly kind: 'tail'; read: string };

/**
 * Finds `<tool_call>{"name": …, "arguments": {…}}</tool_call>` in an answer, character by character, so that it does not
 * matter where its pieces were cut. A call that is written in another way (arguments first, or as a string) comes out
 * whole when its tag closes; what is no call at all comes out as content. White space around calls is dropped. A call
 * whose name is not complete when the answer ends (it was cut off) is dropped.
 */
export class TaggedCallParser implements ToolCallParser {
  readonly #callId: () => string;
  #state: State = { kind: 'text', held: '' };
  readonly #events: ToolCallEvent[] = [];
  #calls = 0;
  #cut = false;

  constructor(callId: () => string) {
    this.#callId = callId;
  }

  get calls(): number {
    return this.#calls;
  }

  /** A call whose arguments were cut off is given as far as it came. */
  get cut(): boolean {
    return this.#cut;
  }

  push(text: string): readonly ToolCallEvent[] {
    for (const character of text) this.#read(character);
    return this.#events.splice(0);
  }

  finish(): readonly ToolCallEvent[] {
    const state = this.#state;
    if (state.kind === 'text' && (this.#calls === 0 || state.held.trim() !== '')) this.#content(state.held);
    this.#cut = state.kind === 'head' || (state.kind === 'arguments' && !state.begun);
    this.#state = { kind: 'text', held: '' };
    return this.#events.splice(0);
  }

  #read(character: string): void {
    const state = this.#state;
    switch (state.kind) {
      case 'text':
        this.#readText(state, character);
        return;
      case 'head': {
        state.read += character;
        const name = character === ':' ? nameIn(state.read) : undefined;
        if (name !== undefined) {
          this.#state = { ...OUTSIDE, kind: 'arguments', name, read: state.read };
        } else if (state.read.endsWith(CALL_CLOSING_TAG)) {
          this.#whole(state.read);
        }
        return;
      }
      case 'arguments':
        this.#readArguments(state, character);
        return;
      case 'tail':
        state.read += character;
        if (state.read.endsWith(CALL_CLOSING_TAG)) this.#state = { kind: 'text', held: '' };
    }
  }

  #readText(state: State & { readonly kind: 'text' }, character: string): void {
    state.held += character;
    if (state.held.endsWith(CALL_TAG)) {
      const before = state.held.slice(0, -CALL_TAG.length);
      if (before.trim() !== '') this.#content(before);
      this.#state = { kind: 'head', read: '' };
      return;
    }
    const kept = heldBack(state.held);
    const certain = state.held.slice(0, state.held.length - kept);
    state.held = state.held.slice(certain.length);
    this.#content(certain);
  }

  #readArguments(state: State & { readonly kind: 'arguments' }, character: string): void {
    if (!state.begun) {
      state.read += character;
      if (/\s/.test(character)) return;
      if (character !== '{') {
        // Arguments as a string, or none at all: seen whole only.
        this.#state = { kind: 'head', read: state.read };
        return;
      }
      state.begun = true;
      this.#call(state.name);
    }
    this.#arguments(character);
    followJson(state, character);
    if (state.depth === 0) this.#state = { kind: 'tail', read: '' };
  }

  /** A closed call that did not come in the order that can be streamed. */
  #whole(read: string): void {
    this.#state = { kind: 'text', held: '' };
    const call = readCall(read.slice(0, -CALL_CLOSING_TAG.length));
    if (call === undefined) {
      this.#content(`${CALL_TAG}${read}`);
      return;
    }
    this.#call(call.name);
    this.#arguments(call.args);
  }

  #content(text: string): void {
    appendText(this.#events, { kind: 'content', text });
  }

  #call(name: string): void {
    this.#events.push({ kind: 'call', index: this.#calls++, id: this.#callId(), name });
  }

  #arguments(text: string): void {
    appendText(this.#events, { kind: 'arguments', index: this.#calls - 1, text });
  }
}

const OUTSIDE = { depth: 0, inString: false, escaped: false, begun: false } as const;

function nameIn(head: string): string | undefined {
  const written = HEAD.exec(head)?.[1];
  return written === undefined ? undefined : readCall(`{"name": ${written}}`)?.name;
}

/** How many characters at the end may belong to a tag, or are white space that a tag may follow. */
function heldBack(text: string): number {
  let prefix = Math.min(CALL_TAG.length - 1, text.length);
  while (prefix > 0 && !text.endsWith(CALL_TAG.slice(0, prefix))) prefix--;
  const before = text.slice(0, text.length - prefix);
  return prefix + before.length - before.trimEnd().length;
}

function readCall(json: string): { readonly name: string; readonly args: string } | undefined {
  try {
    const value = parseExactJson(json);
    if (!(value instanceof Map)) return undefined;
    const call: ReadonlyMap<string, ExactJson> = value;
    const name = call.get('name');
    if (typeof name !== 'string') return undefined;
    const given = call.get('parameters') ?? call.get('arguments') ?? new Map();
    return { name, args: typeof given === 'string' ? given : writeExactJson(given) };
  } catch {
    return undefined;
  }
}
