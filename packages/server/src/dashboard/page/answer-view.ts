import { type AnswerRound, acceptedOf } from './answer-rounds.js';
import type { CompletionPiece } from './completion-stream.js';
import { element } from './dom.js';
import { formatCount, formatNumber, formatShare } from './format.js';
import { roundInspector } from './round-inspector.js';
import { RoundStrip } from './round-strip.js';

export interface AnswerResult {
  readonly text: string;
  readonly tokensPerSecond: number | undefined;
  readonly tokens: number;
}

const ENDINGS: Readonly<Record<string, string>> = { stop: 'complete', length: 'stopped at the token limit' };

/** One answer: its tokens as they stream, marked by who wrote them, its rounds, and any of them opened. */
export class AnswerView {
  readonly host: HTMLElement;
  readonly #text = element('div', { class: 'answer-text' });
  readonly #statistics = element('p', { class: 'answer-statistics' });
  readonly #inspector = element('section', { class: 'inspector', 'aria-label': 'Opened round', hidden: true });
  readonly #strip = new RoundStrip((index) => this.#toggle(index));
  readonly #rounds: AnswerRound[] = [];
  #written = '';
  #tokens = 0;
  #open: number | undefined;
  #first: number | undefined;
  #last = 0;
  #measured: number | undefined;
  #ending = '';

  constructor(title: string) {
    this.host = element(
      'article',
      { class: 'answer', 'aria-busy': 'true' },
      element('h3', {}, title),
      this.#text,
      this.#statistics,
      this.#strip.host,
      this.#inspector,
    );
    this.#text.addEventListener('click', (event) => {
      const round = event.target instanceof HTMLElement ? event.target.dataset.round : undefined;
      if (round !== undefined && getSelection()?.isCollapsed !== false) this.#toggle(Number(round));
    });
    this.#text.addEventListener('pointerover', (event) => this.#highlight(event.target));
    this.#text.addEventListener('pointerleave', () => this.#highlight(null));
  }

  add(piece: CompletionPiece): void {
    for (const view of piece.rounds) {
      const round = { view, root: this.#rounds.at(-1)?.view.tokens.at(-1) };
      this.#rounds.push(round);
      this.#strip.add(round);
    }
    // A round comes with the first of its tokens.
    const round = this.#rounds.length === 0 ? undefined : this.#rounds.length - 1;
    let shown = '';
    for (const { text, origin } of piece.tokens) {
      this.#last = performance.now();
      this.#first ??= this.#last;
      this.#tokens++;
      shown += text;
      if (text !== '') {
        this.#text.append(element('span', { class: `token ${origin}`, 'data-round': round }, text));
      }
    }
    // Text that was held back belongs to no token, and servers without the extension name no tokens at all.
    const rest = piece.text.startsWith(shown) ? piece.text.slice(shown.length) : '';
    if (rest !== '') this.#text.append(rest);
    this.#written += shown + rest;
    this.#measured ??= piece.tokensPerSecond;
    if (piece.finishReason !== undefined) this.#ending = ENDINGS[piece.finishReason] ?? piece.finishReason;
    this.#showStatistics();
  }

  /** Nothing more comes. `problem`: why, if something went wrong. */
  end(problem?: string): AnswerResult {
    this.host.setAttribute('aria-busy', 'false');
    if (problem !== undefined) this.host.append(element('p', { class: 'problem', role: 'alert' }, problem));
    else if (this.#written === '') this.#text.append(element('em', {}, 'An empty answer.'));
    return { text: this.#written, tokensPerSecond: this.#tokensPerSecond, tokens: this.#tokens };
  }

  get #tokensPerSecond(): number | undefined {
    if (this.#measured !== undefined) return this.#measured;
    if (this.#first === undefined || this.#last <= this.#first) return undefined;
    return ((this.#tokens - 1) / (this.#last - this.#first)) * 1000;
  }

  #showStatistics(): void {
    const views = this.#rounds.map(({ view }) => view);
    const drafted = views.reduce((sum, { tree }) => sum + tree.length, 0);
    const accepted = views.reduce((sum, view) => sum + acceptedOf(view), 0);
    const facts: [string, string][] = [
      [formatNumber(this.#tokensPerSecond), 'tokens a second'],
      [formatCount(this.#tokens), 'tokens'],
    ];
    if (views.length > 0) facts.push([formatNumber(this.#tokens / views.length), 'tokens a round']);
    if (drafted > 0) {
      facts.push([
        formatShare(accepted / drafted),
        `accepted (${formatCount(accepted)} of ${formatCount(drafted)} guesses)`,
      ]);
    }
    this.#statistics.replaceChildren(
      ...facts.map(([value, name]) => element('span', { class: 'fact' }, element('b', {}, value), ` ${name}`)),
      ...(this.#ending === '' ? [] : [element('span', { class: 'fact' }, this.#ending)]),
    );
  }

  #toggle(index: number): void {
    const round = this.#open === index ? undefined : this.#rounds[index];
    this.#open = round === undefined ? undefined : index;
    this.#strip.mark(this.#open);
    this.#highlight(null);
    this.#inspector.hidden = round === undefined;
    this.#inspector.replaceChildren();
    if (round === undefined) return;
    const last = this.#rounds.length - 1;
    const controls = [
      control('Previous round', '‹', index === 0, () => this.#step(index - 1)),
      control('Next round', '›', index === last, () => this.#step(index + 1)),
      control('Close round', '×', false, () => {
        this.#toggle(index);
        this.#strip.focus(index);
      }),
    ];
    this.#inspector.append(...roundInspector(round, controls));
    this.#inspector.scrollIntoView({ block: 'nearest' });
  }

  /** Opens a neighbour and leaves the focus on the same button. */
  #step(index: number): void {
    const label = document.activeElement?.getAttribute('aria-label');
    this.#toggle(index);
    for (const button of this.#inspector.querySelectorAll('button')) {
      if (button.getAttribute('aria-label') === label) button.focus();
    }
  }

  /** Marks the tokens of the round under the pointer, and of the open one. */
  #highlight(target: EventTarget | null): void {
    const over = target instanceof HTMLElement ? target.dataset.round : undefined;
    const open = this.#open === undefined ? undefined : String(this.#open);
    for (const token of this.#text.querySelectorAll<HTMLElement>('.token')) {
      const { round } = token.dataset;
      token.classList.toggle('same-round', round !== undefined && (round === over || round === open));
    }
  }
}

function control(label: string, text: string, disabled: boolean, press: () => void): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'quiet', 'aria-label': label, disabled }, text);
  button.addEventListener('click', press);
  return button;
}
