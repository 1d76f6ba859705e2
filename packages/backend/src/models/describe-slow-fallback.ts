import type { Device, TensorFlowReport } from '@foretoken/tensorflow/status';
import type { ChosenExecutor } from './choose-executor.js';

/** Codes that say that a device is not there at all, where nobody would expect it to be used. */
const NOT_THERE: ReadonlySet<string> = new Set(['no-gpu', 'unsupported-platform']);

/**
 * Says in one line why a model runs several times slower than this machine could run it, and what helps. `undefined`
 * when it runs as fast as it can, or as it was asked to.
 */
export function describeSlowFallback(options: {
  readonly device: Device;
  readonly report: TensorFlowReport;
  readonly executor: Pick<ChosenExecutor, 'kind'> & { readonly reason?: string };
}): string | undefined {
  const { device, report, executor } = options;
  if (device === 'cpu' && executor.kind === 'graph' && executor.reason !== undefined) {
    return oneLine(`The model runs on TensorFlow's own operations, several times slower and in several times the memory:
      ${executor.reason} 'foretoken doctor' tells more.`);
  }
  const causes = report.devices.flatMap((entry) => {
    if (entry.state !== 'unavailable') return [];
    const isMissed = entry.device === 'cpu' || (entry.device === 'cuda' && !NOT_THERE.has(entry.code));
    return isMissed ? [`${entry.device} can't be had: ${sentence(entry.reason)} ${entry.remedy}`] : [];
  });
  if (causes.length === 0) return undefined;
  return oneLine(
    `The model runs on ${device}, several times slower. ${causes.join(' ')} 'foretoken doctor' tells more.`,
  );
}

function sentence(text: string): string {
  return /[.!?]\s*$/.test(text) ? text : `${text}.`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
