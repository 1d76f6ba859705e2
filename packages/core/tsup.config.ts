import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.ts';

// The ES modules share chunks, so that an error class is one class whichever entry it came through.
export default defineConfig([
  { ...library({ entry: ['src/index.ts', 'src/errors.ts', 'src/text.ts'] }), clean: false },
  { ...library({ entry: ['src/index.ts', 'src/errors.ts'], format: ['cjs'] }), clean: false },
]);
