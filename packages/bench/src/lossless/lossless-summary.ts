import { acceptanceRate, addStatistics, meanAcceptanceLength, NO_STATISTICS } from '@foretoken/core';
import { promptsOf } from '../results/answers.js';
import { distinct } from '../results/statistics.js';
import { percent, table } from '../results/table.js';
import type { Choice, LosslessRecord, LosslessSample } from './lossless-record.js';

/** What the comparisons of one configuration come to. */
export type LosslessResult = ReturnType<typeof resultOf>;

/** More ties than this share of the prompts would be no accident. */
const TIE_SHARE = 0.01;

/** Results by configuration, in the order of their first sample. */
export function losslessResults(samples: readonly LosslessSample[]): readonly LosslessResult[] {
  return distinct(samples, ({ configuration }) => configuration).map((configuration) =>
    resultOf(
      configuration,
      samples.filter((sample) => sample.configuration === configuration),
    ),
  );
}

function resultOf(configuration: string, samples: readonly LosslessSample[]) {
  const outcomes = (kind: LosslessSample['outcome']['kind']): number =>
    samples.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    configuration,
    prompts: samples.length,
    identical: outcomes('identical'),
    ties: outcomes('tie'),
    mismatches: outcomes('mismatch'),
    statistics: samples.reduce((sum, { statistics }) => addStatistics(sum, statistics), NO_STATISTICS),
  };
}

/**
 * What is wrong with a record; empty when speculation was shown to be lossless. A mismatch is wrong, so are ties at more
 * than 1 % of the prompts (rounded up to whole prompts), and so is a drafter that failed or never guessed: its
 * answers were standard decoding and prove nothing.
 */
export function losslessFailures({ samples }: LosslessRecord): readonly string[] {
  const failures: string[] = [];
  for (const { prompt, configuration, outcome } of samples) {
    if (outcome.kind === 'mismatch') failures.push(`${configuration}, ${prompt}: ${divergence(outcome)}`);
  }
  for (const { configuration, statistics } of losslessResults(samples)) {
    const { drafterErrors, draftedTokens } = statistics;
    if (draftedTokens === 0) failures.push(`${configuration} guessed nothing.`);
    if (drafterErrors === 0) continue;
    const reason = samples.find((sample) => sample.configuration === configuration && sample.firstError !== undefined);
    failures.push(`${configuration} failed ${drafterErrors} times, first with: ${reason?.firstError ?? 'unknown'}`);
  }
  const tied = promptsOf(samples.filter(({ outcome }) => outcome.kind === 'tie'));
  const allowed = Math.ceil(promptsOf(samples) * TIE_SHARE);
  if (tied > allowed) failures.push(`The answers to ${tied} prompts part at a tie, more than ${allowed}.`);
  return failures;
}

/** The table of a record, its ties and what is wrong with it. */
export function losslessSummary(record: LosslessRecord): string {
  const { options, samples, seeds } = record;
  const ties = samples.flatMap(({ prompt, configuration, outcome }) =>
    outcome.kind === 'tie' ? [`- tie: ${configuration}, ${prompt}: ${divergence(outcome)}`] : [],
  );
  const failures = losslessFailures(record).map((failure) => `- WRONG: ${failure}`);
  const parts = [
    `${options.model} on ${options.device} (${options.executor}, ${options.arithmetic}), greedy, ${options.prompts} prompts, at most ${options.maximumTokens} tokens, seed ${seeds.join()}. Every answer against the one of standard decoding.`,
    table(losslessResults(samples), [
      ['configuration', ({ configuration }) => configuration],
      ['prompts', ({ prompts }) => prompts],
      ['identical', ({ identical }) => identical],
      ['ties', (result) => result.ties],
      ['mismatches', ({ mismatches }) => mismatches],
      ['guesses', ({ statistics }) => statistics.draftedTokens],
      ['accepted', ({ statistics }) => percent(acceptanceRate(statistics))],
      ['tokens a forward', ({ statistics }) => meanAcceptanceLength(statistics).toFixed(2)],
    ]),
    ...(ties.length > 0 ? [ties.join('\n')] : []),
    failures.length > 0
      ? failures.join('\n')
      : options.executor === 'fused'
        ? 'Lossless: no answer differs.'
        : 'Lossless: no answer differs but at proven ties.',
  ];
  return parts.join('\n\n');
}

/** One line on where two answers part. */
export function divergence(outcome: Exclude<LosslessSample['outcome'], { kind: 'identical' }>): string {
  const { index, standard, speculative } = outcome;
  return `token ${index} is ${choice(standard)} in standard decoding, ${choice(speculative)} with speculation`;
}

function choice(choice: Choice | undefined): string {
  if (choice === undefined) return 'missing';
  return `${choice.token} (best two ${choice.top.join(' and ')}, ${choice.margin.toExponential(1)} apart)`;
}
