import type { TensorFlowReport } from '@foretoken/tensorflow';

/** One line: the device that was taken, and why each better one was not. */
export function describeDevice(report: TensorFlowReport): string {
  const reasons: string[] = [];
  for (const entry of report.devices) {
    if (entry.state === 'taken') {
      return [`${entry.device} (${engineOf(report)}, ${describeThreads(report.threads)})`, ...reasons].join('; ');
    }
    if (entry.state === 'unavailable' || entry.state === 'not-tried') {
      reasons.push(`not ${entry.device}: ${firstSentence(entry.reason)}`);
    }
  }
  return ['no device', ...reasons].join('; ');
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
