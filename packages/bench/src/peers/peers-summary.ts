import { answersOf, groupsOf, promptsOf, rate } from '../results/answers.js';
import type { AnswerSample } from '../results/record.js';
import { distinct, median, sum } from '../results/statistics.js';
import { type Column, mebibytes, percent, table, times } from '../results/table.js';
import { agreement } from './agreement.js';
import type { EngineName } from './engine-work.js';
import type { PeersRecord } from './peers-record.js';

const OWN_STANDARD = 'foretoken standard';
const OWN_SPECULATIVE = 'foretoken auto';
const PEERS: readonly EngineName[] = ['node-llama-cpp', 'llama-server'];

/** A peer that was measured, and the method with which it decodes fastest over all prompts. */
interface Peer {
  readonly engine: EngineName;
  readonly best: string;
}

/** The tables of a record: decoding, guesses and agreement, prefill, start. */
export function peersSummary(record: PeersRecord): string {
  const { samples } = record;
  const { model, threads, contextLength, maximumTokens } = record.options;
  const peers = PEERS.flatMap((engine): readonly Peer[] => {
    const best = bestMethod(samples, engine);
    return best === undefined ? [] : [{ engine, best }];
  });
  return [
    `${model}, greedy, ${threads} threads, context of ${contextLength}, ${promptsOf(samples)} prompts, at most ${maximumTokens} tokens. Same file and same prompt tokens for all engines, each in its own process; methods take turns prompt by prompt in rotating order, rates are total tokens over total time.`,
    engineLines(record),
    decodingTable(samples, peers),
    decodingLines(samples, peers),
    methodTable(samples),
    ...peers.map(({ engine }) => agreementLine(samples, engine)),
    prefillTable(record),
    startTable(record),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The method of an engine that decodes fastest over all prompts; `undefined` when it answered none. */
export function bestMethod(samples: readonly AnswerSample[], engine: EngineName): string | undefined {
  const [first, ...others] = methodsOf(samples).filter((method) => engineOf(method) === engine);
  const speed = (method: string): number => rate(answersOf(samples, method));
  return others.reduce((best, method) => (best && speed(best) >= speed(method) ? best : method), first);
}

/** The methods that answered, in the order of the first prompt's turns. */
function methodsOf(samples: readonly AnswerSample[]): readonly string[] {
  return distinct(samples, ({ method }) => method);
}

function engineOf(method: string): string {
  return method.slice(0, method.indexOf(' '));
}

/** How many times as fast one method decodes as another. */
function ratio(samples: readonly AnswerSample[], one: string, other: string, withPrefill = false): string {
  return times(rate(answersOf(samples, one), withPrefill) / rate(answersOf(samples, other), withPrefill));
}

function engineLines({ engines }: PeersRecord): string {
  return engines
    .map((entry) =>
      entry.state === 'measured'
        ? `- ${entry.engine}: ${entry.description}`
        : `- ${entry.engine} was not measured: ${entry.reason}`,
    )
    .join('\n');
}

type Group = ReturnType<typeof groupsOf<AnswerSample>>[number];

function decodingTable(samples: readonly AnswerSample[], peers: readonly Peer[]): string {
  return table(groupsOf(samples), [
    ['decoding tok/s', ({ category }) => category],
    ['prompts', (group) => promptsOf(group.samples)],
    ...methodsOf(samples).map(
      (method): Column<Group> => [method, (group) => rate(answersOf(group.samples, method)).toFixed(1)],
    ),
    ...peers.flatMap(({ engine, best }): readonly Column<Group>[] => [
      [`standard / ${engine} standard`, (group) => ratio(group.samples, OWN_STANDARD, `${engine} standard`)],
      [`auto / ${best}`, (group) => ratio(group.samples, OWN_SPECULATIVE, best)],
    ]),
  ]);
}

function decodingLines(samples: readonly AnswerSample[], peers: readonly Peer[]): string {
  const line = (what: string, one: string, other: string): string =>
    `- ${what}: ${one} decodes ${ratio(samples, one, other)} as fast as ${other}, ${ratio(samples, one, other, true)} with prefill counted in.`;
  return peers
    .flatMap(({ engine, best }) => [
      line('Standard decoding', OWN_STANDARD, `${engine} standard`),
      line('Speculative decoding against the best mode of the peer', OWN_SPECULATIVE, best),
    ])
    .join('\n');
}

/** Guesses of each method, and whether it answers as its own engine does without guesses. */
function methodTable(samples: readonly AnswerSample[]): string {
  const rows = methodsOf(samples).map((method) => {
    const own = answersOf(samples, method);
    const drafted = sum(own, ({ statistics }) => statistics.draftedTokens);
    const accepted = sum(own, ({ statistics }) => statistics.acceptedTokens);
    const standard = `${engineOf(method)} standard`;
    const { same, prompts } = agreement(samples, method, standard);
    const asStandard = method === standard ? '' : `${same} of ${prompts}`;
    return { method, drafted, accepted, tokens: sum(own, ({ tokens }) => tokens.length), asStandard };
  });
  return table(rows, [
    ['method', ({ method }) => method],
    ['tokens', ({ tokens }) => tokens],
    ['guesses', ({ drafted }) => drafted],
    ['right', ({ drafted, accepted }) => (drafted === 0 ? '' : percent(accepted / drafted))],
    ['as its engine without guesses', ({ asStandard }) => asStandard],
  ]);
}

function agreementLine(samples: readonly AnswerSample[], engine: EngineName): string {
  const { prompts, same, prefixes, lengths } = agreement(samples, OWN_STANDARD, `${engine} standard`);
  if (prompts === 0) return '';
  const total = (values: readonly number[]): number => sum(values, (value) => value);
  return `foretoken and ${engine} give the same greedy answer to ${same} of ${prompts} prompts; the median answer agrees for its first ${median(prefixes)} tokens, ${percent(total(prefixes) / total(lengths))} of all tokens come before the first difference. They compute in other orders and precisions, so this is information and no test.`;
}

function prefillTable({ prefills, options, engines }: PeersRecord): string {
  const rows = engines.flatMap(({ engine }) => {
    const own = prefills.filter((sample) => sample.engine === engine).map(({ milliseconds }) => milliseconds);
    return own.length === 0 ? [] : [{ engine, milliseconds: median(own) }];
  });
  return table(rows, [
    [`prefill of ${options.prefillTokens} tokens`, ({ engine }) => engine],
    ['ms', ({ milliseconds }) => milliseconds.toFixed(0)],
    ['tok/s', ({ milliseconds }) => ((1000 * options.prefillTokens) / milliseconds).toFixed(0)],
    ...rows
      .filter(({ engine }) => PEERS.includes(engine))
      .map(
        (peer): Column<(typeof rows)[number]> => [
          `against ${peer.engine}`,
          ({ milliseconds }) => times(peer.milliseconds / milliseconds),
        ],
      ),
  ]);
}

function startTable({ starts }: PeersRecord): string {
  const own = (method: string) => starts.filter((sample) => sample.method === method);
  const memory = (method: string, which: 'loaded' | 'answered'): string =>
    mebibytes(median(own(method).map((sample) => sample.memory[which])));
  return table(
    distinct(starts, ({ method }) => method),
    [
      ['process start', (method) => method],
      ['first token after ms', (method) => median(own(method).map(({ milliseconds }) => milliseconds)).toFixed(0)],
      ['resident MiB after load', (method) => memory(method, 'loaded')],
      ['after the first token', (method) => memory(method, 'answered')],
    ],
  );
}
