import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.ts';

export default defineConfig({
  ...library({
    entry: [
      'src/cli.ts',
      'src/forward-worker.ts',
      'src/memory-worker.ts',
      'src/foretoken-worker.ts',
      'src/llama-worker.ts',
      'src/llama-server-worker.ts',
      'src/server-worker.ts',
    ],
  }),
  dts: false,
  // An optional dependency, which tsup would bundle.
  external: ['node-llama-cpp'],
});
