import { exitWith } from './bootstrap/failure.mjs';
import { requireNode } from './bootstrap/node-version.mjs';
import { obtainPnpm, pnpm } from './bootstrap/pnpm.mjs';

// `node scripts/pnpm.mjs check` is `pnpm check` for a machine without pnpm.
await exitWith(async () => {
  requireNode();
  return pnpm(await obtainPnpm(), process.argv.slice(2));
});
