import { type AnswerRound, acceptedOf, depthOf } from './answer-rounds.js';
import { element } from './dom.js';

/** Deeper rounds are drawn as if they were this deep. */
const MOST_DRAWN = 10;

/**
 * One column a round, as high as the tokens it brought: the rhythm of an answer. A toolbar: one stop of the Tab key,
 * arrows move, Enter opens.
 */
export class RoundStrip {
  readonly host = element('div', { class: 'rounds', role: 'toolbar', 'aria-label': 'Rounds of this answer' });
  readonly #open: (index: number) => void;
  readonly #buttons: HTMLButtonElement[] = [];
  #reachable = 0;

  constructor(open: (index: number) => void) {
    this.#open = open;
    this.host.addEventListener('keydown', (event) => this.#move(event));
    this.host.hidden = true;
  }

  add(round: AnswerRound): void {
    const index = this.#buttons.length;
    const accepted = acceptedOf(round.view);
    const button = element('button', {
      type: 'button',
      class: 'round',
      tabindex: index === this.#reachable ? 0 : -1,
      'aria-expanded': 'false',
      'aria-label': describe(round, accepted),
    });
    button.append(
      column('missed', Math.min(MOST_DRAWN, depthOf(round.view)) - Math.min(MOST_DRAWN, accepted)),
      column('own', round.view.tokens.length > accepted ? 1 : 0),
      column('accepted', Math.min(MOST_DRAWN, accepted)),
    );
    button.addEventListener('click', () => this.#open(index));
    this.#buttons.push(button);
    this.host.append(button);
    this.host.hidden = false;
  }

  mark(open: number | undefined): void {
    for (const [index, button] of this.#buttons.entries()) {
      button.setAttribute('aria-expanded', String(index === open));
    }
    if (open !== undefined) this.#reach(open);
  }

  focus(index: number): void {
    this.#reach(index);
    this.#buttons[index]?.focus();
  }

  #move(event: KeyboardEvent): void {
    const last = this.#buttons.length - 1;
    const to: Readonly<Record<string, number>> = {
      ArrowRight: Math.min(last, this.#reachable + 1),
      ArrowLeft: Math.max(0, this.#reachable - 1),
      Home: 0,
      End: last,
    };
    const index = to[event.key];
    if (index === undefined) return;
    event.preventDefault();
    this.focus(index);
  }

  #reach(index: number): void {
    this.#buttons[this.#reachable]?.setAttribute('tabindex', '-1');
    this.#buttons[index]?.setAttribute('tabindex', '0');
    this.#reachable = index;
  }
}

function column(kind: 'missed' | 'own' | 'accepted', units: number): HTMLElement {
  const part = element('span', { class: `unit ${kind}`, 'aria-hidden': 'true' });
  part.style.setProperty('--units', String(Math.max(0, units)));
  return part;
}

function describe({ view }: AnswerRound, accepted: number): string {
  const guesses = view.tree.length;
  const became = guesses === 0 ? 'no guesses' : `${accepted} of ${guesses} guesses accepted`;
  return `Round ${view.index + 1}: ${became}, ${view.tokens.length} tokens`;
}
