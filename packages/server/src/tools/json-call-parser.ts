import { type ExactJson, parseExactJson, writeExactJson } from '@foretoken/core/text';
import { followJson } from './json-nesting.js';
import { appendText, type ToolCallEvent, type ToolCallParser } from './tool-call-parser.js';

export interface JsonCallParserOptions {
  /** For each tool by its name, whether it takes such arguments. */
  readonly checks: ReadonlyMap<string, (args: unknown) => boolean>;
  /** Whether the answer may hold several calls. */
  readonly several: boolean;
  readonly callId: () => string;
}

interface JsonCall {
  readonly name: string;
  readonly args: string;
}

/**
 * Where the parser is. `line`: in a line that is text. `start`: at the beginning of one, where a call may begin.
 * `object`: in what may be a call. `after`: behind it, where a fence must close, or a line end. What is held is text
 * until all of it turned out to be calls.
 */
type State =
  | { readonly kind: 'line' }
  | { readonly kind: 'start'; held: string }
  | {
      readonly kind: 'object';
      readonly fenced: boolean;
      readonly before: readonly JsonCall[];
      held: string;
      object: string;
      depth: number;
      inString: boolean;
      escaped: boolean;
      /** Whether the first key says that this may be a call. */
      likely: boolean;
    }
  | {
      readonly kind: 'after';
      readonly fenced: boolean;
      readonly calls: readonly JsonCall[];
      held: string;
      rest: string;
    };

/** A fence as far as it was read, up to the brace of its object. Names of languages that calls are written in. */
const FENCE =
  /^(?:`{1,2}|```(?:j|js|jso|json|t|to|too|tool|tool_|tool_c|tool_ca|tool_cal|tool_call)?[ \t]*\r?|```(?:json|tool_call)?[ \t]*\r?\n\s*)$/;
const FENCED_OBJECT = /^```(?:json|tool_call)?\s*\{$/;
const FIRST_KEY = /^\{\s*"((?:[^"\\]|\\.)*)"\s*:/;
const NAME = /^\{\s*"name"\s*:\s*"((?:[^"\\]|\\.)*)"/;
const NO_KEY = /^\{\s*[^\s"]/;
const NO_NAME = /^\{\s*"name"\s*:\s*[^\s"]/;

/**
 * Finds calls that are written as JSON without the tag, as Qwen2.5-Coder writes them: an object with the `name` of a
 * tool and `arguments` that fit it, alone in its lines or in a fence (```json). It reads the text that is left when
 * another parser has taken its calls. Pieces may be cut anywhere. White space around calls is dropped.
 */
export class JsonCallParser implements ToolCallParser {
  readonly #tagged: ToolCallParser;
  readonly #options: JsonCallParserOptions;
  #state: State = { kind: 'start', held: '' };
  readonly #events: ToolCallEvent[] = [];
  #calls = 0;
  #cut = false;
  /** White space that is dropped if a call follows. */
  #space = '';
  /** The line of text that is not over yet, and whether it is in a fence. */
  #line = '';
  #inFence = false;

  constructor(tagged: ToolCallParser, options: JsonCallParserOptions) {
    this.#tagged = tagged;
    this.#options = options;
  }

  get calls(): number {
    return this.#calls;
  }

  /** Also of JSON that began as a call does: it comes out as text. */
  get cut(): boolean {
    return this.#cut || this.#tagged.cut;
  }

  push(text: string): readonly ToolCallEvent[] {
    this.#readEvents(this.#tagged.push(text));
    return this.#events.splice(0);
  }

  finish(): readonly ToolCallEvent[] {
    this.#readEvents(this.#tagged.finish());
    this.#cut = this.#state.kind === 'object' && this.#state.likely;
    this.#settle();
    if (this.#calls === 0) this.#content(this.#space);
    this.#space = '';
    return this.#events.splice(0);
  }

  #readEvents(events: readonly ToolCallEvent[]): void {
    for (const event of events) {
      switch (event.kind) {
        case 'content':
          for (const character of event.text) this.#read(character);
          break;
        case 'call':
          this.#settle();
          this.#begin();
          this.#events.push({ ...event, index: this.#calls++ });
          break;
        case 'arguments':
          this.#events.push({ ...event, index: this.#calls - 1 });
      }
    }
  }

  /** Nothing more comes to what is held. */
  #settle(): void {
    const state = this.#state;
    if (state.kind === 'after') this.#commit(state.calls);
    else if (state.kind !== 'line') this.#release(state.held);
  }

  #read(character: string): void {
    const state = this.#state;
    if (state.kind === 'line') {
      this.#release(character);
      return;
    }
    state.held += character;
    if (state.kind === 'start') this.#readStart(state);
    else if (state.kind === 'object') this.#readObject(state, character);
    else this.#readAfter(state, character);
  }

  #readStart({ held }: State & { readonly kind: 'start' }): void {
    const opening = held.trimStart();
    const fenced = FENCED_OBJECT.test(opening);
    const possible = !this.#inFence && (this.#options.several || this.#calls === 0);
    if (possible && (fenced || opening === '{')) this.#open(held, { fenced, before: [] });
    else if (opening !== '' && !(possible && FENCE.test(opening))) this.#release(held);
  }

  #open(held: string, { fenced, before }: { readonly fenced: boolean; readonly before: readonly JsonCall[] }): void {
    const outside = { depth: 1, inString: false, escaped: false, likely: false };
    this.#state = { kind: 'object', fenced, before, held, object: '{', ...outside };
  }

  #readObject(state: State & { readonly kind: 'object' }, character: string): void {
    state.object += character;
    followJson(state, character);
    if (!state.likely && !this.#mayBeCall(state)) {
      this.#release(state.held);
    } else if (state.depth === 0) {
      const call = this.#readCall(state.object);
      if (call === undefined) this.#release(state.held);
      else {
        const { fenced, before, held } = state;
        this.#state = { kind: 'after', fenced, calls: [...before, call], held, rest: '' };
      }
    }
  }

  #mayBeCall(state: State & { readonly kind: 'object' }): boolean {
    const { object } = state;
    if (NO_KEY.test(object) || NO_NAME.test(object)) return false;
    const key = FIRST_KEY.exec(object)?.[1];
    if (key === undefined) return true;
    const name = NAME.exec(object)?.[1];
    state.likely = key === 'arguments' || name !== undefined;
    return key === 'arguments' || (key === 'name' && (name === undefined || this.#options.checks.has(name)));
  }

  #readCall(object: string): JsonCall | undefined {
    try {
      const value = parseExactJson(object);
      if (!(value instanceof Map) || value.size !== 2) return undefined;
      const call: ReadonlyMap<string, ExactJson> = value;
      const [name, args] = [call.get('name'), call.get('arguments')];
      if (typeof name !== 'string' || !(args instanceof Map)) return undefined;
      const written = writeExactJson(args);
      return this.#options.checks.get(name)?.(JSON.parse(written)) ? { name, args: written } : undefined;
    } catch {
      return undefined;
    }
  }

  #readAfter(state: State & { readonly kind: 'after' }, character: string): void {
    const { fenced, calls, held } = state;
    state.rest += character;
    const rest = state.rest.trim();
    if (rest === '{' || rest === ',{') this.#open(held, { fenced, before: calls });
    else if (fenced ? rest === '```' : rest === '' && character === '\n') this.#commit(calls);
    else if (rest !== '' && rest !== ',' && !(fenced && /^`{1,2}$/.test(rest))) this.#release(held);
  }

  #commit(calls: readonly JsonCall[]): void {
    this.#begin();
    for (const { name, args } of this.#options.several ? calls : calls.slice(0, 1)) {
      const index = this.#calls++;
      this.#events.push({ kind: 'call', index, id: this.#options.callId(), name });
      this.#events.push({ kind: 'arguments', index, text: args });
    }
  }

  /** A call: what follows begins a line of its own. */
  #begin(): void {
    this.#space = '';
    this.#line = '';
    this.#state = { kind: 'start', held: '' };
  }

  /** What was held is text. */
  #release(text: string): void {
    for (const character of text) {
      if (character === '\n') {
        if (this.#line.trimStart().startsWith('```')) this.#inFence = !this.#inFence;
        this.#line = '';
      } else this.#line += character;
    }
    const all = this.#space + text;
    const certain = all.trimEnd();
    this.#space = all.slice(certain.length);
    this.#content(certain);
    this.#state = this.#line.trim() === '' ? { kind: 'start', held: '' } : { kind: 'line' };
  }

  #content(text: string): void {
    appendText(this.#events, { kind: 'content', text });
  }
}
