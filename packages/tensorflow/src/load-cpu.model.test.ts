import { inspectTensorFlow, loadTensorFlow, terminalProgress } from '@foretoken/tensorflow';
import { expect, it } from 'vitest';

// One file, one process: what a process loaded is loaded for good.
it('loads native TensorFlow, from the cache or from PyPI', async () => {
  const [loaded, again] = await Promise.all([
    loadTensorFlow({ device: 'cpu', threads: 2, onProgress: terminalProgress(process.stderr) }),
    loadTensorFlow({ device: 'cpu' }),
  ]);
  expect(again).toBe(loaded);
  const { tf, report } = loaded;
  expect(tf.getBackend()).toBe('tensorflow');
  expect(report.versions.tensorflow).toMatch(/^2\./);
  expect(report.oneDnn).toBe(true);
  expect(report.threads).toMatchObject({ intraOp: 2, interOp: 2 });
  expect(report.devices[1]).toMatchObject({ device: 'cpu', state: 'taken' });

  const product = tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])));
  expect(Array.from(product.dataSync())).toEqual([19, 22, 43, 50]);
  product.dispose();

  expect((await inspectTensorFlow()).devices).toEqual(report.devices);
  await expect(loadTensorFlow({ device: 'wasm' })).rejects.toMatchObject({ code: 'already-loaded' });
});
