import type { AnswerResult } from './answer-view.js';
import { element } from './dom.js';
import { formatFactor, formatNumber } from './format.js';

/** One answer made twice: with guesses and without. */
export function comparison(speculative: AnswerResult, standard: AnswerResult): HTMLElement {
  const rates = [speculative.tokensPerSecond ?? 0, standard.tokensPerSecond ?? 0] as const;
  const most = Math.max(...rates);
  const bars = (['with speculation', 'without'] as const).map((name, index) => {
    const rate = rates[index] ?? 0;
    const fill = element('span', { class: index === 0 ? 'bar-fill' : 'bar-fill plain' });
    fill.style.setProperty('--share', String(most > 0 ? rate / most : 0));
    return element(
      'li',
      { class: 'bar' },
      element('span', { class: 'bar-name' }, name),
      element('span', { class: 'bar-track', 'aria-hidden': 'true' }, fill),
      element('span', { class: 'bar-value' }, `${formatNumber(rate)} tokens/s`),
    );
  });
  return element(
    'div',
    { class: 'comparison', role: 'status' },
    element('p', {}, verdict(speculative, standard)),
    element('ul', { class: 'bars' }, ...bars),
  );
}

function verdict(speculative: AnswerResult, standard: AnswerResult): string {
  const same = speculative.text === standard.text ? 'The same text, word for word' : 'Another text';
  if (speculative.tokensPerSecond === undefined || !standard.tokensPerSecond) return `${same}.`;
  return `${same}, at ${formatFactor(speculative.tokensPerSecond / standard.tokensPerSecond)} the speed.`;
}
