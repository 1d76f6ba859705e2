import { element } from './dom.js';
import { formatShare } from './format.js';

export interface Bar {
  readonly name: string;
  /** In [0, 1]. */
  readonly share: number;
}

/** Shares as bars with their names and values, in a list that can be read without seeing them. */
export function showBars(host: HTMLElement, bars: readonly Bar[]): void {
  while (host.children.length > bars.length) host.lastElementChild?.remove();
  for (const [index, { name, share }] of bars.entries()) {
    const row = host.children[index] ?? host.appendChild(newRow());
    const [label, track, value] = row.children;
    if (label !== undefined) label.textContent = name;
    if (value !== undefined) value.textContent = formatShare(share);
    const fill = track?.firstElementChild;
    if (fill instanceof HTMLElement) fill.style.setProperty('--share', String(share));
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

/** Shares as columns, left to right: one a depth. */
export function showColumns(host: HTMLElement, bars: readonly Bar[]): void {
  while (host.children.length > bars.length) host.lastElementChild?.remove();
  for (const [index, { name, share }] of bars.entries()) {
    const column = host.children[index] ?? host.appendChild(newColumn());
    const [track, label] = column.children;
    if (label !== undefined) label.textContent = name;
    const value = track?.firstElementChild;
    if (value !== null && value !== undefined) value.textContent = String(Math.round(share * 100));
    if (track instanceof HTMLElement) track.style.setProperty('--share', String(share));
  }
}

function newColumn(): HTMLElement {
  return element(
    'li',
    { class: 'column' },
    element(
      'span',
      { class: 'column-track' },
      element('span', { class: 'column-value' }),
      element('span', { class: 'column-fill' }),
    ),
    element('span', { class: 'column-name' }),
  );
}
