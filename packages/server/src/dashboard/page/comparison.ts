import type { AnswerResult } from './answer-view.js';
import { showBars } from './bar-list.js';
import { element } from './dom.js';
import { formatFactor, formatNumber } from './format.js';

/** One answer made twice: with guesses and without. */
export function comparison(speculative: AnswerResult, standard: AnswerResult): HTMLElement {
  const answers = [
    { name: 'with speculation', rate: speculative.tokensPerSecond ?? 0 },
    { name: 'without', rate: standard.tokensPerSecond ?? 0 },
  ];
  const most = Math.max(...answers.map(({ rate }) => rate));
  const bars = element('ul', { class: 'bars' });
  showBars(
    bars,
    answers.map(({ name, rate }) => ({
      name,
      share: most > 0 ? rate / most : 0,
      value: `${formatNumber(rate)} tokens/s`,
    })),
  );
  return element(
    'div',
    { class: 'comparison', role: 'status' },
    element('p', {}, verdict(speculative, standard)),
    bars,
  );
}

function verdict(speculative: AnswerResult, standard: AnswerResult): string {
  const same = speculative.text === standard.text ? 'The same text, word for word' : 'Another text';
  if (speculative.tokensPerSecond === undefined || !standard.tokensPerSecond) return `${same}.`;
  return `${same}, at ${formatFactor(speculative.tokensPerSecond / standard.tokensPerSecond)} the speed.`;
}
