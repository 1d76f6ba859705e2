import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.ts';

export default defineConfig({
  ...library({ entry: [] }),
  entry: { index: 'src/index.ts', 'grammar-thread': 'src/thread/grammar-thread-entry.ts' },
});
