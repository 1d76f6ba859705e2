import { arithmeticSummary } from '../arithmetic/arithmetic-summary.js';
import { decodeSummary } from '../decode/decode-summary.js';
import { forwardSummary } from '../forward/forward-summary.js';
import { losslessSummary } from '../lossless/lossless-summary.js';
import { peersSummary } from '../peers/peers-summary.js';
import { serveSummary } from '../serve/serve-summary.js';
import { controllersSummary } from '../simulator/controllers-summary.js';
import type { Environment } from './environment.js';
import type { ResultsFile } from './results-file.js';

/** The text of `summary.md`: every record as a table, with what it was measured on. */
export function summaryOf({ benchmarks }: ResultsFile): string {
  const { arithmetic, controllers, decode, forward, lossless, peers, serve } = benchmarks;
  const parts = ['# Benchmarks'];
  if (decode) parts.push('## bench:decode', environmentLine(decode.environment), decodeSummary(decode));
  if (forward) parts.push('## bench:forward', environmentLine(forward.environment), forwardSummary(forward));
  if (peers) parts.push('## bench:peers', environmentLine(peers.environment), peersSummary(peers));
  if (lossless) parts.push('## bench:lossless', environmentLine(lossless.environment), losslessSummary(lossless));
  if (serve) parts.push('## bench:serve', environmentLine(serve.environment), serveSummary(serve));
  if (arithmetic) {
    parts.push('## measure:arithmetic', environmentLine(arithmetic.environment), arithmeticSummary(arithmetic));
  }
  if (controllers) {
    parts.push('## bench:controllers', environmentLine(controllers.environment), controllersSummary(controllers));
  }
  return `${parts.join('\n\n')}\n`;
}

function environmentLine({ date, commit, modified, machine, node }: Environment): string {
  const gigabytes = (machine.memory / 2 ** 30).toFixed(0);
  const state = commit === undefined ? 'no commit' : `commit ${commit.slice(0, 10)}${modified ? ' with changes' : ''}`;
  return `${date}, ${state}. ${machine.processor}, ${machine.cores} cores, ${gigabytes} GiB, ${machine.platform} ${machine.arch}, Node ${node}.`;
}
