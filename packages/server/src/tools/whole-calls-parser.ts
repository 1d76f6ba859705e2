import type { ToolCallEvent, ToolCallParser } from './tool-call-parser.js';

/**
 * Gives the calls that another parser finds when they are complete, and leaves out one that the end of the answer cut:
 * for answers that a stop string can end anywhere.
 */
export class WholeCallsParser implements ToolCallParser {
  readonly #parser: ToolCallParser;
  #call: (ToolCallEvent & { readonly kind: 'call' }) | undefined;
  #arguments = '';
  #calls = 0;
  #cut = false;

  constructor(parser: ToolCallParser) {
    this.#parser = parser;
  }

  get calls(): number {
    return this.#calls;
  }

  get cut(): boolean {
    return this.#cut || this.#parser.cut;
  }

  push(text: string): readonly ToolCallEvent[] {
    return this.#hold(this.#parser.push(text));
  }

  finish(): readonly ToolCallEvent[] {
    return [...this.#hold(this.#parser.finish()), ...this.#takeCall()];
  }

  #hold(events: readonly ToolCallEvent[]): readonly ToolCallEvent[] {
    return events.flatMap((event) => {
      if (event.kind === 'content') return [...this.#takeCall(), event];
      if (event.kind === 'arguments') {
        this.#arguments += event.text;
        return [];
      }
      const before = this.#takeCall();
      this.#call = event;
      return before;
    });
  }

  /** The call that is over, if there is one. */
  #takeCall(): readonly ToolCallEvent[] {
    const [call, text] = [this.#call, this.#arguments];
    if (call === undefined) return [];
    this.#call = undefined;
    this.#arguments = '';
    if (!isComplete(text)) {
      this.#cut = true;
      return [];
    }
    this.#calls++;
    return [call, { kind: 'arguments', index: call.index, text }];
  }
}

function isComplete(args: string): boolean {
  try {
    JSON.parse(args);
    return true;
  } catch {
    return false;
  }
}
