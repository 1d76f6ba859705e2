import type { DeviceReport, TensorFlowReport } from '@foretoken/tensorflow/status';
import { describe, expect, it } from 'vitest';
import { describeSlowFallback } from './describe-slow-fallback.js';

const report = (...devices: DeviceReport[]): TensorFlowReport => ({ devices }) as unknown as TensorFlowReport;
const noGpu = { device: 'cuda', state: 'unavailable', code: 'no-gpu', reason: 'no driver', remedy: 'buy' } as const;
const cpu = { device: 'cpu', state: 'taken', from: 'cache' } as const;

describe('describeSlowFallback', () => {
  it('says nothing where the fastest there is was taken, or another one was asked for', () => {
    const fused = { kind: 'fused' } as const;
    expect(describeSlowFallback({ device: 'cpu', report: report(noGpu, cpu), executor: fused })).toBeUndefined();
    expect(describeSlowFallback({ device: 'cpu', report: report(cpu), executor: { kind: 'graph' } })).toBeUndefined();
    const notTried = { device: 'cpu', state: 'not-tried', reason: '"wasm" was asked for' } as const;
    const wasm = { device: 'wasm', report: report(notTried), executor: { kind: 'eager' } } as const;
    expect(describeSlowFallback(wasm)).toBeUndefined();
  });

  it('tells cause and remedy of missing operators in one line', () => {
    const executor = { kind: 'graph', reason: 'No C++ compiler.\nInstall one.' } as const;
    expect(describeSlowFallback({ device: 'cpu', report: report(noGpu, cpu), executor })).toMatch(
      /^The model runs on TensorFlow's own operations, several times slower.*: No C\+\+ compiler\. Install one\. /,
    );
  });

  it('tells cause and remedy of a device that could not be had', () => {
    const why = { code: 'no-compiler', reason: 'No C++ compiler found', remedy: 'Install a C++ compiler.' } as const;
    const failed: DeviceReport = { device: 'cpu', state: 'unavailable', ...why };
    const executor = { kind: 'eager' } as const;
    expect(describeSlowFallback({ device: 'wasm', report: report(noGpu, failed), executor })).toBe(
      "The model runs on wasm, several times slower. cpu can't be had: No C++ compiler found. Install a C++ compiler. 'foretoken doctor' tells more.",
    );
    const gpu: DeviceReport = { device: 'cuda', state: 'unavailable', ...why, code: 'download-failed' };
    expect(describeSlowFallback({ device: 'cpu', report: report(gpu, cpu), executor: { kind: 'fused' } })).toContain(
      "runs on cpu, several times slower. cuda can't be had",
    );
  });
});
