import type { ToolCallEvent } from '../../tools/index.js';
import { objectId } from '../generations.js';

/** `in_progress` while it is written; `incomplete` when the answer was cut off in it. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

interface MessageItem {
  readonly kind: 'message';
  readonly id: string;
  text: string;
  readonly logprobs: unknown[];
  status: ItemStatus;
}

interface CallItem {
  readonly kind: 'call';
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  arguments: string;
  status: ItemStatus;
}

type Item = MessageItem | CallItem;

/** An event of a response without its sequence number. */
export type ItemEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** The output of a response, item by item, and the events that tell of it in the order of OpenAI's API. */
export class OutputItems {
  readonly #items: Item[] = [];

  /** Adds what a parser found. */
  take(event: ToolCallEvent, logprobs: readonly unknown[]): readonly ItemEvent[] {
    switch (event.kind) {
      case 'content':
        return this.addText(event.text, logprobs);
      case 'call': {
        const { id: callId, name } = event;
        return this.#begin({ kind: 'call', id: objectId('fc_'), callId, name, arguments: '', status: 'in_progress' });
      }
      case 'arguments': {
        const call = this.#items.at(-1);
        if (call?.kind !== 'call') return [];
        call.arguments += event.text;
        return [{ type: 'response.function_call_arguments.delta', ...this.#place(call), delta: event.text }];
      }
    }
  }

  /** Adds to the message that is being written, or to a new one. */
  addText(text: string, logprobs: readonly unknown[]): readonly ItemEvent[] {
    const last = this.#items.at(-1);
    const events: ItemEvent[] = [];
    let message = last;
    if (message?.kind !== 'message') {
      message = { kind: 'message', id: objectId('msg_'), text: '', logprobs: [], status: 'in_progress' };
      events.push(...this.#begin(message));
    }
    message.text += text;
    message.logprobs.push(...logprobs);
    const place = this.#partPlace(message);
    return [...events, { type: 'response.output_text.delta', ...place, delta: text, logprobs }];
  }

  /** Ends the output. An answer without any text is an empty message. */
  finish(status: 'completed' | 'incomplete'): readonly ItemEvent[] {
    const events = this.#items.length === 0 ? this.addText('', []) : [];
    return [...events, ...this.#end(status)];
  }

  /** As the response's `output`. */
  get output(): readonly object[] {
    return this.#items.map(shown);
  }

  #begin(item: Item): readonly ItemEvent[] {
    const ended = this.#end('completed');
    this.#items.push(item);
    const added: ItemEvent = {
      type: 'response.output_item.added',
      output_index: this.#items.length - 1,
      item: item.kind === 'message' ? { ...shown(item), content: [] } : shown(item),
    };
    if (item.kind === 'call') return [...ended, added];
    return [...ended, added, { type: 'response.content_part.added', ...this.#partPlace(item), part: partOf(item) }];
  }

  #end(status: 'completed' | 'incomplete'): readonly ItemEvent[] {
    const item = this.#items.at(-1);
    if (item === undefined) return [];
    item.status = status;
    const done: ItemEvent = {
      type: 'response.output_item.done',
      output_index: this.#items.length - 1,
      item: shown(item),
    };
    if (item.kind === 'call') {
      const { name, arguments: args } = item;
      return [{ type: 'response.function_call_arguments.done', ...this.#place(item), name, arguments: args }, done];
    }
    const { text, logprobs } = item;
    const place = this.#partPlace(item);
    return [
      { type: 'response.output_text.done', ...place, text, logprobs },
      { type: 'response.content_part.done', ...place, part: partOf(item) },
      done,
    ];
  }

  #place(item: Item): object {
    return { item_id: item.id, output_index: this.#items.length - 1 };
  }

  #partPlace(item: MessageItem): object {
    return { ...this.#place(item), content_index: 0 };
  }
}

function shown(item: Item): object {
  const { id, status } = item;
  if (item.kind === 'message') return { id, type: 'message', status, role: 'assistant', content: [partOf(item)] };
  const { callId, name, arguments: args } = item;
  return { id, type: 'function_call', status, call_id: callId, name, arguments: args };
}

function partOf({ text, logprobs }: MessageItem): object {
  return { type: 'output_text', text, annotations: [], logprobs: [...logprobs] };
}
