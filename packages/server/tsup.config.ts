import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.ts';

export default defineConfig({
  ...library({ entry: [] }),
  entry: {
    index: 'src/index.ts',
    speculation: 'src/speculation/index.ts',
    'engine-main': 'src/engine/engine-main.ts',
  },
});
