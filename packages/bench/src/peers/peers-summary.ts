import { markdownTable } from '../results/markdown-table.js';
import { median } from '../results/median.js';
import type { EngineName } from './engine-messages.js';
import type { PeerMethod, PeersRecord } from './peers-record.js';
import {
  type Agreement,
  agreement,
  answersOf,
  bestMethod,
  methodName,
  methodsOf,
  type PeerRates,
  peerRates,
} from './peers-results.js';

const OWN_STANDARD: PeerMethod = { engine: 'foretoken', mode: 'standard' };
const OWN_SPECULATIVE: PeerMethod = { engine: 'foretoken', mode: 'auto' };
const PEERS: readonly EngineName[] = ['node-llama-cpp', 'llama-server'];

/** A peer that was measured, and what of it is compared. */
interface Peer {
  readonly engine: EngineName;
  readonly standard: PeerMethod;
  /** The method with which it decodes fastest over all prompts. */
  readonly best: PeerMethod;
}

/** The tables of a record: decoding, guesses and agreement, prefill, start. */
export function peersSummary(record: PeersRecord): string {
  const { model, threads, contextLength, maximumTokens } = record.options;
  const prompts = new Set(record.answers.map(({ prompt }) => prompt)).size;
  const peers = PEERS.flatMap((engine): readonly Peer[] => {
    const best = bestMethod(record.answers, engine);
    return best === undefined ? [] : [{ engine, standard: { engine, mode: 'standard' }, best }];
  });
  const rates = peerRates(record.answers);
  return [
    `${model}, greedy, ${threads} threads, context of ${contextLength}, ${prompts} prompts, at most ${maximumTokens} tokens. Same file and same prompt tokens for all engines, each in its own process; methods take turns prompt by prompt in rotating order, rates are total tokens over total time.`,
    engineLines(record),
    decodingTable(record, rates, peers),
    decodingLines(rates, peers),
    methodTable(record),
    ...peers.map((peer) => agreementLine(record, peer)),
    prefillTable(record),
    startTable(record),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
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

function decodingTable({ answers }: PeersRecord, rates: readonly PeerRates[], peers: readonly Peer[]): string {
  const methods = methodsOf(answers);
  const ratios = peers.flatMap(({ engine, standard, best }) => [
    { name: `standard / ${engine} standard`, ratio: ratioOf(OWN_STANDARD, standard) },
    { name: `auto / ${methodName(best)}`, ratio: ratioOf(OWN_SPECULATIVE, best) },
  ]);
  const header = ['decoding tok/s', 'prompts', ...methods.map(methodName), ...ratios.map(({ name }) => name)];
  const rows = rates.map((result) => [
    result.category,
    String(result.prompts),
    ...methods.map((method) => (result.tokensPerSecond[methodName(method)] ?? Number.NaN).toFixed(1)),
    ...ratios.map(({ ratio }) => times(ratio(result))),
  ]);
  return markdownTable(header, rows);
}

function decodingLines(rates: readonly PeerRates[], peers: readonly Peer[]): string {
  const all = rates.at(-1);
  if (all === undefined) return '';
  const line = (what: string, one: PeerMethod, other: PeerMethod): string =>
    `- ${what}: ${methodName(one)} decodes ${times(ratioOf(one, other)(all))} as fast as ${methodName(other)}, ${times(ratioOf(one, other, 'withPrefill')(all))} with prefill counted in.`;
  return peers
    .flatMap(({ standard, best }) => [
      line('Standard decoding', OWN_STANDARD, standard),
      line('Speculative decoding against the best mode of the peer', OWN_SPECULATIVE, best),
    ])
    .join('\n');
}

/** Guesses of each method, and whether it answers as its own engine does without guesses. */
function methodTable({ answers }: PeersRecord): string {
  const header = ['method', 'tokens', 'guesses', 'right', 'as its engine without guesses'];
  const rows = methodsOf(answers).map((method) => {
    const own = answersOf(answers, method);
    const total = (value: (answer: (typeof own)[number]) => number): number =>
      own.reduce((sum, answer) => sum + value(answer), 0);
    const drafted = total((answer) => answer.drafted);
    const { same, prompts } = agreement(answers, method, { engine: method.engine, mode: 'standard' });
    return [
      methodName(method),
      String(total(({ tokens }) => tokens.length)),
      String(drafted),
      drafted === 0 ? '' : `${((100 * total((answer) => answer.accepted)) / drafted).toFixed(0)} %`,
      method.mode === 'standard' ? '' : `${same} of ${prompts}`,
    ];
  });
  return markdownTable(header, rows);
}

function agreementLine({ answers }: PeersRecord, { engine, standard }: Peer): string {
  const found: Agreement = agreement(answers, OWN_STANDARD, standard);
  if (found.prompts === 0) return '';
  const share = (100 * total(found.prefixes)) / total(found.lengths);
  return `foretoken and ${engine} give the same greedy answer to ${found.same} of ${found.prompts} prompts; the median answer agrees for its first ${median(found.prefixes)} tokens, ${share.toFixed(0)} % of all tokens come before the first difference. They compute in other orders and precisions, so this is information and no test.`;
}

function prefillTable({ prefills, options, engines }: PeersRecord): string {
  const rows = engines.flatMap(({ engine }) => {
    const own = prefills.filter((sample) => sample.engine === engine).map(({ milliseconds }) => milliseconds);
    if (own.length === 0) return [];
    return [{ engine, milliseconds: median(own) }];
  });
  const peers = rows.filter(({ engine }) => PEERS.includes(engine));
  const against = peers.map(({ engine }) => `against ${engine}`);
  const header = [`prefill of ${options.prefillTokens} tokens`, 'ms', 'tok/s', ...against];
  return markdownTable(
    header,
    rows.map(({ engine, milliseconds }) => [
      engine,
      milliseconds.toFixed(0),
      ((1000 * options.prefillTokens) / milliseconds).toFixed(0),
      ...peers.map((peer) => times(peer.milliseconds / milliseconds)),
    ]),
  );
}

function startTable({ starts }: PeersRecord): string {
  const header = ['process start', 'first token after ms', 'resident MiB after load', 'after the first token'];
  const names = [...new Set(starts.map(methodName))];
  const rows = names.map((name) => {
    const own = starts.filter((sample) => methodName(sample) === name);
    const mebibytes = (which: 'loaded' | 'answered'): string =>
      (median(own.map(({ memory }) => memory[which])) / 2 ** 20).toFixed(0);
    return [
      name,
      median(own.map(({ milliseconds }) => milliseconds)).toFixed(0),
      mebibytes('loaded'),
      mebibytes('answered'),
    ];
  });
  return markdownTable(header, rows);
}

function ratioOf(
  one: PeerMethod,
  other: PeerMethod,
  rate: 'tokensPerSecond' | 'withPrefill' = 'tokensPerSecond',
): (result: PeerRates) => number {
  return (result) => (result[rate][methodName(one)] ?? Number.NaN) / (result[rate][methodName(other)] ?? Number.NaN);
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
