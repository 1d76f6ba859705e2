import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { installedBindings, requireTfjsNode } from './load-native.js';

afterEach(() => vi.restoreAllMocks());

function project(options: { readonly binding: boolean; readonly code: string }): string {
  const folder = realpathSync(temporaryFolder());
  const directory = join(folder, 'node_modules/@tensorflow/tfjs-node');
  mkdirSync(join(directory, 'lib/napi-v8'), { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node', main: 'index.js' }));
  writeFileSync(join(directory, 'index.js'), options.code);
  if (options.binding) writeFileSync(join(directory, 'lib/napi-v8/tfjs_binding.node'), '');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  return directory;
}

it("finds the working directory's own binding, for its own device only", () => {
  const directory = project({ binding: true, code: '' });
  expect(installedBindings('cpu')).toEqual([directory]);
  expect(installedBindings('cuda')).toEqual([]);
});

it('passes over an install whose script never brought the binding', () => {
  project({ binding: false, code: '' });
  expect(installedBindings('cpu')).toEqual([]);
});

it("hides the program's arguments from node-pre-gyp and gives them back", () => {
  const directory = project({ binding: true, code: 'exports.version_core = process.argv.length;' });
  const argv = process.argv;
  process.argv = ['node', 'script', '--target=1'];
  try {
    expect(requireTfjsNode(directory).version_core).toBe(2);
    expect(process.argv).toHaveLength(3);
  } finally {
    process.argv = argv;
  }
});

it("tells the loader's own words when a binding does not load", () => {
  const directory = project({ binding: true, code: "throw new Error('libtensorflow.so.2: cannot open\\nmore');" });
  expect(() => requireTfjsNode(directory)).toThrow(
    expect.objectContaining({
      code: 'load-failed',
      message: expect.stringMatching(/libtensorflow\.so\.2: cannot open$/),
    }),
  );
});
