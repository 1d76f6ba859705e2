/** What `--help` prints. */
export const USAGE = `node dist/cli.js [controllers] [forward] [decode] [lossless] [peers] [serve] [arithmetic] [options]

  controllers  controllers against the best fixed plan, in simulation; needs no model
  forward      cost of a forward pass by number of tokens and executor
  decode       standard against speculative decoding, by kind of work
  lossless     every drafter's answers against those of standard decoding, token by token; takes hours
  peers        against llama.cpp: same file, threads and prompt tokens, on the CPU
  serve        the server under load: 1 to 16 streams, without speculation, with, and as the controller decides
  arithmetic   what products in integers change against exact ones, on real prose and code

  --quick              a few samples only: shows that everything runs, its numbers mean nothing
  --model REFERENCE    the target model; arithmetic: models, with commas between
  --report FOLDER      where results.json and summary.md go
  --prompts N          decode, lossless, peers, serve: so many prompts, from each kind of work in turn
  --tokens N           decode, lossless, peers, serve: most tokens of an answer; arithmetic: tokens to score
  --device NAME        decode, lossless: cuda, cpu, wasm or js
  --executor NAME      decode, serve: fused, graph or eager
  --arithmetic NAME    decode, lossless, peers: exact or integer
  --draft A,B          decode: draft modes to compare with standard decoding, each on its own; auto if not given
  --depth K            decode: longest run of guesses in a round
  --memory             decode: measure memory as well, each method in a process of its own
  --repeats N          decode, serve: runs of every prompt with each method, of every load on each server
  --rounds N           forward: passes of each size; peers: prefills and process starts
  --threads N          peers: threads that compute; all cores if not given
  --draft-model REF    peers: draft model of the peers
  --llama-server PATH  peers: a llama-server binary of llama.cpp, to be measured as well
  --drafters A,B       lossless: these configurations only
  --streams A,B        serve: streams at a time; 1,2,4,8,16 if not given
  --rates A,B          serve: arrivals a second of loads that come at random
  --requests N         serve: requests of one load
  --seconds N          serve: time after which a load sends no more requests
  --sequences N        serve: requests that an engine decodes at a time
  --resume             arithmetic: go on where the last run was cut off

Without a name controllers, forward and decode run. Results go to report/results.json and report/summary.md.`;
