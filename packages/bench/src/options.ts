/** Options of the command, as `parseArgs` reads them and `--help` tells them. `values` stands for the value in the help. */
export const OPTIONS = {
  quick: {
    type: 'boolean',
    default: false,
    help: 'a few samples only: shows that everything runs, its numbers mean nothing',
  },
  model: { type: 'string', values: 'REFERENCE', help: 'the target model; arithmetic: models, with commas between' },
  report: { type: 'string', values: 'FOLDER', help: 'where results.json and summary.md go' },
  prompts: {
    type: 'string',
    values: 'N',
    help: 'decode, lossless, peers, serve: so many prompts, from each kind of work in turn',
  },
  tokens: {
    type: 'string',
    values: 'N',
    help: 'decode, lossless, peers, serve: most tokens of an answer; arithmetic: tokens to score',
  },
  device: { type: 'string', values: 'NAME', help: 'decode, lossless: cuda, cpu, wasm or js' },
  executor: { type: 'string', values: 'NAME', help: 'decode, serve: fused, graph or eager' },
  arithmetic: { type: 'string', values: 'NAME', help: 'decode, lossless, peers: exact or integer' },
  draft: {
    type: 'string',
    values: 'A,B',
    default: 'auto',
    help: 'decode: draft modes to compare with standard decoding, each on its own; auto if not given',
  },
  depth: { type: 'string', values: 'K', help: 'decode: longest run of guesses in a round' },
  memory: {
    type: 'boolean',
    default: false,
    help: 'decode: measure memory as well, each method in a process of its own',
  },
  repeats: {
    type: 'string',
    values: 'N',
    help: 'decode, serve: runs of every prompt with each method, of every load on each server',
  },
  rounds: { type: 'string', values: 'N', help: 'forward: passes of each size; peers: prefills and process starts' },
  threads: { type: 'string', values: 'N', help: 'peers: threads that compute; all cores if not given' },
  'draft-model': { type: 'string', values: 'REF', help: 'peers: draft model of the peers' },
  'llama-server': {
    type: 'string',
    values: 'PATH',
    help: 'peers: a llama-server binary of llama.cpp, to be measured as well',
  },
  drafters: { type: 'string', values: 'A,B', help: 'lossless: these configurations only' },
  streams: { type: 'string', values: 'A,B', help: 'serve: streams at a time; 1,2,4,8,16 if not given' },
  rates: { type: 'string', values: 'A,B', help: 'serve: arrivals a second of loads that come at random' },
  requests: { type: 'string', values: 'N', help: 'serve: requests of one load' },
  seconds: { type: 'string', values: 'N', help: 'serve: time after which a load sends no more requests' },
  sequences: { type: 'string', values: 'N', help: 'serve: requests that an engine decodes at a time' },
  resume: { type: 'boolean', default: false, help: 'arithmetic: go on where the last run was cut off' },
  help: { type: 'boolean', default: false, help: 'this' },
} as const;

const MEANINGS = `  controllers  controllers against the best fixed plan, in simulation; needs no model
  forward      cost of a forward pass by number of tokens and executor
  decode       standard against speculative decoding, by kind of work
  lossless     every drafter's answers against those of standard decoding, token by token; takes hours
  peers        against llama.cpp: same file, threads and prompt tokens, on the CPU
  serve        the server under load: 1 to 16 streams, without speculation, with, and as the controller decides
  arithmetic   what products in integers change against exact ones, on real prose and code`;

/** What `--help` prints. */
export function usage(): string {
  const lines = Object.entries(OPTIONS).map(([name, option]) => {
    const written = 'values' in option ? `--${name} ${option.values}` : `--${name}`;
    return `  ${written.padEnd(20)} ${option.help}`;
  });
  return `node dist/cli.js [controllers] [forward] [decode] [lossless] [peers] [serve] [arithmetic] [options]

${MEANINGS}

${lines.join('\n')}

Without a name controllers, forward and decode run. Results go to report/results.json and report/summary.md.`;
}
