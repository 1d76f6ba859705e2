import { element } from './dom.js';
import { formatShare } from './format.js';

export interface Bar {
  readonly name: string;
  /** In [0, 1]. */
  readonly share: number;
  /** What stands beside it. @default the share */
  readonly value?: string;
}

/** Shares as bars with their names and values, in a list that can be read without seeing them. */
export function showBars(host: HTMLElement, bars: readonly Bar[]): void {
  while (host.children.length > bars.length) host.lastElementChild?.remove();
  for (const [index, { name, share, value = formatShare(share) }] of bars.entries()) {
    const row = host.children[index] ?? host.appendChild(newRow());
    const [label, , shown] = row.children;
    if (label !== undefined) label.textContent = name;
    if (shown !== undefined) shown.textContent = value;
    if (row instanceof HTMLElement) row.style.setProperty('--share', String(share));
  }
}

function newRow(): HTMLElement {
  return element(
    'li',
    { class: 'bar' },
    element('span', { class: 'bar-name' }),
    element('span', { class: 'bar-track', 'aria-hidden': 'true' }, element('span', { class: 'bar-fill' })),
    element('span', { class: 'bar-value' }),
  );
}
