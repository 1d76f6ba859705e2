import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.ts';

export default defineConfig([
  {
    ...library({ entry: [] }),
    entry: {
      index: 'src/index.ts',
      configuration: 'src/configuration/index.ts',
      'engine-main': 'src/engine/engine-main.ts',
      'heartbeat-thread': 'src/engine/heartbeat/heartbeat-thread.ts',
      'body-thread': 'src/openai/bodies/body-thread-entry.ts',
      'text-thread': 'src/text-work/text-thread-entry.ts',
    },
    // What the other build leaves there.
    clean: ['!dashboard/**'],
  },
  {
    // The page at `/`, for browsers.
    entry: { page: 'src/dashboard/page/main.ts', style: 'src/dashboard/page/style.css' },
    outDir: 'dist/dashboard',
    publicDir: 'src/dashboard/page/public',
    format: ['esm'],
    platform: 'browser',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    minify: true,
    splitting: false,
    clean: true,
  },
]);
