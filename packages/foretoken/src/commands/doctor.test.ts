import type { TensorFlowInspection } from '@foretoken/tensorflow';
import type { DeviceReport } from '@foretoken/tensorflow/status';
import { describe, expect, it } from 'vitest';
import { describeDevice } from '../command-line/describe-device.js';
import { describeOperators } from '../command-line/describe-operators.js';
import { fakeReport } from '../command-line/testing/fake-decoder.js';
import { mergeDevices } from './doctor.js';
import { doctorLines, verifiedLines } from './doctor-report.js';

const inspection: TensorFlowInspection = {
  ...fakeReport,
  gpu: { kind: 'none', reason: 'no driver' },
  tools: { compiler: { command: 'g++', version: 'g++ 12.2.0' }, python: undefined, pip: undefined, npm: undefined },
};

describe('doctorLines', () => {
  const report = {
    foretoken: '1.2.3',
    platform: 'linux x64',
    device: 'cpu',
    tensorFlow: inspection,
    operators: { state: 'loaded', instructions: 'avx2', threads: 2, arithmetic: 'exact' },
    defaultModel: { name: 'small', state: 'missing', remedy: 'Fetch it.' },
  } as const;

  it('names versions, threads, paths, tools and every device with the way to get it', () => {
    expect(doctorLines(report)).toEqual([
      'foretoken   1.2.3',
      'Node.js     20.20.0 on linux x64',
      'TensorFlow  2.21.0 (tfjs 4.22.0)',
      'threads     2 threads of 2 cores, oneDNN on',
      'operators   fused (avx2, 2 threads, exact arithmetic)',
      'cache       /cache',
      'model       small: not in the cache. Fetch it.',
      'tools       compiler: g++ 12.2.0; python: not found; pip: not found; npm: not found',
      '',
      'devices, best first',
      '  cuda  unavailable  No NVIDIA driver answers. Nothing in /proc.',
      '                     to get it: Use a machine with a GPU.',
      '  cpu   taken        /cache/tfjs-node',
      '  wasm  not-tried    cpu is faster',
      '  js    available    @tensorflow/tfjs-backend-cpu',
    ]);
  });
});

it('lists what was verified, and what can not be', () => {
  const files = [
    { path: '/cache/a', state: 'intact' },
    { path: '/cache/b', state: 'changed' },
    { path: '/cache/c', state: 'unrecorded' },
  ] as const;
  expect(verifiedLines(files)).toEqual(['intact      /cache/a', 'changed     /cache/b', 'unrecorded  /cache/c']);
  expect(verifiedLines([])).toEqual(['Nothing was fetched or compiled yet.']);
});

describe('describeOperators', () => {
  it('says why TensorFlow runs the model itself', () => {
    const reason = 'They need a C++ compiler.\nmore';
    expect(describeOperators({ state: 'unavailable', reason })).toBe("TensorFlow's own: They need a C++ compiler.");
  });
});

describe('mergeDevices', () => {
  it('prefers what loading showed, except where it did not try or could not fetch', () => {
    const failed: DeviceReport = { device: 'cuda', state: 'unavailable', code: 'no-gpu', reason: 'a', remedy: 'b' };
    const forbidden: DeviceReport = { ...failed, device: 'cpu', code: 'download-forbidden' };
    const taken: DeviceReport = { device: 'wasm', state: 'taken', from: 'wasm' };
    const untried: DeviceReport = { device: 'js', state: 'not-tried', reason: 'wasm is faster' };
    const inspected = (['cuda', 'cpu', 'wasm', 'js'] as const).map(
      (device): DeviceReport => ({ device, state: 'available', from: `found ${device}` }),
    );
    expect(mergeDevices([failed, forbidden, taken, untried], inspected)).toEqual([
      failed,
      { device: 'cpu', state: 'available', from: 'found cpu' },
      taken,
      { device: 'js', state: 'available', from: 'found js' },
    ]);
  });
});

describe('describeDevice', () => {
  it('says in one line why each better device was not taken', () => {
    expect(describeDevice(fakeReport)).toBe('cpu (TensorFlow 2.21.0, 2 threads); not cuda: No NVIDIA driver answers');
  });

  it('says a shared reason once, and nothing of worse devices', () => {
    const reason = '"wasm" was asked for';
    const report = {
      ...fakeReport,
      devices: [
        { device: 'cuda', state: 'not-tried', reason },
        { device: 'cpu', state: 'not-tried', reason },
        { device: 'wasm', state: 'taken', from: 'x' },
        { device: 'js', state: 'not-tried', reason },
      ],
      versions: { node: '20.20.0', tfjs: '4.22.0', tensorflow: undefined },
      threads: { cores: 1, intraOp: undefined, interOp: undefined },
    } as const;
    expect(describeDevice(report)).toBe('wasm (tfjs 4.22.0, 1 thread); not cuda or cpu: "wasm" was asked for');
  });
});
