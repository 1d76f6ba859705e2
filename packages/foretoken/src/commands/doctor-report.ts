import type { TensorFlowInspection, VerifiedPart } from '@foretoken/tensorflow';
import type { DeviceReport } from '@foretoken/tensorflow/status';
import { describeThreads } from '../command-line/describe-device.js';
import { describeOperators, type OperatorsState } from '../command-line/describe-operators.js';

/** What `foretoken doctor` found; `--json` prints it as it is. */
export interface DoctorReport {
  readonly foretoken: string;
  readonly platform: string;
  /** The device that `--device auto` takes. */
  readonly device: string;
  readonly tensorFlow: TensorFlowInspection;
  readonly operators: OperatorsState;
  readonly defaultModel: { readonly name: string } & (
    | { readonly state: 'cached'; readonly path: string }
    | { readonly state: 'missing'; readonly remedy: string }
  );
}

/** The report for people. Lines without line ends. */
export function doctorLines(report: DoctorReport): readonly string[] {
  const { tensorFlow, operators, defaultModel } = report;
  const { versions } = tensorFlow;
  return [
    `foretoken   ${report.foretoken}`,
    `Node.js     ${versions.node} on ${report.platform}`,
    `TensorFlow  ${versions.tensorflow ?? 'not loaded'} (tfjs ${versions.tfjs})`,
    `threads     ${describeThreads(tensorFlow.threads)} of ${tensorFlow.threads.cores} cores, oneDNN ${tensorFlow.oneDnn ? 'on' : 'off'}`,
    `operators   ${describeOperators(operators)}`,
    `cache       ${tensorFlow.cacheDirectory}`,
    `model       ${defaultModel.name}: ${defaultModel.state === 'cached' ? defaultModel.path : `not in the cache. ${defaultModel.remedy}`}`,
    `tools       ${toolNames(tensorFlow.tools)}`,
    '',
    'devices, best first',
    ...tensorFlow.devices.flatMap(deviceLines),
  ];
}

/** What `foretoken doctor --verify` found, for people. */
export function verifiedLines(files: readonly VerifiedPart[]): readonly string[] {
  if (files.length === 0) return ['Nothing was fetched or compiled yet.'];
  return files.map(({ path, state }) => `${state.padEnd(10)}  ${path}`);
}

function deviceLines(entry: DeviceReport): readonly string[] {
  const name = `  ${entry.device.padEnd(4)}  ${entry.state.padEnd(11)}  `;
  switch (entry.state) {
    case 'taken':
    case 'available':
      return [`${name}${entry.from}`];
    case 'not-tried':
      return [`${name}${entry.reason}`];
    case 'unavailable': {
      const indent = ' '.repeat(name.length);
      const [first, ...more] = entry.reason.split('\n');
      return [`${name}${first}`, ...more.map((line) => `${indent}${line}`), `${indent}to get it: ${entry.remedy}`];
    }
  }
}

function toolNames(tools: TensorFlowInspection['tools']): string {
  return Object.entries(tools)
    .map(([name, tool]) => (tool === undefined ? `${name}: not found` : `${name}: ${tool.version}`))
    .join('; ');
}
