import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTensorFlow } from '@foretoken/tensorflow';
import { afterEach, expect, it, vi } from 'vitest';
import { fakeCommands } from './testing/fake-commands.js';
import { temporaryFolder } from './testing/temporary-folder.js';

afterEach(() => vi.unstubAllEnvs());

// One file, one process: what a process loaded is loaded for good.
it('a device that can not be had throws its reason, and the next one can still be loaded', async () => {
  const folder = temporaryFolder();
  fakeCommands(folder);
  await expect(loadTensorFlow({ device: 'cpu', cacheDirectory: folder })).rejects.toMatchObject({
    name: 'TensorFlowError',
    code: 'download-failed',
    message: expect.stringContaining('no network'),
  });
  await expect(loadTensorFlow({ device: 'cpu', cacheDirectory: folder, allowDownload: false })).rejects.toMatchObject({
    code: 'download-forbidden',
  });

  // An install that is there and does not load is named beside the reason why it could not be replaced.
  const installed = join(folder, 'node_modules/@tensorflow/tfjs-node');
  mkdirSync(join(installed, 'lib/napi-v8'), { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{ "main": "index.js" }');
  writeFileSync(join(installed, 'index.js'), "throw new Error('broken install');");
  writeFileSync(join(installed, 'lib/napi-v8/tfjs_binding.node'), '');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  await expect(loadTensorFlow({ device: 'cpu', cacheDirectory: folder })).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringMatching(/no network.*broken install/s),
  });

  const { device, tf, report } = await loadTensorFlow({ device: 'js' });
  expect(device).toBe('js');
  expect(report.devices.map(({ state }) => state)).toEqual(['not-tried', 'not-tried', 'not-tried', 'taken']);
  const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
  expect(Array.from(product.dataSync())).toEqual([19, 22, 43, 50]);
});
