import type { FeedEvent, FeedPoint, FeedStatus } from '../feed.js';
import { showBars } from './bar-list.js';
import { find, setText } from './dom.js';
import { formatFactor, formatFixed, formatNumber, formatShare } from './format.js';
import { LineChart } from './line-chart.js';
import { SystemPanel } from './system-panel.js';

/** Deeper guesses than these are too rare to draw. */
const MOST_DEPTHS = 12;
const MOST_PLANS = 5;

const DRAWN = ['tokensPerSecond', 'speedup', 'acceptanceRate', 'depth'] as const;

/** Everything above the playground: what the server does, as it does it. */
export class Overview {
  readonly #system = new SystemPanel();
  readonly #charts = {
    tokensPerSecond: chart('chart-rate', { label: 'Tokens a second', format: formatNumber, least: 10 }),
    speedup: chart('chart-speedup', {
      label: 'Estimated speedup',
      format: (value) => `${formatNumber(value)}×`,
      least: 1.5,
      reference: { value: 1, label: 'standard' },
    }),
    acceptanceRate: chart('chart-acceptance', { label: 'Guesses accepted', format: formatShare, least: 1 }),
    depth: chart('chart-depth', { label: 'Mean depth of the plans', format: formatNumber, least: 4, steps: true }),
  };
  #capacity = 600;
  #points: FeedPoint[] = [];

  take(event: FeedEvent): void {
    if (event.kind === 'history') {
      this.#capacity = event.history.capacity;
      this.#points = [...event.history.points];
      if (event.history.status !== undefined) this.#show(event.history.status);
      return;
    }
    this.#points.push(event.sample.point);
    if (this.#points.length > this.#capacity) this.#points.shift();
    this.#show(event.sample.status);
  }

  #show(status: FeedStatus): void {
    const point = this.#points.at(-1);
    const { window, total } = status;
    // Nothing ran lately: what was, since the server started, says more than a dash.
    const summary = window.rounds > 0 ? window : total;
    const when = window.rounds > 0 ? 'last minute' : total.rounds > 0 ? 'since start' : '';
    document.documentElement.dataset.traffic = String(total.rounds > 0);
    for (const key of DRAWN) {
      this.#charts[key].show(this.#points.map((each) => ({ time: each.time, value: each[key] })));
    }
    setText('rate', formatNumber(point?.tokensPerSecond));
    setText('rate-note', this.#rateNote());
    setText('speedup', formatFactor(summary.speedup));
    setText('speedup-note', speedupNote(summary.speedup, summary.rounds, when));
    setText('acceptance', formatShare(summary.acceptanceRate));
    setText('acceptance-note', summary.rounds === 0 ? '' : `of guesses, ${when}`);
    setText('acceptance-length', formatFixed(summary.acceptanceLength, 2));
    setText('depth', formatFixed(this.#points.findLast(({ depth }) => depth !== null)?.depth, 1));
    setText('depth-note', total.rounds === 0 ? '' : 'guesses a round, as planned');
    const depths = summary.acceptedPerDepth.slice(0, MOST_DEPTHS);
    showBars(
      find('depths', HTMLElement),
      depths.map((share, depth) => ({ name: String(depth + 1), share, value: String(Math.round(share * 100)) })),
    );
    setText('depths-note', depths.length === 0 ? 'No guesses yet.' : `% of the rounds with guesses, ${when}`);
    const plans = summary.plans.slice(0, MOST_PLANS);
    showBars(
      find('plans', HTMLElement),
      plans.map(({ plan, share }) => ({ name: planName(plan), share })),
    );
    setText('plans-note', plans.length === 0 ? 'No rounds yet.' : `share of rounds, ${when}`);
    this.#system.show(status, point);
  }

  #rateNote(): string {
    const rates = this.#points.flatMap(({ tokensPerSecond }) => (tokensPerSecond === null ? [] : [tokensPerSecond]));
    const highest = Math.max(0, ...rates);
    return highest > 0 ? `highest ${formatNumber(highest)}` : '';
  }
}

function chart(id: string, options: ConstructorParameters<typeof LineChart>[1]): LineChart {
  return new LineChart(find(id, HTMLElement), options);
}

function speedupNote(speedup: number | null, rounds: number, when: string): string {
  if (rounds === 0) return '';
  if (speedup === null) return 'too few rounds without guesses yet to compare with';
  return `estimate against standard decoding, ${when}`;
}

/** `cascade:8` as a person says it. */
function planName(plan: string): string {
  const parts = /^(.*):(\d+)$/.exec(plan);
  return parts === null ? plan : `${parts[1]}, depth ${parts[2]}`;
}
