import { type AnswerResult, AnswerView } from './answer-view.js';
import type { ApiKey } from './api-key.js';
import { comparison } from './comparison.js';
import { type CompletionCall, CompletionError, streamCompletion } from './completion-stream.js';
import { element, find } from './dom.js';
import { formatCount, formatNumber } from './format.js';
import { type PlaygroundSettings, SettingsForm } from './settings.js';

interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

type Mode = 'chat' | 'completion';

/** A call without what belongs to one attempt. */
type Question = Pick<CompletionCall, 'path' | 'body'>;

/** Asks the server and shows where the answer was guessed ahead. */
export class Playground {
  readonly #key: ApiKey;
  readonly #settings = new SettingsForm();
  readonly #conversation = find('conversation', HTMLElement);
  readonly #welcome = find('welcome', HTMLElement);
  readonly #prompt = find('prompt', HTMLTextAreaElement);
  readonly #send = find('send', HTMLButtonElement);
  readonly #clear = find('clear', HTMLButtonElement);
  readonly #announcer = find('announcer', HTMLElement);
  #mode: Mode = 'chat';
  #messages: Message[] = [];
  #running: AbortController | undefined;

  constructor(key: ApiKey) {
    this.#key = key;
    find('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#running === undefined) void this.#submit();
      else this.#running.abort();
    });
    this.#prompt.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (this.#running === undefined) void this.#submit();
    });
    this.#clear.addEventListener('click', () => this.#startOver());
    for (const mode of ['chat', 'completion'] as const) {
      find(`mode-${mode}`, HTMLInputElement).addEventListener('change', () => this.#switch(mode));
    }
    for (const example of this.#welcome.querySelectorAll('button')) {
      example.addEventListener('click', () => {
        this.#prompt.value = example.textContent ?? '';
        this.#prompt.focus();
      });
    }
  }

  /** How the server guesses where a request does not say. */
  offerDraft(mode: string): void {
    this.#settings.offerDraft(mode);
  }

  async #submit(): Promise<void> {
    const content = this.#mode === 'chat' ? this.#prompt.value.trim() : this.#prompt.value;
    const settings = content === '' ? undefined : this.#settings.read();
    if (settings === undefined) return;
    if (this.#mode === 'chat') this.#prompt.value = '';
    this.#welcome.hidden = true;
    const turn = element('section', { class: 'turn' }, element('h3', {}, this.#mode === 'chat' ? 'You' : 'Prompt'));
    turn.append(element('p', { class: 'question' }, content));
    this.#conversation.append(turn);
    const before = [...this.#messages];
    const request = this.#request(content, settings);
    const result = await this.#answer(turn, request, settings.speculation ? 'Model' : 'Model, without speculation');
    if (result === undefined) return;
    if (this.#mode === 'chat') {
      this.#messages = [...before, { role: 'user', content }, { role: 'assistant', content: result.text }];
    }
    if (settings.speculation) this.#offerComparison(turn, request, result);
  }

  #request(content: string, settings: PlaygroundSettings): Question {
    const { temperature, maximumTokens, system, draft, speculation } = settings;
    const common = {
      temperature,
      max_tokens: maximumTokens,
      // The same draw when the answer is asked for again without speculation.
      seed: Math.floor(Math.random() * 2 ** 31),
      speculation: speculation ? (draft === undefined ? undefined : { draft }) : false,
    };
    if (this.#mode === 'completion') return { path: '/v1/completions', body: { ...common, prompt: content } };
    const messages = [
      ...(system === '' ? [] : [{ role: 'system', content: system }]),
      ...this.#messages,
      { role: 'user', content },
    ];
    return { path: '/v1/chat/completions', body: { ...common, messages } };
  }

  /** `undefined` when it failed or was stopped. */
  async #answer(turn: HTMLElement, request: Question, title: string): Promise<AnswerResult | undefined> {
    const running = new AbortController();
    this.#setRunning(running);
    const view = new AnswerView(title);
    turn.append(view.host);
    view.host.scrollIntoView({ block: 'nearest' });
    try {
      const call = { ...request, headers: this.#key.headers, signal: running.signal };
      for await (const piece of streamCompletion(call)) view.add(piece);
      const result = view.end();
      const rate = formatNumber(result.tokensPerSecond);
      this.#announcer.textContent = `The answer is complete: ${formatCount(result.tokens)} tokens, ${rate} a second.`;
      return result;
    } catch (error) {
      if (error instanceof CompletionError && error.status === 401) this.#key.ask();
      view.end(problem(error, running.signal));
      return undefined;
    } finally {
      this.#setRunning(undefined);
    }
  }

  #offerComparison(turn: HTMLElement, request: Question, guessed: AnswerResult): void {
    const button = element('button', { type: 'button', class: 'compare' }, 'Answer again without speculation');
    turn.append(button);
    button.addEventListener('click', async () => {
      if (this.#running !== undefined) return;
      button.remove();
      const body = { ...request.body, speculation: false };
      const without = await this.#answer(turn, { ...request, body }, 'Model, without speculation');
      if (without !== undefined) turn.append(comparison(guessed, without));
    });
  }

  #setRunning(running: AbortController | undefined): void {
    this.#running = running;
    this.#send.textContent = running === undefined ? 'Send' : 'Stop';
    this.#send.classList.toggle('stop', running !== undefined);
    this.#clear.hidden = this.#conversation.children.length === 0;
  }

  #switch(mode: Mode): void {
    this.#mode = mode;
    this.#startOver();
    find('system-field', HTMLElement).hidden = mode === 'completion';
    this.#prompt.placeholder = mode === 'chat' ? 'Ask something' : 'Text to continue';
  }

  #startOver(): void {
    this.#running?.abort();
    this.#messages = [];
    this.#conversation.replaceChildren();
    this.#welcome.hidden = false;
    this.#clear.hidden = true;
    this.#prompt.focus();
  }
}

function problem(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'Stopped.';
  if (error instanceof CompletionError) return error.message;
  return 'The connection to the server broke off.';
}
