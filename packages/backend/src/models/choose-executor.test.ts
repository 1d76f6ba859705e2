import type { LoadedTensorFlow } from '@foretoken/tensorflow';
import { describe, expect, it } from 'vitest';
import { chooseExecutor } from './choose-executor.js';

const on = (device: string): LoadedTensorFlow => ({ device, tf: {} }) as unknown as LoadedTensorFlow;

describe('chooseExecutor', () => {
  it('takes what a device can run', async () => {
    expect(await chooseExecutor(undefined, on('wasm'))).toMatchObject({ kind: 'eager' });
    expect(await chooseExecutor('eager', on('cpu'))).toMatchObject({ kind: 'eager' });
    expect(await chooseExecutor('graph', on('cuda'))).toMatchObject({ kind: 'graph' });
  });

  it('says why it falls back from the fused operators, where nothing else was asked for', async () => {
    expect(await chooseExecutor(undefined, on('cuda'))).toMatchObject({
      kind: 'graph',
      reason: expect.stringContaining('run on cpu, not on cuda'),
    });
  });

  it.each([
    ['fused', 'wasm'],
    ['graph', 'js'],
    ['fused', 'cuda'],
  ] as const)('refuses %s on %s, and names the way out', async (executor, device) => {
    await expect(chooseExecutor(executor, on(device))).rejects.toMatchObject({
      code: 'executor-unavailable',
      message: expect.stringMatching(new RegExp(`'${executor}'.*${device}.*Leave the executor out`)),
    });
  });
});
