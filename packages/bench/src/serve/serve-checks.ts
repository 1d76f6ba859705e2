import { distinct, percentile } from '../results/statistics.js';
import type { ServeBlock, ServeMode, ServeRecord } from './serve-record.js';
import { loadName, type ServeResult, serveResults, tokensPerSecond } from './serve-results.js';

/** Something that the server has to hold. */
export interface ServeCheck {
  readonly what: string;
  readonly holds: boolean;
  /** What was found. */
  readonly found: string;
}

/** Milliseconds between two arrivals of one stream alone. */
const MOST_GAP = 100;
/** Of the throughput of the better of on and off. */
const LEAST_SHARE = 0.95;
/** Times the median: no request falls so far behind the others. */
const MOST_BEHIND = 4;

/** Answers that are wrong or missing: with any of these the numbers are worth nothing. */
export function serveFailures({ samples }: Pick<ServeRecord, 'samples'>): readonly string[] {
  return samples.flatMap(({ load, mode, answers }) =>
    answers.flatMap(({ prompt, outcome, sameness }) => {
      const where = `${prompt}, ${mode} at ${loadName(load)}`;
      if (outcome.kind !== 'answered') return [`${where}: ${outcome.kind}: ${outcome.message}`];
      return sameness === 'different' ? [`${where}: the answer differs from the one given alone`] : [];
    }),
  );
}

/** What is asked of the speed, for a machine that has nothing else to do. */
export function serveChecks({ samples: blocks }: Pick<ServeRecord, 'samples'>): readonly ServeCheck[] {
  const closed = serveResults(blocks).filter(({ load }) => load.kind === 'closed');
  return [...gapChecks(closed), ...shareChecks(blocks), ...starvationChecks(closed)];
}

function gapChecks(results: readonly ServeResult[]): readonly ServeCheck[] {
  return results
    .filter(({ load }) => load.kind === 'closed' && load.concurrency === 1)
    .map(({ mode, gap }) => ({
      what: `one stream, ${mode}: 95 % of the gaps between chunks below ${MOST_GAP} ms`,
      holds: gap.p95 < MOST_GAP,
      found: `${gap.p95.toFixed(1)} ms`,
    }));
}

/** By repeats, of which the median counts: what slows the machine down for a while slows down one block only. */
function shareChecks(blocks: readonly ServeBlock[]): readonly ServeCheck[] {
  const closed = blocks.filter(({ load }) => load.kind === 'closed');
  return distinct(closed, ({ load }) => loadName(load)).flatMap((name) => {
    const own = closed.filter(({ load }) => loadName(load) === name);
    const shares = (['off', 'on'] as const).flatMap((mode) => medianShare(own, mode) ?? []);
    if (shares.length === 0) return [];
    const share = Math.min(...shares);
    return [
      {
        what: `${name} at a time: adaptive at least ${LEAST_SHARE} of the better of on and off, in the median repeat`,
        holds: share >= LEAST_SHARE,
        found: share.toFixed(2),
      },
    ];
  });
}

/** Throughput of adaptive speculation against another mode in the same repeat; the median of all repeats. */
function medianShare(blocks: readonly ServeBlock[], mode: ServeMode): number | undefined {
  const shares = blocks
    .filter((block) => block.mode === 'adaptive')
    .flatMap((adaptive) => {
      const other = blocks.find((block) => block.mode === mode && block.repeat === adaptive.repeat);
      return other === undefined ? [] : [tokensPerSecond([adaptive]) / tokensPerSecond([other])];
    });
  return shares.length === 0 ? undefined : percentile(shares, 0.5);
}

/**
 * A long prompt waits long with nobody before it, and where all wait for a place a short prompt's wait is many times its
 * own: who is starved by others waits long in both respects.
 */
function starvationChecks(results: readonly ServeResult[]): readonly ServeCheck[] {
  return results
    .filter(
      ({ load, furthestBehind }) => load.kind === 'closed' && load.concurrency > 1 && !Number.isNaN(furthestBehind),
    )
    .map(({ load, mode, furthestBehind }) => ({
      what: `${loadName(load)} at a time, ${mode}: nobody waits ${MOST_BEHIND} times the median, in time and in stretch`,
      holds: furthestBehind < MOST_BEHIND,
      found: furthestBehind.toFixed(1),
    }));
}
