import { type AnswerRound, acceptedOf } from './answer-rounds.js';
import { element } from './dom.js';
import { formatMilliseconds, visibleText } from './format.js';
import { STANDARD_REASONS } from './standard-reasons.js';
import { treeList, treePicture } from './tree-drawing.js';
import { layOutTree } from './tree-layout.js';

/** One round opened: what was guessed, what became of it, and what it took. */
export function roundInspector(
  { view, root }: AnswerRound,
  controls: readonly HTMLButtonElement[],
): readonly HTMLElement[] {
  const layout = layOutTree(view, root ?? 'prompt');
  const heading = element('h4', {}, `Round ${view.index + 1}`);
  return [
    element(
      'div',
      { class: 'inspector-head' },
      heading,
      element('p', {}, story(view)),
      element('div', { class: 'inspector-controls' }, ...controls),
    ),
    // A wide tree scrolls, also by keyboard.
    element(
      'div',
      { class: 'tree-scroll', tabindex: 0, role: 'group', 'aria-label': 'Draft tree' },
      treePicture(layout),
    ),
    timings(view.milliseconds),
    element('details', {}, element('summary', {}, 'As a list'), treeList(layout)),
  ];
}

function story(view: AnswerRound['view']): string {
  const { plan, tree, tokens, fallback, reason } = view;
  const why = fallback === undefined ? '' : ` Something failed on the way: ${fallback}.`;
  const wrote = tokens.map(visibleText).join(' ');
  if (plan.kind === 'standard' || tree.length === 0) {
    const because = reason === undefined ? '' : ` because ${STANDARD_REASONS[reason]}`;
    return `A standard round: nothing guessed${because}, the model wrote ${wrote}.${why}`;
  }
  const accepted = acceptedOf(view);
  const guesses = tree.length === 1 ? '1 guess' : `${tree.length} guesses`;
  const gained = tokens.length === 1 ? '1 token' : `${tokens.length} tokens`;
  return `${plan.drafter}, depth ${plan.depth}: ${guesses}, ${accepted} accepted. ${gained} from one forward.${why}`;
}

function timings(milliseconds: AnswerRound['view']['milliseconds']): HTMLElement {
  const steps = ['draft', 'forward', 'verify'] as const;
  const whole = steps.reduce((sum, step) => sum + milliseconds[step], 0);
  const bar = element('div', { class: 'timing-bar', 'aria-hidden': 'true' });
  for (const step of steps) {
    const part = element('span', { class: `timing ${step}` });
    part.style.setProperty('--share', String(whole > 0 ? milliseconds[step] / whole : 0));
    bar.append(part);
  }
  const legend = element(
    'p',
    { class: 'timing-legend' },
    ...steps.map((step) =>
      element(
        'span',
        {},
        element('i', { class: `timing ${step}`, 'aria-hidden': 'true' }),
        `${step} ${formatMilliseconds(milliseconds[step])}`,
      ),
    ),
  );
  return element('div', { class: 'timings' }, bar, legend);
}
