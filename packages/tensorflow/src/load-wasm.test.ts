import { inspectTensorFlow, loadTensorFlow } from '@foretoken/tensorflow';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from './testing/temporary-folder.js';

// One file, one process: what a process loaded is loaded for good.
it('falls to WebAssembly when there is no compiler, and says why and what to do', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  vi.stubEnv('CXX', '');
  const cache = temporaryFolder();

  const before = await inspectTensorFlow({ cacheDirectory: cache });
  expect(before.devices.map(({ device, state }) => [device, state])).toEqual([
    ['cuda', 'unavailable'],
    ['cpu', 'unavailable'],
    ['wasm', 'available'],
    ['js', 'available'],
  ]);
  expect(before.tools).toEqual({ compiler: undefined, python: undefined, pip: undefined, npm: undefined });

  const loaded = await loadTensorFlow({ cacheDirectory: cache });
  expect(loaded.device).toBe('wasm');
  expect(loaded.report.devices).toMatchObject([
    { device: 'cuda', state: 'unavailable', code: 'no-gpu' },
    { device: 'cpu', state: 'unavailable', code: 'no-compiler', remedy: expect.stringContaining('g++') },
    { device: 'wasm', state: 'taken' },
    { device: 'js', state: 'not-tried' },
  ]);
  expect(loaded.report.versions).toEqual({ node: process.versions.node, tfjs: '4.22.0', tensorflow: undefined });
  const { tf } = loaded;
  const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
  expect(Array.from(product.dataSync())).toEqual([19, 22, 43, 50]);

  expect(await loadTensorFlow({ device: 'wasm' })).toBe(loaded);
  expect(await loadTensorFlow()).toBe(loaded);
  await expect(loadTensorFlow({ device: 'js' })).rejects.toMatchObject({ code: 'already-loaded' });
  expect((await inspectTensorFlow()).devices).toEqual(loaded.report.devices);
});
