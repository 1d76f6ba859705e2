import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addonToolchain, loadTensorFlow } from '@foretoken/tensorflow';
import { expect, it, vi } from 'vitest';

it('names the headers and libraries of the build that is loaded', async () => {
  await loadTensorFlow({ device: 'cpu' });
  const toolchain = await addonToolchain();
  expect(toolchain?.tensorflowVersion).toMatch(/^\d+\.\d+/);
  const [tensorflow = '', node = ''] = toolchain?.includeFolders ?? [];
  expect(existsSync(join(tensorflow, 'tensorflow', 'c', 'kernels.h'))).toBe(true);
  expect(existsSync(join(node, 'node_api.h'))).toBe(true);
  expect(existsSync(join(toolchain?.libraryFolder ?? '', 'libtensorflow_framework.so.2'))).toBe(true);
});

it('is there without a compiler, for what was compiled before', async () => {
  vi.stubEnv('CXX', '/nonexistent/compiler');
  expect(await addonToolchain()).toMatchObject({ compiler: undefined, libraryFolder: expect.any(String) });
  vi.unstubAllEnvs();
});
