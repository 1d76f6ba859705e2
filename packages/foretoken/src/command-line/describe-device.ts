import type { TensorFlowReport } from '@foretoken/tensorflow/status';

/** One line: the device that was taken, and why each better one was not. */
export function describeDevice(report: TensorFlowReport): string {
  const taken = report.devices.findIndex(({ state }) => state === 'taken');
  const better = report.devices.slice(0, Math.max(0, taken));
  // Devices that share a reason share a mention.
  const reasons = new Map<string, string[]>();
  for (const entry of better) {
    if (entry.state !== 'unavailable' && entry.state !== 'not-tried') continue;
    const reason = firstSentence(entry.reason);
    reasons.set(reason, [...(reasons.get(reason) ?? []), entry.device]);
  }
  return [
    `${report.devices[taken]?.device ?? 'no device'} (${engineOf(report)}, ${describeThreads(report.threads)})`,
    ...[...reasons].map(([reason, devices]) => `not ${devices.join(' or ')}: ${reason}`),
  ].join('; ');
}

/** Threads as people count them: `2 threads`. */
export function describeThreads(threads: TensorFlowReport['threads']): string {
  const count = threads.intraOp ?? threads.cores;
  return count === 1 ? '1 thread' : `${count} threads`;
}

function engineOf(report: TensorFlowReport): string {
  const { tensorflow, tfjs } = report.versions;
  return tensorflow === undefined ? `tfjs ${tfjs}` : `TensorFlow ${tensorflow}`;
}

/** The reason in short; `doctor` tells all of it. */
function firstSentence(text: string): string {
  const sentence = text.split(/(?<=\.)\s|\n/)[0] ?? text;
  return sentence.replace(/\s*\([^()]*\)/g, '').replace(/\.$/, '');
}
